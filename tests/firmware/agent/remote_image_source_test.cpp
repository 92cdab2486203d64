// The ImageSource contract, kept over TLS on loopback by a whole depot.
#include "firmware/agent/remote_image_source.hpp"

#include "firmware/agent/http_depot_api.hpp"
#include "tests/imaging/image_source_contract.hpp"
#include "tests/support/depot_room.hpp"

namespace resus::test {
namespace {

/// A machine that is approved for an image of the test's own.
class RemoteImageBench {
 public:
  explicit RemoteImageBench(const std::vector<std::byte>& content) {
    const auto image = import(content);
    agent_.disks()[0].size_bytes = content.size();
    EXPECT_TRUE(agent_.enrol().ok());
    EXPECT_TRUE(room_.approve(agent_.id(), agent_.code(), image.id).at("ok").as_bool());
    api_ = std::make_unique<agent::HttpDepotApi>(agent_.settings());
    source_ = std::make_unique<agent::RemoteImageSource>(*api_, image.id, imaging::segment_count(image.disk_bytes));
  }
  imaging::ImageSource& source() { return *source_; }
  [[nodiscard]] const imaging::PublicKey& key() { return room_.depot().key().public_key(); }

 private:
  imaging::GoldenManifest import(const std::vector<std::byte>& content) {
    FakeDiskAccess disks;
    auto& disk = disks.add(content.size());
    disk.fill(0, content);
    const imaging::ImageDescription description{.name = "contract", .partition_table = "none", .boot_mode = "bios", .partitions = {},
                                                .created_at = "2026-11-23T11:00:00.000Z", .tool = "test"};
    auto reader = disks.open_reader(disk.identity.path).value();
    return room_.depot().store().import_image(*reader, description, room_.depot().key()).value();
  }
  DepotRoom room_;
  RoomAgent agent_{room_};
  std::unique_ptr<agent::HttpDepotApi> api_;
  std::unique_ptr<agent::RemoteImageSource> source_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Remote, ImageSourceContract, RemoteImageBench);

}  // namespace
}  // namespace resus::test
