#pragma once
// A whole depot on loopback with one golden image, and an agent made of plain calls.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <functional>

#include "hw/linux/clock.hpp"
#include "hw/linux/file_system.hpp"
#include "hw/linux/local_socket.hpp"
#include "hw/linux/sandbox.hpp"
#include "imaging/disk_map.hpp"
#include "imaging/frame.hpp"
#include "imaging/wire.hpp"
#include "tests/support/disk_content.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_disk.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/raw_connection.hpp"
#include "tests/support/temporary_directory.hpp"
#include "web/depot/depot.hpp"
#include "web/messages/acquisition.hpp"
#include "web/messages/enrol.hpp"
#include "web/messages/recovery.hpp"
#include "web/messages/task.hpp"
#include "web/transport/http_client.hpp"

namespace resus::test {

inline constexpr std::size_t kRoomDiskBytes = 3 * imaging::kSegmentBytes;

/// Finds no file system anywhere.
class NoFileSystems final : public hw::PartitionProbe {
 public:
  hw::Result<std::string> file_system(const std::string&, std::uint64_t, std::uint64_t) override { return std::string(); }
};

/// The real file system, which can say that it is full.
struct RoomFiles : hw::LinuxFileSystem {
  std::atomic<bool> full = false;
  hw::Result<hw::Space> space(const std::string& path) override {
    RESUS_TRY(auto space, hw::LinuxFileSystem::space(path));
    if (full) space.free_bytes = 0;
    return space;
  }
};

/// Data under a directory of its own; restart() is what a power cut of the depot comes to.
class DepotRoom {
 public:
  /// `image_bytes`: of the golden image; no smaller disk is approved.
  explicit DepotRoom(bool auto_approve = false, std::uint32_t machines_at_once = 4, std::size_t image_bytes = kRoomDiskBytes) {
    config_.machines_at_once = machines_at_once;
    config_.data = directory_.path();
    config_.http_port = config_.https_port = config_.agent_port = 0;
    config_.dhcp = depot::DhcpChoice::kOff;
    config_.boot_image = config_.ipxe = data() + "/boot";
    config_.plan.image = "ward";
    config_.plan.auto_approve = auto_approve;
    lay_out_boot_files();
    start();
    import_image(image_bytes);
  }
  depot::Depot& depot() { return *depot_; }
  const std::string& data() const { return directory_.path(); }
  FakeClock& clock() { return clock_; }
  RoomFiles& files() { return files_; }
  const std::string& image_id() const { return image_id_; }
  FakeDiskAccess& disks() { return disks_; }
  /// `meanwhile` is done to the data while no depot runs.
  void restart(const std::function<void()>& meanwhile = [] {}) {
    depot_.reset();
    meanwhile();
    start();
  }
  /// What a machine with this card is given by the boot script: its ticket.
  std::string boot_ticket(const std::string& mac) {
    const RawConnection connection(depot_->ports().http);
    connection.send("GET /boot.ipxe?mac=" + mac + " HTTP/1.1\r\nHost: depot\r\nConnection: close\r\n\r\n");
    const auto script = connection.rest();
    const auto at = script.find("resus.ticket=") + std::string_view("resus.ticket=").size();
    return script.substr(at, script.find_first_of(" \n", at) - at);
  }
  using Headers = std::vector<std::pair<std::string, std::string>>;
  /// A call of the operators' API with the local token.
  transport::ClientAnswer operate(const std::string& method, const std::string& target, const std::string& body = {},
                                  Headers headers = {});
  boost::json::object machine(const std::string& id) {
    return boost::json::parse(operate("GET", "/api/v1/machines/" + id).body).as_object();
  }
  /// Approves with the code shown, for the plan's image or another; returns the batch's result for the machine.
  boost::json::object approve(const std::string& id, const std::string& code, const std::string& image = {}) {
    boost::json::object params{{"short_code", code}, {"slot", "B07"}};
    if (!image.empty()) params["image_id"] = image;
    const boost::json::object batch{{"action", "approve"}, {"ids", boost::json::array{id}}, {"expected_count", 1},
                                    {"params", std::move(params)}, {"confirm", boost::json::object{{"slot", "B07"}}}};
    return result_of(operate("POST", "/api/v1/batches", boost::json::serialize(batch)));
  }
  boost::json::object act(const std::string& action, const std::string& id, const std::string& confirm_slot = {},
                          const std::string& reason = "test") {
    const boost::json::object batch{{"action", action}, {"ids", boost::json::array{id}}, {"reason", reason},
                                    {"confirm", boost::json::object{{"slot", confirm_slot}}}};
    return result_of(operate("POST", "/api/v1/batches", boost::json::serialize(batch)));
  }

 private:
  static boost::json::object result_of(const transport::ClientAnswer& answer) {
    EXPECT_EQ(answer.status, 202u) << answer.body;
    return boost::json::parse(answer.body).at("results").as_array().at(0).as_object();
  }
  void start() {
    auto started = depot::Depot::start(config_, {files_, clock_, processes_, sandbox_, sockets_, [](const std::string&) { return std::vector<std::string>(); }, disks_, partitions_});
    if (!started) throw std::runtime_error(started.error().to_string());
    depot_ = std::move(started).value();
  }
  void lay_out_boot_files() {
    EXPECT_TRUE(files_.make_directories(config_.boot_image));
    for (const auto* name : {"vmlinuz", "initrd.img", "undionly.kpxe", "snponly.efi"}) {
      EXPECT_TRUE(files_.replace(config_.boot_image + "/" + name, name));
    }
  }
  void import_image(std::size_t image_bytes) {
    auto& disk = disks_.add(image_bytes);
    disk.fill(0, mixed_disk(image_bytes, 7));
    auto reader = disks_.open_reader(disk.identity.path).value();
    const imaging::ImageDescription description{.name = "ward", .partition_table = "none", .boot_mode = "bios", .partitions = {},
                                                .created_at = "2026-11-23T11:00:00.000Z", .tool = "test"};
    image_id_ = depot_->store().import_image(*reader, description, depot_->key()).value().id;
  }

  TemporaryDirectory directory_;
  RoomFiles files_;
  hw::LinuxSandbox sandbox_;
  hw::LinuxLocalSockets sockets_;
  FakeClock clock_;
  FakeProcesses processes_;
  FakeDiskAccess disks_;
  NoFileSystems partitions_;
  depot::Config config_;
  std::unique_ptr<depot::Depot> depot_;
  std::string image_id_;
};

/// Calls as an agent makes them, one connection.
class RoomAgent {
 public:
  explicit RoomAgent(DepotRoom& room, std::string boot_id = "boot-1")
      : room_(&room), boot_id_(std::move(boot_id)), key_(transport::make_self_signed("agent").value()),
        disk_(mixed_disk(kRoomDiskBytes, 7)) {
    for (std::size_t i = 0; i < 40 * imaging::kBlockBytes; ++i) disk_[i + 5 * imaging::kBlockBytes] = std::byte(i * 7 + i / 4096);
    identity_.smbios = {.uuid = "4c4c4544-0000-1010-8000-b7c04f313233", .manufacturer = "Dell Inc.", .product = "OptiPlex",
                        .serial = "ABC123", .asset_tag = {}, .bios_version = "1.0"};
    identity_.links = {{.name = "eth0", .mac = "52:54:00:12:34:56", .driver = "e1000e", .ipv4 = {}, .carrier = true, .speed_mbit = 1000}};
    identity_.firmware = "bios";
    disks_ = {hw::DiskIdentity{.path = "/dev/sda", .model = "ST500", .serial = "Z6E1", .wwn = {}, .firmware = "1", .transport = "sata", .size_bytes = kRoomDiskBytes}};
    connect();
  }
  /// After a restart of the depot, on its new ports.
  void connect() { client_.emplace(transport::HttpClient::open(settings()).value()); }
  /// For further connections that speak for the same agent.
  [[nodiscard]] transport::ClientSettings settings() const {
    return {.address = "127.0.0.1", .port = room_->depot().ports().agent, .server_spki_sha256 = room_->depot().spki_sha256(), .identity = key_};
  }
  hw::MachineIdentity& identity() { return identity_; }
  std::vector<hw::DiskIdentity>& disks() { return disks_; }
  const std::string& id() const { return id_; }
  const std::string& code() const { return code_; }

  transport::ClientAnswer call(const std::string& method, const std::string& target, const std::string& body = {},
                               std::string_view type = "application/json") {
    auto answer = client_->call({.method = method, .target = "/agent/v1" + target, .content_type = type, .body = body,
                                 .max_answer_bytes = 64u << 20});
    if (!answer) throw std::runtime_error(target + ": " + answer.error().to_string());
    return std::move(answer).value();
  }
  transport::ClientAnswer enrol(const std::string& ticket = {}) {
    messages::EnrolRequest request{.boot_id = boot_id_, .ticket = ticket, .identity = identity_, .disks = disks_,
                                   .build = "test", .status_url = {}, .time = "2026-11-23T11:00:00.000Z"};
    auto answer = call("POST", "/enrol", messages::encode(request));
    if (!answer.ok()) return answer;
    const auto reply = messages::decode<messages::EnrolReply>(answer.body).value();
    id_ = reply.machine_id;
    code_ = reply.short_code;
    return answer;
  }
  messages::Task task(const std::string& seen = {}) {
    return messages::decode<messages::Task>(call("GET", "/task?wait=10&seen=" + seen).body).value();
  }
  /// Waits, poll by poll, until the task is this one.
  messages::Task await(messages::TaskKind kind) {
    auto task = this->task();
    for (int i = 0; task.task != kind && i < 20; ++i) task = this->task(task.task_id);
    EXPECT_EQ(messages::to_string(task.task), messages::to_string(kind)) << task.sentence;
    return task;
  }
  std::string begin_copy(std::uint32_t attempt = 1) {
    const auto answer = call("POST", "/acquisitions", messages::encode(messages::BeginAcquisition{attempt, disks_[0]}));
    EXPECT_EQ(answer.status, 200u) << answer.body;
    return answer.ok() ? messages::decode<messages::AcquisitionBegun>(answer.body).value().acquisition_id : std::string();
  }
  /// Offers one segment and delivers what is asked for. Returns the number of blocks delivered.
  std::size_t send_segment(const std::string& acquisition, std::uint64_t segment);
  transport::ClientAnswer finish(const std::string& acquisition);
  /// The whole copy up to its verification. Returns the blocks sent.
  std::size_t copy(std::uint32_t attempt = 1) {
    const auto acquisition = begin_copy(attempt);
    std::size_t sent = 0;
    for (std::uint64_t k = 0; k < kRoomDiskBytes / imaging::kSegmentBytes; ++k) sent += send_segment(acquisition, k);
    EXPECT_EQ(finish(acquisition).status, 202u);
    return sent;
  }

 private:
  DepotRoom* room_;
  std::string boot_id_;
  transport::KeyAndCertificate key_;
  std::vector<std::byte> disk_;
  hw::MachineIdentity identity_;
  std::vector<hw::DiskIdentity> disks_;
  std::optional<transport::HttpClient> client_;
  std::string id_, code_;
};

inline std::size_t RoomAgent::send_segment(const std::string& acquisition, std::uint64_t segment) {
  imaging::SegmentOffer offer{.segment = segment, .states = {}, .ids = {}, .unreadable = {}};
  std::vector<std::span<const std::byte>> data;
  for (std::size_t i = 0; i < imaging::kBlocksPerSegment; ++i) {
    const auto block = std::span<const std::byte>(disk_).subspan(segment * imaging::kSegmentBytes + i * imaging::kBlockBytes, imaging::kBlockBytes);
    offer.states.push_back(imaging::is_zero(block) ? imaging::BlockState::kZero : imaging::BlockState::kData);
    if (offer.states.back() == imaging::BlockState::kZero) continue;
    offer.ids.push_back(imaging::block_id(block));
    data.push_back(block);
  }
  const auto path = "/acquisitions/" + acquisition;
  const auto answer = call("POST", path + "/offers", imaging::encode_offers(std::span(&offer, 1)), "application/octet-stream");
  EXPECT_EQ(answer.status, 200u) << answer.body;
  const auto wanted = imaging::decode_wanted(answer.body).value().at(0);
  imaging::FrameBuilder builder(1);
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (wanted.deliver[i]) builder.add(offer.ids[i], data[i]);
  }
  if (builder.empty()) return 0;
  const auto count = builder.blocks();
  const auto frame = imaging::encode_frame(builder.finish().value());
  EXPECT_EQ(call("POST", path + "/frames", frame, "application/octet-stream").status, 204u);
  return count;
}

inline transport::ClientAnswer RoomAgent::finish(const std::string& acquisition) {
  messages::FinishAcquisition request;
  request.summary.root = root_of_bytes(disk_);
  request.summary.sha256 = sha256_of(disk_);
  request.summary.bytes_read = disk_.size();
  request.summary.device_json = "{}";
  return call("POST", "/acquisitions/" + acquisition + "/finish", messages::encode(request));
}

inline transport::ClientAnswer DepotRoom::operate(const std::string& method, const std::string& target, const std::string& body,
                                                  Headers headers) {
  headers.emplace_back("Authorization", "Bearer " + depot_->admin_token());
  auto client = transport::HttpClient::open({.address = "127.0.0.1", .port = depot_->ports().https, .server_spki_sha256 = depot_->spki_sha256()});
  auto answer = client.value().call({.method = method, .target = target, .body = body,
                                     .headers = std::move(headers),
                                     .max_answer_bytes = 16u << 20});
  if (!answer) throw std::runtime_error(target + ": " + answer.error().to_string());
  return std::move(answer).value();
}

}  // namespace resus::test
