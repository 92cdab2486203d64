#pragma once
// A malware scanner of which the test decides what it does with a sample.
#include <functional>

#include "imaging/restore/malware_scanner.hpp"

namespace resus::test {

class FakeScanner : public imaging::MalwareScanner {
 public:
  using Looks = std::function<imaging::Look(const imaging::Sample&)>;
  explicit FakeScanner(Looks look) : look_(std::move(look)) {}
  [[nodiscard]] imaging::ScannerIdentity identity() const override {
    return {.name = "fake", .version = "1", .rules = "none"};
  }
  [[nodiscard]] imaging::Result<std::unique_ptr<imaging::SampleScanner>> start(std::chrono::seconds) const override {
    return std::make_unique<Samples>(look_);
  }

 private:
  class Samples : public imaging::SampleScanner {
   public:
    explicit Samples(Looks look) : look_(std::move(look)) {}
    imaging::Look look(const imaging::Sample& sample) override { return look_(sample); }

   private:
    Looks look_;
  };
  Looks look_;
};

/// Finds "Worm" wherever the content has these bytes: "WORM".
[[nodiscard]] inline imaging::Look look_for_worm(const imaging::Sample& sample) {
  const std::string_view text(reinterpret_cast<const char*>(sample.content.data()), sample.content.size());
  if (text.find("WORM") == std::string_view::npos) return {};
  return {.malware = {"Worm"}};
}

}  // namespace resus::test
