#pragma once
// A depot in memory that takes a machine through copy, installation and restore, loses answers and goes away.
#include <condition_variable>
#include <functional>

#include "firmware/agent/depot_api.hpp"
#include "imaging/permit.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/support/memory_sink.hpp"

namespace resus::test {

/// Threads: any.
class FakeDepot : public agent::DepotApi {
 public:
  enum class Cut {
    kNone,
    kAnswerLost,  ///< the call is done, its answer does not arrive
    kNotReached,  ///< the call is not done
    kPower,       ///< from this call on the machine has no power
  };

  explicit FakeDepot(std::vector<std::byte> golden) : image(std::move(golden), key) {}

  imaging::SigningKey key = imaging::SigningKey::generate().value();
  MemoryImage image;
  MemorySink evidence;
  messages::TaskDisk disk;
  std::string phase = "copying";
  std::string condition = "ok";
  Cut cut = Cut::kNone;
  int cut_at = -1;                         ///< number of the call that is cut, counted from 0 without polls and reports
  std::function<void()> on_power_cut;  ///< stops the agent
  std::function<void()> on_trouble;
  std::function<messages::ProgressReply()> on_progress = [] { return messages::ProgressReply{}; };
  std::vector<messages::Trouble> troubles;
  int calls = 0, acquisitions = 0, deployments = 0, restorations = 0;

  /// The machine is switched on again.
  void power_on() {
    const std::scoped_lock lock(mutex_);
    powered_ = true;
    cut = Cut::kNone;
  }

  /// Waits until the agent cancels its calls.
  void until_cancelled() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !powered_; });
  }

  hw::Result<messages::EnrolReply> enrol(const messages::EnrolRequest& request) override {
    return counted<messages::EnrolReply>([&]() -> hw::Result<messages::EnrolReply> {
      boot_id_ = request.boot_id;
      return messages::EnrolReply{.machine_id = "m-1", .short_code = "ABCDEF", .slot = "B07"};
    });
  }
  hw::Result<messages::Task> task(const std::string& seen, std::chrono::seconds wait) override {
    std::unique_lock lock(mutex_);
    if (powered_) changed_.wait_for(lock, wait, [&] { return !powered_ || task_now().task_id != seen; });
    if (!powered_) return hw::fail(hw::Code::kCancelled, "no power");
    return task_now();
  }
  hw::Result<messages::ProgressReply> progress(const messages::Progress&) override { return on_progress(); }
  hw::Result<void> log(const messages::LogBatch&) override { return hw::success(); }
  hw::Result<void> trouble(const messages::Trouble& trouble) override {
    const std::scoped_lock lock(mutex_);
    troubles.push_back(trouble);
    condition = "failed";
    changed_.notify_all();
    if (on_trouble) on_trouble();
    return hw::success();
  }

  hw::Result<messages::AcquisitionBegun> begin_acquisition(const messages::BeginAcquisition&) override {
    return counted<messages::AcquisitionBegun>([&]() -> hw::Result<messages::AcquisitionBegun> {
      evidence.begin(disk.size_bytes);
      return messages::AcquisitionBegun{.acquisition_id = "a-" + std::to_string(++acquisitions)};
    });
  }
  hw::Result<std::vector<imaging::Wanted>> offer(const std::string& id, std::span<const imaging::SegmentOffer> offers) override {
    return counted<std::vector<imaging::Wanted>>([&]() -> hw::Result<std::vector<imaging::Wanted>> {
      RESUS_TRY(known(id));
      std::vector<imaging::Wanted> wanted;
      for (const auto& one : offers) {
        RESUS_TRY(auto answer, evidence.offer(one));
        wanted.push_back(std::move(answer));
      }
      return wanted;
    });
  }
  hw::Result<void> deliver(const std::string& id, const imaging::Frame& frame) override {
    return counted<void>([&]() -> hw::Result<void> {
      RESUS_TRY(known(id));
      return evidence.deliver(frame);
    });
  }
  hw::Result<messages::AcquisitionStatus> finish(const std::string& id, const messages::FinishAcquisition& request) override {
    return counted<messages::AcquisitionStatus>([&]() -> hw::Result<messages::AcquisitionStatus> {
      RESUS_TRY(known(id));
      RESUS_TRY(receipt_, evidence.finish(request.summary));
      phase = "imaging";
      changed_.notify_all();
      return messages::AcquisitionStatus{.state = messages::AcquisitionState::kVerifying};
    });
  }
  hw::Result<messages::AcquisitionStatus> acquisition(const std::string& id, std::chrono::seconds) override {
    return counted<messages::AcquisitionStatus>([&]() -> hw::Result<messages::AcquisitionStatus> {
      RESUS_TRY(known(id));
      return messages::AcquisitionStatus{.state = messages::AcquisitionState::kVerified, .receipt = receipt_};
    });
  }
  hw::Result<messages::KeyHandovers> key_handovers() override { return messages::KeyHandovers{handovers}; }
  std::vector<std::string> handovers;
  hw::Result<std::string> permit(std::uint32_t) override {
    return counted<std::string>([&]() -> hw::Result<std::string> {
      if (phase == "copying") return hw::fail(hw::Code::kEvidenceIncomplete, "not yet");
      return imaging::seal(key, imaging::Purpose::kPermit, imaging::to_json(permit_now()));
    });
  }
  hw::Result<std::string> image_manifest(const std::string&) override {
    return counted<std::string>([&]() -> hw::Result<std::string> { return image.envelope; });
  }
  hw::Result<std::vector<imaging::Digest>> image_nodes(const std::string&, std::uint64_t) override {
    return counted<std::vector<imaging::Digest>>([&] { return image.node_table(); });
  }
  hw::Result<imaging::GoldenSegment> image_segment(const std::string&, std::uint64_t segment) override {
    return counted<imaging::GoldenSegment>([&] { return image.fetch(segment); });
  }
  hw::Result<imaging::DeployPlan> deploy_plan(std::uint32_t) override { return hw::fail(hw::Code::kNotFound, "no plan"); }
  hw::Result<void> deployed(const messages::Deployed&) override {
    return counted<void>([&]() -> hw::Result<void> {
      ++deployments;
      phase = "restoring";
      changed_.notify_all();
      return hw::success();
    });
  }
  hw::Result<messages::RestorePlan> restore_plan(std::uint32_t) override { return messages::RestorePlan{}; }
  hw::Result<std::string> backup_manifest(const std::string&) override { return hw::fail(hw::Code::kNotFound, "no backup"); }
  hw::Result<void> backup_archive(const std::string&, std::uint64_t, const Sink&) override {
    return hw::fail(hw::Code::kNotFound, "no backup");
  }
  hw::Result<void> restored(const messages::Restored&) override {
    return counted<void>([&]() -> hw::Result<void> {
      ++restorations;
      phase = "verifying_install";
      changed_.notify_all();
      return hw::success();
    });
  }
  void cancel() override {
    const std::scoped_lock lock(mutex_);
    powered_ = false;
    changed_.notify_all();
  }

 private:
  template <class T, class Call>
  hw::Result<T> counted(Call call) {
    const std::scoped_lock lock(mutex_);
    const bool hit = calls++ == cut_at;
    if (hit && cut == Cut::kPower && on_power_cut) {
      powered_ = false;
      on_power_cut();
      changed_.notify_all();
    }
    if (!powered_) return hw::fail(hw::Code::kCancelled, "no power");
    if (hit && cut == Cut::kNotReached) return hw::fail(hw::Code::kNetwork, "not reached");
    hw::Result<T> answer = call();
    if (hit && cut == Cut::kAnswerLost) return hw::fail(hw::Code::kNetwork, "answer lost");
    return answer;
  }
  [[nodiscard]] hw::Result<void> known(const std::string& id) const {
    if (id == "a-" + std::to_string(acquisitions)) return hw::success();
    return hw::fail(hw::Code::kNotFound, id);
  }
  [[nodiscard]] imaging::Permit permit_now() const {
    return {.permit_id = "p-1", .machine_id = "m-1", .boot_id = boot_id_, .disk_serial = disk.serial,
            .disk_bytes = disk.size_bytes, .evidence_id = receipt_.evidence_id, .evidence_root = receipt_.root,
            .image_id = image.manifest.id, .image_root = image.manifest.root, .issued_at_ms = 1'795'431'600'000,
            .expires_at_ms = 1'795'431'600'000 + 3'600'000, .waiver = {}};
  }
  [[nodiscard]] messages::Task task_now() const {
    using messages::TaskKind;
    messages::Task task{.attempt = 1, .phase = phase, .condition = condition};
    if (phase == "copying") task.task = TaskKind::kAcquire;
    if (phase == "imaging") task.task = TaskKind::kDeploy;
    if (phase == "restoring") task.task = TaskKind::kRestore;
    if (phase == "verifying_install") task.task = TaskKind::kReboot;
    if (condition != "ok") task.task = TaskKind::kWait;
    task.disk = disk;
    task.image_id = image.manifest.id;
    task.evidence_id = receipt_.evidence_id;
    task.evidence_root = receipt_.evidence_id.empty() ? "" : imaging::to_hex(receipt_.root);
    task.task_id = phase + "-" + condition;
    return task;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool powered_ = true;
  std::string boot_id_;
  imaging::EvidenceReceipt receipt_;
};

}  // namespace resus::test
