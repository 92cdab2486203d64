#include "firmware/agent/remote_evidence_sink.hpp"


namespace resus::agent {

namespace {
constexpr std::chrono::seconds kPoll{20};
}

RemoteEvidenceSink::RemoteEvidenceSink(Setup setup) : setup_(std::move(setup)) {
  for (unsigned i = 0; i < kSenders; ++i) senders_.emplace_back([this] { send_loop(); });
}

RemoteEvidenceSink::~RemoteEvidenceSink() { frames_.cancel(); }

void RemoteEvidenceSink::send_loop() {
  while (const auto frame = frames_.pop()) {
    const auto sent = imaging::retried([&] { return setup_.api.deliver(setup_.acquisition_id, *frame); }, setup_.pause,
                                       setup_.progress, setup_.stop);
    if (!sent) fail(sent.error());
  }
}

void RemoteEvidenceSink::fail(const hw::Error& error) {
  {
    const std::scoped_lock lock(mutex_);
    if (!failed_) failed_ = error;
  }
  frames_.cancel();
}

Result<void> RemoteEvidenceSink::failure() const {
  const std::scoped_lock lock(mutex_);
  if (failed_) return hw::failure(*failed_);
  return hw::success();
}

Result<imaging::Wanted> RemoteEvidenceSink::offer(const imaging::SegmentOffer& offer) {
  RESUS_TRY(failure());
  RESUS_TRY(auto wanted, setup_.api.offer(setup_.acquisition_id, std::span(&offer, 1)));
  return std::move(wanted.front());
}

Result<void> RemoteEvidenceSink::deliver(const imaging::Frame& frame) {
  RESUS_TRY(failure());
  if (frames_.push(frame)) return hw::success();
  RESUS_TRY(failure());
  return hw::fail(hw::Code::kInternal, "a frame was delivered after the end");
}

Result<imaging::EvidenceReceipt> RemoteEvidenceSink::finish(const imaging::AcquisitionSummary& summary) {
  frames_.close();
  senders_.clear();
  RESUS_TRY(failure());
  messages::FinishAcquisition request{.summary = summary};
  RESUS_TRY(request.summary.device_json, setup_.device_json(summary));
  RESUS_TRY(auto status, imaging::retried([&] { return setup_.api.finish(setup_.acquisition_id, request); },
                                          setup_.pause, setup_.progress, setup_.stop));
  return wait_for_receipt(std::move(status));
}

Result<imaging::EvidenceReceipt> RemoteEvidenceSink::wait_for_receipt(messages::AcquisitionStatus status) {
  using messages::AcquisitionState;
  while (status.state == AcquisitionState::kCopying || status.state == AcquisitionState::kVerifying) {
    if (setup_.stop.stop_requested()) return hw::fail(hw::Code::kCancelled, "while the depot checks the copy");
    RESUS_TRY(status, imaging::retried([&] { return setup_.api.acquisition(setup_.acquisition_id, kPoll); },
                                       setup_.pause, setup_.progress, setup_.stop));
  }
  if (status.state == AcquisitionState::kVerified) return status.receipt;
  const auto* row = hw::find_code(status.code);
  return hw::fail(row != nullptr ? row->code : hw::Code::kEvidenceDamaged, status.detail);
}

}  // namespace resus::agent
