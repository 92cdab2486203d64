#pragma once
// The depot as the agent sees it: one method a call of web/API.md.
#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "imaging/deploy_plan.hpp"
#include "imaging/evidence_sink.hpp"
#include "imaging/golden_image.hpp"
#include "web/messages/acquisition.hpp"
#include "web/messages/enrol.hpp"
#include "web/messages/key_handovers.hpp"
#include "web/messages/recovery.hpp"
#include "web/messages/task.hpp"

namespace resus::agent {

using hw::Result;

/// Every call may arrive twice: whoever calls may try again after kNetwork.
/// Errors:  kNetwork and kSpace are retryable; anything the depot answers comes back with its own code.
/// Threads: any number at once.
class DepotApi {
 public:
  using Sink = std::function<Result<void>(std::span<const std::byte>)>;

  virtual ~DepotApi() = default;
  [[nodiscard]] virtual Result<messages::EnrolReply> enrol(const messages::EnrolRequest& request) = 0;
  /// Waits up to `wait` for an answer other than `seen`.
  [[nodiscard]] virtual Result<messages::Task> task(const std::string& seen, std::chrono::seconds wait) = 0;
  [[nodiscard]] virtual Result<messages::ProgressReply> progress(const messages::Progress& progress) = 0;
  [[nodiscard]] virtual Result<void> log(const messages::LogBatch& batch) = 0;
  [[nodiscard]] virtual Result<void> trouble(const messages::Trouble& trouble) = 0;

  [[nodiscard]] virtual Result<messages::AcquisitionBegun> begin_acquisition(
      const messages::BeginAcquisition& request) = 0;
  [[nodiscard]] virtual Result<std::vector<imaging::Wanted>> offer(const std::string& acquisition_id,
                                                                   std::span<const imaging::SegmentOffer> offers) = 0;
  [[nodiscard]] virtual Result<void> deliver(const std::string& acquisition_id, const imaging::Frame& frame) = 0;
  [[nodiscard]] virtual Result<messages::AcquisitionStatus> finish(const std::string& acquisition_id,
                                                                   const messages::FinishAcquisition& request) = 0;
  [[nodiscard]] virtual Result<messages::AcquisitionStatus> acquisition(const std::string& acquisition_id,
                                                                        std::chrono::seconds wait) = 0;

  [[nodiscard]] virtual Result<messages::KeyHandovers> key_handovers() = 0;
  [[nodiscard]] virtual Result<std::string> permit(std::uint32_t attempt) = 0;
  [[nodiscard]] virtual Result<std::string> image_manifest(const std::string& image_id) = 0;
  [[nodiscard]] virtual Result<std::vector<imaging::Digest>> image_nodes(const std::string& image_id,
                                                                         std::uint64_t segments) = 0;
  [[nodiscard]] virtual Result<imaging::GoldenSegment> image_segment(const std::string& image_id,
                                                                     std::uint64_t segment) = 0;
  [[nodiscard]] virtual Result<imaging::DeployPlan> deploy_plan(std::uint32_t attempt) = 0;
  [[nodiscard]] virtual Result<void> deployed(const messages::Deployed& report) = 0;

  [[nodiscard]] virtual Result<messages::RestorePlan> restore_plan(std::uint32_t attempt) = 0;
  [[nodiscard]] virtual Result<std::string> backup_manifest(const std::string& backup_id) = 0;
  /// The archive from `offset_bytes` on. A break after some bytes is kNetwork: go on from where it broke.
  [[nodiscard]] virtual Result<void> backup_archive(const std::string& backup_id, std::uint64_t offset_bytes,
                                                    const Sink& sink) = 0;
  [[nodiscard]] virtual Result<void> restored(const messages::Restored& report) = 0;
  /// Calls under way and all later ones fail with kCancelled.
  virtual void cancel() = 0;
};

}  // namespace resus::agent
