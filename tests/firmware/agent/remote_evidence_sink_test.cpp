// The EvidenceSink contract, kept over TLS on loopback by a whole depot.
#include "firmware/agent/remote_evidence_sink.hpp"

#include "firmware/agent/http_depot_api.hpp"
#include "tests/imaging/evidence_sink_contract.hpp"
#include "tests/support/depot_room.hpp"

namespace resus::test {
namespace {

/// A machine that was approved, its connections, and its acquisitions one after the other.
struct RemoteMachine {
  RoomAgent agent;
  std::unique_ptr<agent::HttpDepotApi> api;

  RemoteMachine(DepotRoom& room, const std::string& name, std::uint64_t disk_bytes) : agent(room, "boot-" + name) {
    agent.identity().smbios.uuid = "4c4c4544-0000-1010-8000-0000000000" + std::to_string(10 + name.front() % 80);
    agent.identity().links[0].mac = "52:54:00:00:00:" + std::to_string(10 + name.front() % 80);
    agent.disks()[0].serial = "disk-" + name;
    agent.disks()[0].size_bytes = disk_bytes;
    EXPECT_TRUE(agent.enrol().ok());
    api = std::make_unique<agent::HttpDepotApi>(agent.settings());
    agent.await(messages::TaskKind::kAcquire);
  }
};

class RemoteBench {
 public:
  static constexpr std::size_t kFramesUnderway = std::size_t{3} * agent::RemoteEvidenceSink::kSenders;

  std::unique_ptr<imaging::EvidenceSink> begin(const std::string& name, std::uint64_t disk_bytes) {
    auto& machine = machines_[name];
    if (!machine) machine = std::make_unique<RemoteMachine>(room_, name, disk_bytes);
    const auto make_room = [this](std::chrono::milliseconds, const std::stop_token&) {
      set_full(false);
      return true;
    };
    return std::make_unique<agent::RemoteEvidenceSink>(agent::RemoteEvidenceSink::Setup{
        .api = *machine->api, .acquisition_id = machine->agent.begin_copy(), .progress = progress_, .pause = make_room,
        .stop = {}, .device_json = [](const imaging::AcquisitionSummary&) { return hw::Result<std::string>("{}"); }});
  }
  std::vector<std::byte> read(const imaging::EvidenceReceipt& receipt) {
    const auto reader = room_.depot().store().open_evidence(receipt.evidence_id).value();
    std::vector<std::byte> bytes(reader->map().disk_bytes());
    reader->read(0, bytes).value();
    return bytes;
  }
  std::size_t evidence() { return room_.depot().store().evidence().size(); }
  void set_full(bool full) { room_.files().full = full; }

 private:
  DepotRoom room_{/*auto_approve=*/true, /*machines_at_once=*/4, /*image_bytes=*/imaging::kBlockBytes};
  imaging::NoProgress progress_;
  std::map<std::string, std::unique_ptr<RemoteMachine>> machines_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Remote, EvidenceSinkContract, RemoteBench);

}  // namespace
}  // namespace resus::test
