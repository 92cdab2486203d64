#pragma once
// EvidenceSink over the agent API: offers are answered, frames travel on several connections at once.
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "firmware/agent/depot_api.hpp"
#include "imaging/bounded_queue.hpp"
#include "imaging/retry.hpp"

namespace resus::agent {

/// deliver() puts the frame into a short queue and returns; a frame that cannot be sent for good is the Error of
/// the next deliver() or of finish(). finish() waits until the depot has re-read everything.
/// Memory: queue and senders hold at most kSenders * 3 frames of 1 MiB.
class RemoteEvidenceSink final : public imaging::EvidenceSink {
 public:
  static constexpr unsigned kSenders = 3;
  struct Setup {
    DepotApi& api;
    std::string acquisition_id;
    imaging::ProgressSink& progress;
    imaging::Pause pause;
    std::stop_token stop;
    /// Asked when everything was read: the device's identity and the proof that nothing was written to it.
    std::function<Result<std::string>(const imaging::AcquisitionSummary&)> device_json;
  };
  explicit RemoteEvidenceSink(Setup setup);
  ~RemoteEvidenceSink() override;
  RemoteEvidenceSink(const RemoteEvidenceSink&) = delete;
  RemoteEvidenceSink& operator=(const RemoteEvidenceSink&) = delete;

  Result<imaging::Wanted> offer(const imaging::SegmentOffer& offer) override;
  Result<void> deliver(const imaging::Frame& frame) override;
  Result<imaging::EvidenceReceipt> finish(const imaging::AcquisitionSummary& summary) override;

 private:
  void send_loop();
  void fail(const hw::Error& error);
  [[nodiscard]] Result<void> failure() const;
  [[nodiscard]] Result<imaging::EvidenceReceipt> wait_for_receipt(messages::AcquisitionStatus status);

  Setup setup_;
  imaging::BoundedQueue<imaging::Frame> frames_{kSenders * 2};
  mutable std::mutex mutex_;
  std::optional<hw::Error> failed_;
  std::vector<std::jthread> senders_;
};

}  // namespace resus::agent
