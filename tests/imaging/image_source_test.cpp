// The ImageSource contract, kept by the image in memory and by the store's own.
#include "tests/imaging/image_source_contract.hpp"

#include "tests/support/fake_disk.hpp"
#include "tests/support/memory_image.hpp"
#include "tests/support/store_bench.hpp"

namespace resus::test {
namespace {

class MemoryImageBench {
 public:
  explicit MemoryImageBench(const std::vector<std::byte>& content) : image_(content, key_) {}
  imaging::ImageSource& source() { return image_; }
  [[nodiscard]] const imaging::PublicKey& key() const { return key_.public_key(); }

 private:
  imaging::SigningKey key_ = imaging::SigningKey::generate().value();
  MemoryImage image_;
};

class LocalImageBench {
 public:
  explicit LocalImageBench(const std::vector<std::byte>& content) {
    FakeDiskAccess disks;
    auto& disk = disks.add(content.size());
    disk.fill(0, content);
    const imaging::ImageDescription description{.name = "ward", .partition_table = "none", .boot_mode = "bios", .partitions = {},
                                                .created_at = "2026-11-23T11:00:00.000Z", .tool = "test"};
    auto reader = disks.open_reader(disk.identity.path).value();
    const auto image = store_.store->import_image(*reader, description, store_.key).value();
    source_ = store_.store->open_image(image.id).value();
  }
  imaging::ImageSource& source() { return *source_; }
  [[nodiscard]] const imaging::PublicKey& key() const { return store_.key.public_key(); }

 private:
  StoreBench store_;
  std::unique_ptr<imaging::ImageSource> source_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, ImageSourceContract, MemoryImageBench);
INSTANTIATE_TYPED_TEST_SUITE_P(Store, ImageSourceContract, LocalImageBench);

}  // namespace
}  // namespace resus::test
