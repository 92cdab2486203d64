#pragma once
// DepotApi over HTTPS.
#include "firmware/agent/client_pool.hpp"
#include "firmware/agent/depot_api.hpp"

namespace resus::agent {

class HttpDepotApi final : public DepotApi {
 public:
  explicit HttpDepotApi(transport::ClientSettings settings) : pool_(std::move(settings)) {}

  Result<messages::EnrolReply> enrol(const messages::EnrolRequest& request) override;
  Result<messages::Task> task(const std::string& seen, std::chrono::seconds wait) override;
  Result<messages::ProgressReply> progress(const messages::Progress& progress) override;
  Result<void> log(const messages::LogBatch& batch) override;
  Result<void> trouble(const messages::Trouble& trouble) override;
  Result<messages::AcquisitionBegun> begin_acquisition(const messages::BeginAcquisition& request) override;
  Result<std::vector<imaging::Wanted>> offer(const std::string& acquisition_id,
                                             std::span<const imaging::SegmentOffer> offers) override;
  Result<void> deliver(const std::string& acquisition_id, const imaging::Frame& frame) override;
  Result<messages::AcquisitionStatus> finish(const std::string& acquisition_id,
                                             const messages::FinishAcquisition& request) override;
  Result<messages::AcquisitionStatus> acquisition(const std::string& acquisition_id,
                                                  std::chrono::seconds wait) override;
  Result<messages::KeyHandovers> key_handovers() override;
  Result<std::string> permit(std::uint32_t attempt) override;
  Result<std::string> image_manifest(const std::string& image_id) override;
  Result<std::vector<imaging::Digest>> image_nodes(const std::string& image_id, std::uint64_t segments) override;
  Result<imaging::GoldenSegment> image_segment(const std::string& image_id, std::uint64_t segment) override;
  Result<imaging::DeployPlan> deploy_plan(std::uint32_t attempt) override;
  Result<void> deployed(const messages::Deployed& report) override;
  Result<messages::RestorePlan> restore_plan(std::uint32_t attempt) override;
  Result<std::string> backup_manifest(const std::string& backup_id) override;
  Result<void> backup_archive(const std::string& backup_id, std::uint64_t offset_bytes, const Sink& sink) override;
  Result<void> restored(const messages::Restored& report) override;
  void cancel() override { pool_.cancel(); }

 private:
  /// The body of a 2xx answer; a problem becomes its Error.
  [[nodiscard]] Result<std::string> get(const std::string& path, std::uint64_t max_bytes,
                                        std::chrono::seconds wait = std::chrono::seconds(0));
  [[nodiscard]] Result<std::string> post(const std::string& path, std::string_view body,
                                         std::string_view content_type = "application/json");

  ClientPool pool_;
};

}  // namespace resus::agent
