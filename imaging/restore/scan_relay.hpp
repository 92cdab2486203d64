#pragma once
// How samples come from the confined child to a ScanService of the parent, and what it says of them.
#include <map>

#include "imaging/restore/child_talk.hpp"
#include "imaging/restore/malware_scanner.hpp"

namespace resus::imaging {

/// The child's end: says every sample to the parent, and asks the scanner in the child, if there is one.
class RelayedSamples : public SampleScanner {
 public:
  RelayedSamples(hw::SandboxChild& child, std::unique_ptr<SampleScanner> inner) : child_(child), inner_(std::move(inner)) {}
  [[nodiscard]] Look look(const Sample& sample) override;

 private:
  [[nodiscard]] Result<void> relay(const Sample& sample);
  hw::SandboxChild& child_;
  std::unique_ptr<SampleScanner> inner_;
};

/// The parent's end. Believes of the child only that these are the bytes of the entry it names.
class ServiceFindings {
 public:
  explicit ServiceFindings(ScanService* service) : service_(service) {}
  /// kSample, kBytes, kSampleEnd. Errors: kProcess when they come in another order, or there is no service.
  [[nodiscard]] Result<void> hear(Said letter, std::string_view text);
  /// Puts what the service found into findings that are ascending by index.
  void merge_into(std::vector<Finding>& findings) const;

 private:
  ScanService* service_;
  bool within_ = false;
  std::uint64_t index_ = 0;
  std::map<std::uint64_t, Look> looks_;  ///< only those that found something or were not whole
};

}  // namespace resus::imaging
