#include "web/depot/compression.hpp"

#include <zlib.h>

#include "tests/support/depot_room.hpp"
#include "web/depot/catalogue.hpp"

namespace resus::depot {
namespace {

bool takes(const std::string& accept) {
  transport::Request request;
  request.headers.add("Accept-Encoding", accept);
  return accepts_gzip(request);
}

std::string gunzip(const std::string& packed) {
  std::string text(16 << 20, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

transport::Response json_of(std::size_t bytes) {
  return transport::text_response(200, "application/json", '"' + std::string(bytes, 'a') + '"');
}

/// A machine such as a room holds hundreds of: everything that tells it from the next is random.
MachineRecord room_machine(std::size_t number) {
  std::mt19937_64 random(number);
  const auto hex = [&](std::size_t digits) {
    std::string text;
    while (text.size() < digits) text += "0123456789abcdef"[random() % 16];
    return text;
  };
  MachineRecord record;
  record.id = "m-" + std::string(1, static_cast<char>('A' + number % 24)) + hex(5);
  record.slot = std::string(1, static_cast<char>('A' + number / 100)) + std::to_string(number % 100);
  record.hostname = "ws-" + hex(6);
  record.phase = imaging::phases()[random() % imaging::phases().size()].phase;
  record.agent = {.key = hex(64), .boot_id = hex(16), .approved = true, .build = "0.1.0", .status_url = "http://10.77.0.9:8080/"};
  record.identity.smbios = {.uuid = hex(32), .manufacturer = "Dell Inc.", .product = "OptiPlex 7090", .serial = hex(7), .asset_tag = {}, .bios_version = "1.5"};
  record.identity.links = {{.name = "eth0", .mac = "52:54:00:" + hex(2) + ":" + hex(2) + ":" + hex(2), .driver = "e1000e"}};
  record.disk = {.path = "/dev/sda", .serial = hex(14), .model = "ST500LM021-1KJ152", .size_bytes = 500'107'862'016};
  record.image_id = "img-0123456789abcdef";
  record.image_name = "ward-pc-2026";
  record.evidence = {.id = "ev-" + hex(16), .root = hex(64), .sha256 = hex(64), .bytes_read = random() % 500'107'862'016, .verified_at_ms = 1'795'431'600'000};
  record.started_at_ms = 1'795'431'600'000 + static_cast<std::int64_t>(random() % 10'000'000);
  return record;
}

TEST(Compression, IsForClientsThatTakeGzip) {
  for (const char* accept : {"gzip", "gzip, deflate, br, zstd", "br;q=1.0, gzip;q=0.8, *;q=0.1", "deflate , gzip ; q=1", "*", "x-gzip"}) EXPECT_TRUE(takes(accept)) << accept;
  for (const char* accept : {"", "br", "identity", "gzip;q=0", "gzip;q=0.000, br", "*;q=0", "*, gzip;q=0", "gzipped", ";;,,q=1"}) EXPECT_FALSE(takes(accept)) << accept;
}

TEST(Compression, GivesBackTheSameText) {
  for (const std::size_t size : {0u, 1u, 100'000u}) {
    const std::string text(size, 'x');
    EXPECT_EQ(gunzip(gzip(text).value()), text);
  }
}

TEST(Compression, LeavesShortAnswersOtherTypesAndOtherClientsAlone) {
  auto shorter = json_of(100), stranger = json_of(5000), binary = json_of(5000);
  binary.headers = {};
  binary.headers.add("Content-Type", "application/octet-stream");
  compress_json(shorter, true);
  compress_json(stranger, false);
  compress_json(binary, true);
  for (const auto* response : {&shorter, &stranger, &binary}) EXPECT_EQ(response->headers.get("Content-Encoding"), "");
  EXPECT_EQ(stranger.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(std::get<std::string>(stranger.body).size(), 5002u);
  auto taken = json_of(5000);
  compress_json(taken, true);
  EXPECT_EQ(taken.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(gunzip(std::get<std::string>(taken.body)).size(), 5002u);
}

TEST(Compression, ASnapshotOfAThousandMachinesIsAtMost150KB) {
  test::DepotRoom room;
  room.restart([&] {
    const auto catalogue = open_sqlite_catalogue(room.data() + "/catalogue.db").value();
    for (std::size_t i = 0; i < 1000; ++i) ASSERT_TRUE(catalogue->save(room_machine(i), {}, {}));
  });
  const auto plain = room.operate("GET", "/api/v1/snapshot");
  const auto packed = room.operate("GET", "/api/v1/snapshot", {}, {{"Accept-Encoding", "gzip, deflate, br"}});
  ASSERT_EQ(packed.status, 200u);
  EXPECT_EQ(boost::json::parse(gunzip(packed.body)).at("machines").as_array().size(), 1000u);
  EXPECT_EQ(boost::json::parse(plain.body).at("machines").as_array().size(), 1000u);
  RecordProperty("plain_bytes", static_cast<int>(plain.body.size()));
  RecordProperty("gzip_bytes", static_cast<int>(packed.body.size()));
  EXPECT_LE(packed.body.size(), 150'000u);
}

}  // namespace
}  // namespace resus::depot
