// Opening a store: layout, recovery of what a power cut left, index of known blocks.
#include "hw/log.hpp"
#include "imaging/json_fields.hpp"
#include "imaging/store_parts.hpp"
#include "imaging/tombstone.hpp"

namespace resus::imaging {
namespace {

void warn(const std::string& message) { hw::log(hw::LogLevel::kWarning, "imaging", message); }

/// remove() that does not mind when there is nothing.
Result<void> remove_if_there(hw::FileSystem& files, const std::string& path) {
  auto done = files.remove(path);
  if (!done && done.error().code != hw::Code::kNotFound) return done;
  return hw::success();
}

}  // namespace

Result<void> StoreParts::open() {
  RESUS_TRY(options.read_only ? find_layout() : make_layout());
  open_pieces();
  // Records first: beside a running depot a record that is there has its packs and images there, too.
  RESUS_TRY(load_evidence());
  RESUS_TRY(load_pack_numbers());
  RESUS_TRY(load_images());
  RESUS_TRY(load_packs());
  if (!options.read_only) finish_deletions();
  load_pieces();
  return hw::success();
}

Result<void> StoreParts::make_layout() {
  RESUS_TRY(files.make_directories(paths.packs()));
  RESUS_TRY(files.make_directories(paths.evidence()));
  RESUS_TRY(files.make_directories(paths.images()));
  RESUS_TRY(lock_, files.lock(paths.root + "/lock"));
  return hw::success();
}

Result<void> StoreParts::find_layout() {
  for (const auto& folder : {paths.packs(), paths.evidence(), paths.images()}) {
    RESUS_TRY(const bool there, files.exists(folder));
    if (!there) return hw::fail(hw::Code::kNotFound, "no folder " + folder + ": this is no store");
  }
  return hw::success();
}

void StoreParts::open_pieces() {
  if (options.read_only || !options.open_pieces) return;
  if (auto opened = options.open_pieces(paths.index())) {
    pieces = std::move(opened.value());
  } else {
    warn("without it only what fits into memory is known: " + opened.error().to_string());
  }
}

Result<void> StoreParts::may_write() const {
  if (!options.read_only) return hw::success();
  return hw::fail(hw::Code::kUsage, "the store " + paths.root + " was opened to be read only");
}

Result<void> StoreParts::load_pack_numbers() {
  RESUS_TRY(const bool there, files.exists(paths.pack_numbers()));
  if (!there) return hw::success();
  RESUS_TRY(const auto text, files.read_all(paths.pack_numbers(), kMaxJsonBytes));
  RESUS_TRY(const auto json, parse_json(text, "packs.json"));
  RESUS_TRY(auto fields, JsonFields::of(json, "packs.json"));
  RESUS_TRY(const auto version, fields.integer("v"));
  if (version != 1) return hw::fail(hw::Code::kBadInput, "packs.json version " + std::to_string(version) + " is not known");
  const auto* images_value = fields.optional("images");
  if (images_value == nullptr || !images_value->is_object()) {
    return hw::fail(hw::Code::kBadInput, "packs.json: images is missing");
  }
  RESUS_TRY(auto numbers, JsonFields::of(*images_value, "packs.json images"));
  for (const auto& entry : images_value->get_object()) {
    const std::string id(entry.key());
    RESUS_TRY(const auto number, numbers.size(id));
    image_numbers_[id] = static_cast<std::uint32_t>(number);
    last_pack_ = std::max(last_pack_, static_cast<std::uint32_t>(number));
  }
  return hw::success();
}

Result<void> StoreParts::load_images() {
  RESUS_TRY(const auto names, files.list(paths.images()));
  for (const auto& name : names) {
    if (name.ends_with(".growing")) {  // an import that was never finished; nothing refers to it
      if (options.read_only) continue;
      RESUS_TRY(files.remove(paths.images() + "/" + name));
      continue;
    }
    RESUS_TRY(const bool finished, files.exists(paths.manifest(name)));
    if (!finished) {
      if (options.read_only) continue;
      RESUS_TRY(remove_unfinished_image(name));
    } else if (auto loaded = load_image(name); !loaded) {
      // One damaged image must not keep the others, and the evidence, from being read.
      warn("golden image " + name + ": " + loaded.error().to_string());
    }
  }
  return hw::success();
}

Result<void> StoreParts::remove_unfinished_image(const std::string& id) {
  RESUS_TRY(remove_if_there(files, paths.image_pack(id)));
  return remove_if_there(files, paths.nodes(id));
}

Result<void> StoreParts::load_image(const std::string& id) {
  const auto number = image_numbers_.find(id);
  if (number == image_numbers_.end()) return hw::fail(hw::Code::kBadInput, "has no pack number in packs.json");
  RESUS_TRY(const auto envelope, files.read_all(paths.manifest(id), kMaxJsonBytes));
  RESUS_TRY(const auto payload, unverified_payload(envelope));
  RESUS_TRY(auto manifest, golden_manifest_from_json(payload));
  RESUS_TRY(auto pack, Pack::open(files, paths.image_pack(id), number->second));
  packs.add(pack);
  images.push_back({.manifest = std::move(manifest), .pack = number->second, .stored_bytes = pack->stored_bytes()});
  index_image(images.back(), *pack);
  return hw::success();
}

Result<void> StoreParts::load_packs() {
  RESUS_TRY(const auto names, files.list(paths.packs()));
  for (const auto& name : names) {
    const auto growing = pack_number(name, ".growing");
    const auto sealed = pack_number(name, ".zst");
    last_pack_ = std::max({last_pack_, growing, sealed});
    if (growing != 0) {
      if (options.read_only) continue;
      RESUS_TRY(recover_pack(growing));
    } else if (sealed != 0) {
      RESUS_TRY(auto pack, Pack::open(files, paths.pack(sealed), sealed));
      packs.add(std::move(pack));
    }
  }
  index_newest();
  return hw::success();
}

// The newest: a machine that goes on after a power cut finds what it had delivered, and neighbours are near in time. Older
// packs would only push them out again, and reading the ids of all of them would keep a large depot from starting.
void StoreParts::index_newest() {
  auto all = packs.all();
  for (auto pack = all.rbegin(); pack != all.rend() && !known.full(); ++pack) {
    const auto number = (*pack)->number();
    const bool golden = std::ranges::any_of(images, [&](const ImageInfo& image) { return image.pack == number; });
    if (!golden) index_pack(**pack, false);
  }
}

void StoreParts::load_pieces() {
  if (!pieces) return;
  for (const auto& info : evidence) {
    const auto entered = pieces->has_source(info.id);
    if (entered && entered.value()) continue;
    if (auto map = load_map(info)) remember_pieces(map.value(), 0, info.id);
  }
}

Result<void> StoreParts::recover_pack(std::uint32_t number) {
  RESUS_TRY(auto writer, PackWriter::recover(files, paths.growing_pack(number), number));
  const auto frames = writer->pack()->frame_count();
  if (frames == 0) return files.remove(paths.growing_pack(number));
  RESUS_TRY(writer->seal(paths.pack(number)));
  warn("pack " + std::to_string(number) + " was not sealed; kept " + std::to_string(frames) + " whole frames");
  packs.add(writer->pack());
  return hw::success();
}

Result<void> StoreParts::load_deleted(const std::string& id, Record record) {
  RESUS_TRY(const auto envelope, files.read_all(paths.tombstone(id), kMaxJsonBytes));
  RESUS_TRY(const bool map_left, files.exists(paths.map(id)));
  const auto payload = unverified_payload(envelope);
  const auto tombstone = payload ? tombstone_from_json(payload.value()) : hw::failure(payload.error());
  auto by = tombstone ? tombstone.value().by : Hold{.actor = "unknown", .reason = "the tombstone is damaged: " + tombstone.error().context, .time = {}};
  deleted.push_back({.id = id, .record = std::move(record), .by = std::move(by), .freed = !map_left});
  return hw::success();
}

Result<void> StoreParts::load_evidence() {
  RESUS_TRY(const auto ids, files.list(paths.evidence()));
  for (const auto& id : ids) {
    RESUS_TRY(const bool finished, files.exists(paths.record(id)));
    if (!finished) continue;  // a map whose record was never signed: not evidence
    RESUS_TRY(const auto envelope, files.read_all(paths.record(id), kMaxJsonBytes));
    auto payload = unverified_payload(envelope);
    auto record = payload ? record_from_json(payload.value()) : hw::failure(payload.error());
    if (!record) {
      warn("record of " + id + ": " + record.error().to_string());
      continue;
    }
    RESUS_TRY(const bool gone, files.exists(paths.tombstone(id)));
    if (gone) {
      RESUS_TRY(load_deleted(id, std::move(record.value())));
    } else {
      evidence.push_back({.id = id, .record = std::move(record.value())});
    }
  }
  return hw::success();
}

}  // namespace resus::imaging
