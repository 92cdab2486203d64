#include "web/analysis/evidence_search.hpp"

#include "hw/plain_text.hpp"
#include "web/analysis/stored_disk_json.hpp"

namespace resus::analysis {
namespace json = boost::json;
namespace {

const char* word_of(imaging::FileTail tail) {
  switch (tail) {
    case imaging::FileTail::kNone: return "none";
    case imaging::FileTail::kZeros: return "padded with zeros";
    case imaging::FileTail::kOther: return "other bytes behind it";
    default: return "not found";
  }
}

json::object not_searched_json(const imaging::NotSearched& missed) {
  json::array frames, disks;
  for (const auto& frame : missed.frames) frames.push_back({{"pack", frame.pack}, {"frame", frame.frame}, {"reason", hw::shown_text(frame.reason)}});
  for (const auto& disk : missed.disks) disks.emplace_back(hw::shown_text(disk));
  return {{"frames", std::move(frames)}, {"disks", std::move(disks)}};
}

json::object places_json(const imaging::SearchResult& result) {
  json::array disks;
  for (const auto& found : result.disks) {
    auto disk = disk_json(found.disk);
    disk["count"] = found.count;
    disk["offsets_bytes"] = json::array(found.offsets_bytes.begin(), found.offsets_bytes.end());
    disks.push_back(std::move(disk));
  }
  return {{"disks", std::move(disks)}, {"unreferenced", result.unreferenced}, {"not_searched", not_searched_json(result.not_searched)}};
}

json::object file_json(const imaging::FileSearchResult& result) {
  json::array disks;
  for (const auto& found : result.disks) {
    auto disk = disk_json(found.disk);
    disk["whole"] = found.whole;
    disk["found_blocks"] = found.found_blocks;
    disk["last_block"] = word_of(found.tail);
    disk["piece_count"] = found.piece_count;
    json::array pieces;
    for (const auto& piece : found.pieces) {
      pieces.push_back({{"file_offset_bytes", piece.file_offset_bytes}, {"disk_offset_bytes", piece.disk_offset_bytes}, {"length_bytes", piece.length_bytes}});
    }
    disk["pieces"] = std::move(pieces);
    disks.push_back(std::move(disk));
  }
  return {{"sha256", to_hex(result.sha256)}, {"bytes", result.bytes}, {"blocks", result.blocks},
          {"disks", std::move(disks)}, {"not_searched", not_searched_json(result.not_searched)}};
}

/// Disks that as a whole have this hash, or this root.
json::array whole_disks(const imaging::Store& store, const imaging::Digest& digest) {
  json::array disks;
  const auto add = [&](bool golden, const std::string& id, const std::string& name, const imaging::Digest& sha256, const imaging::Digest& root) {
    if (sha256 != digest && root != digest) return;
    disks.push_back({{"kind", golden ? "golden image" : "evidence"}, {"id", id}, {"name", name}, {"what", sha256 == digest ? "SHA-256 of the whole disk" : "root of its tree"}});
  };
  for (const auto& image : store.images()) add(true, image.manifest.id, image.manifest.name, image.manifest.sha256, image.manifest.root);
  for (const auto& one : store.evidence()) add(false, one.id, one.record.context.machine_id, one.record.sha256, one.record.root);
  return disks;
}

Result<json::object> find(const imaging::Store& store, const WantedBlock& block, const imaging::SearchOptions& options) {
  RESUS_TRY(const auto result, store.find_block(imaging::BlockId{block.id}, options));
  auto object = places_json(result);
  object["whole_disks"] = block.or_disk ? whole_disks(store, block.id) : json::array();
  return object;
}

Result<json::object> find(const imaging::Store& store, const WantedBytes& pattern, const imaging::SearchOptions& options) {
  RESUS_TRY(const auto result, store.find_bytes(pattern.bytes, options));
  return places_json(result);
}

Result<json::object> find(const imaging::Store& store, const imaging::WantedFile& file, const imaging::SearchOptions& options) {
  RESUS_TRY(const auto result, store.find_file(file, options));
  return file_json(result);
}

}  // namespace

Result<json::object> search(const imaging::Store& store, const Wanted& wanted, const imaging::SearchOptions& options) {
  return std::visit([&](const auto& what) { return find(store, what, options); }, wanted);
}

bool searched_everything(const json::object& result) {
  const auto& missed = result.at("not_searched").as_object();
  return missed.at("frames").as_array().empty() && missed.at("disks").as_array().empty();
}

}  // namespace resus::analysis
