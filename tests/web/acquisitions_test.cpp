// Copies that are received, beside a catalogue and a custody log that may fail.
#include "web/depot/acquisitions.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "imaging/wire.hpp"
#include "tests/support/store_bench.hpp"
#include "tests/support/temporary_directory.hpp"
#include "web/depot/machine_rules.hpp"

namespace resus::test {
namespace {

using messages::AcquisitionState;

/// One approved machine whose turn it is.
class AcquisitionsTest : public testing::Test {
 protected:
  AcquisitionsTest() {
    depot::MachineRecord record;
    record.id = "m-ABC234";
    record.attempt = 1;
    record.agent = {.key = "k", .boot_id = "b", .approved = true, .build = {}, .status_url = {}};
    record.disk = {.path = disk_identity.path, .serial = disk_identity.serial, .model = disk_identity.model, .size_bytes = disk_identity.size_bytes};
    record.phase = imaging::Phase::kCopying;
    EXPECT_TRUE(catalogue->save(record, {}, {}));
    machines = depot::Machines::open(*catalogue, *custody, bench.clock, std::string(64, 'd')).value();
    acquisitions.emplace(*bench.store, *machines, bench.key, bench.clock, "incident");
  }
  depot::MachineRecord machine() { return machines->find("m-ABC234").value(); }

  /// Makes a call and waits for its answer.
  static std::string answered(const std::function<void(const transport::Responder&)>& call) {
    std::promise<std::string> there;
    call(transport::Responder([&](transport::Response response) {
      EXPECT_LT(response.status, 300u);
      const auto* text = std::get_if<std::string>(&response.body);
      there.set_value(text == nullptr ? std::string() : *text);
    }));
    return there.get_future().get();
  }
  /// A whole copy; the outcome of its check.
  messages::AcquisitionStatus copy(const std::function<void()>& before_finish = [] {}) {
    const auto begun = acquisitions->begin(machine(), {.attempt = 1, .disk = disk_identity}).value();
    const auto offer = offer_of(disk, 0);
    const auto wanted = answered([&](const auto& respond) { acquisitions->offers(machine(), begun.acquisition_id, imaging::encode_offers(std::span(&offer, 1)), respond); });
    if (const auto frame = frame_of(disk, offer, imaging::decode_wanted(wanted).value().at(0))) {
      (void)answered([&](const auto& respond) { acquisitions->frame(machine(), begun.acquisition_id, imaging::encode_frame(*frame), respond); });
    }
    before_finish();
    auto status = acquisitions->finish(machine(), begun.acquisition_id, summary_of(disk)).value();
    while (status.state == AcquisitionState::kVerifying) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      status = acquisitions->status(machine(), begun.acquisition_id).value();
    }
    return status;
  }

  const std::vector<std::byte> disk = mixed_disk(imaging::kSegmentBytes, 3);
  const hw::DiskIdentity disk_identity{.path = "/dev/sda", .model = "M", .serial = "S1", .size_bytes = imaging::kSegmentBytes};
  StoreBench bench;
  TemporaryDirectory folder;
  MemoryFileSystem custody_files;
  std::unique_ptr<imaging::CustodyLog> custody = imaging::CustodyLog::open(custody_files, "custody.log", bench.key, bench.clock).value();
  std::unique_ptr<depot::Catalogue> catalogue = depot::open_sqlite_catalogue(folder.path() + "/c.db").value();
  std::unique_ptr<depot::Machines> machines;
  std::optional<depot::Acquisitions> acquisitions;
};

TEST_F(AcquisitionsTest, AreVerifiedAndMoveTheirMachineOn) {
  EXPECT_EQ(copy().state, AcquisitionState::kVerified);
  EXPECT_EQ(machine().phase, imaging::Phase::kImaging);
}

TEST_F(AcquisitionsTest, WhoseOutcomeCannotBeRecordedBeginAgainAndLoseNothing) {
  std::size_t line_calls = 0;
  const auto status = copy([&] {
    const auto before = custody_files.calls();
    ASSERT_TRUE(custody->append({.actor = "test", .machine = {}, .action = "measure", .reason = {}, .details = "{}"}));
    line_calls = custody_files.calls() - before;
    custody_files.fail_call(custody_files.calls() + line_calls);  // "copied" is written, "copy_verified" is not
  });
  EXPECT_EQ(status.state, AcquisitionState::kMismatch) << "the agent is told";
  EXPECT_EQ(status.code, "E-EVID-01") << "it copies again by itself; E-WRITE-01 would call for a person";
  EXPECT_EQ(machine().phase, imaging::Phase::kCopying);
  EXPECT_TRUE(machine().evidence.id.empty());
  const auto stored = bench.store->evidence().size();
  EXPECT_EQ(copy().state, AcquisitionState::kVerified);
  EXPECT_EQ(bench.store->evidence().size(), stored) << "it is the same evidence";
  EXPECT_EQ(machine().phase, imaging::Phase::kImaging);
}

}  // namespace
}  // namespace resus::test
