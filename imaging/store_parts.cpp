#include "imaging/store_parts.hpp"

#include <boost/json/serialize.hpp>
#include <charconv>

#include "hw/log.hpp"
#include "imaging/base64.hpp"
#include "imaging/json_fields.hpp"

namespace resus::imaging {
namespace {

std::string file_name(std::uint32_t number, std::string_view suffix) {
  auto digits = std::to_string(number);
  digits.insert(0, digits.size() < 8 ? 8 - digits.size() : 0, '0');
  return "/" + digits + std::string(suffix);
}

}  // namespace

std::string StorePaths::pack(std::uint32_t number) const { return packs() + file_name(number, ".zst"); }
std::string StorePaths::growing_pack(std::uint32_t number) const { return packs() + file_name(number, ".growing"); }
std::string StorePaths::growing_image(std::uint32_t number) const { return images() + file_name(number, ".growing"); }
std::string StorePaths::map(std::string_view id) const { return evidence() + "/" + std::string(id) + "/map"; }
std::string StorePaths::record(std::string_view id) const {
  return evidence() + "/" + std::string(id) + "/record.json";
}

std::string StorePaths::stamp(std::string_view id) const { return evidence() + "/" + std::string(id) + "/stamp.tsr"; }
std::string StorePaths::holds(std::string_view id) const { return evidence() + "/" + std::string(id) + "/holds.json"; }
std::string StorePaths::tombstone(std::string_view id) const { return evidence() + "/" + std::string(id) + "/deleted.json"; }

std::uint32_t pack_number(std::string_view name, std::string_view suffix) {
  if (name.size() < 8 + suffix.size() || !name.ends_with(suffix)) return 0;
  const auto digits = name.substr(0, name.size() - suffix.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? number : 0;
}

StoreParts::StoreParts(hw::FileSystem& file_system, std::string path, StoreOptions store_options)
    : files(file_system),
      paths{std::move(path)},
      options(store_options),
      known(packs, options.index_memory_bytes),
      ledger(known) {}

Result<std::shared_ptr<PackWriter>> StoreParts::new_pack() {
  const std::lock_guard lock(mutex);
  const auto number = ++last_pack_;  // given once, even if this fails half way
  RESUS_TRY(auto created, PackWriter::create(files, paths.growing_pack(number), number));
  std::shared_ptr<PackWriter> writer(std::move(created));
  packs.add(writer->pack());
  growing_[number] = writer;
  return writer;
}

Result<void> StoreParts::seal_pack(std::uint32_t number) {
  const auto writer = [&]() -> std::shared_ptr<PackWriter> {
    const std::lock_guard lock(mutex);
    const auto found = growing_.find(number);
    return found == growing_.end() ? nullptr : found->second;
  }();
  if (!writer) return hw::success();
  RESUS_TRY(writer->seal(paths.pack(number)));
  const std::lock_guard lock(mutex);
  growing_.erase(number);
  return hw::success();
}

Result<std::uint32_t> StoreParts::new_image_number() {
  const std::lock_guard lock(mutex);
  return ++last_pack_;
}

Result<void> StoreParts::remember_image_number(std::uint32_t number, const std::string& image_id) {
  const std::lock_guard lock(mutex);
  image_numbers_[image_id] = number;
  boost::json::object numbers;
  for (const auto& [id, pack] : image_numbers_) numbers[id] = pack;
  return files.replace(paths.pack_numbers(),
                       boost::json::serialize(boost::json::object{{"v", 1}, {"images", std::move(numbers)}}));
}

Result<void> StoreParts::need_space() const {
  RESUS_TRY(const auto space, files.space(paths.root));
  if (space.free_bytes >= options.reserve_bytes) return hw::success();
  return hw::fail(hw::Code::kSpace, "the evidence disk has " + std::to_string(space.free_bytes >> 20) +
                                        " MiB left, " + std::to_string(options.reserve_bytes >> 20) +
                                        " MiB are kept in reserve");
}

Result<DiskMap> StoreParts::load_map(const EvidenceInfo& info) const {
  const auto damaged = [&](const std::string& what) {
    return hw::fail(hw::Code::kEvidenceDamaged, "map of " + info.id + ": " + what);
  };
  auto bytes = files.read_all(paths.map(info.id), kMaxMapBytes);
  if (!bytes) return damaged(bytes.error().context);
  if (sha256(std::as_bytes(std::span(bytes.value()))) != info.record.map_sha256) {
    return damaged("does not match the record");
  }
  auto map = DiskMap::decode(bytes.value());
  if (!map) return damaged(map.error().context);
  if (map.value().disk_bytes() != info.record.disk_bytes) return damaged("is of another size");
  return map;
}

void StoreParts::forget(const std::vector<DamagedFrame>& frames) {
  for (const auto& damaged : frames) {
    const FrameRef frame{.pack = damaged.pack, .frame = damaged.frame};
    if (const auto ids = packs.ids_of(frame)) known.forget(*ids, frame);
  }
}

void StoreParts::index_pack(const Pack& pack, bool golden) {
  for (std::uint32_t frame = 0; frame < pack.frame_count(); ++frame) {
    if (const auto ids = pack.ids(frame); ids && !(!golden && pack.freed(frame))) {
      known.insert(ids.value(), {.pack = pack.number(), .frame = frame}, golden);
    }
  }
}

void StoreParts::remember_pieces(const DiskMap& map, std::uint32_t first_pack, std::string_view source) {
  if (!pieces) return;
  if (auto done = enter_pieces(*pieces, packs, map, first_pack, source); !done) {
    hw::log(hw::LogLevel::kWarning, "imaging", "index of pieces: " + done.error().to_string());
  }
}

void StoreParts::index_image(const ImageInfo& image, const Pack& pack) {
  index_pack(pack, true);
  if (!pieces) return;
  const auto entered = pieces->has_source(image.manifest.id);
  if (entered && entered.value()) return;
  if (const auto map = map_of_image(image, pack)) remember_pieces(map.value(), 0, image.manifest.id);
}

Result<DiskMap> map_of_image(const ImageInfo& image, const Pack& pack) {
  const auto blocks = block_count(image.manifest.disk_bytes);
  DiskMap map(image.manifest.disk_bytes);
  for (std::uint32_t frame = 0; frame < pack.frame_count(); ++frame) {
    RESUS_TRY(const auto entry, pack.entry(frame));
    map.append({.kind = RunKind::kData,
                .blocks = entry.blocks(),
                .place = {.frame = {.pack = pack.number(), .frame = frame}, .index = 0}});
  }
  if (map.mapped_blocks() != blocks || pack.frame_count() != segment_count(image.manifest.disk_bytes)) {
    return hw::fail(hw::Code::kImageTruncated, "the pack of " + image.manifest.id + " holds " +
                                                   std::to_string(map.mapped_blocks()) + " of " +
                                                   std::to_string(blocks) + " blocks");
  }
  return map;
}

Result<std::string> unverified_payload(std::string_view envelope) {
  RESUS_TRY(const auto json, parse_json(envelope, "envelope"));
  RESUS_TRY(auto fields, JsonFields::of(json, "envelope"));
  RESUS_TRY(const auto payload, fields.text("payload"));
  return base64_decode(payload);
}

}  // namespace resus::imaging
