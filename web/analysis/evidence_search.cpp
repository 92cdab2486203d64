#include "web/analysis/evidence_search.hpp"

#include "hw/plain_text.hpp"
#include "web/analysis/stored_disk_json.hpp"
#include "web/cli/progress_line.hpp"
#include "web/cli/workbench.hpp"

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

std::string not_searched_text(const imaging::NotSearched& missed) {
  std::string text;
  for (const auto& frame : missed.frames) {
    text += "\nNOT SEARCHED: pack " + std::to_string(frame.pack) + " frame " + std::to_string(frame.frame) + ": " + hw::plain_text(frame.reason);
  }
  for (const auto& disk : missed.disks) text += "\nNOT SEARCHED: " + hw::plain_text(disk);
  return text;
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

std::string places_text(const imaging::SearchResult& result) {
  std::string text = result.disks.empty() ? "On no disk." : "On " + std::to_string(result.disks.size()) + " disks:";
  for (const auto& found : result.disks) {
    text += "\n  " + disk_text(found.disk) + ": " + std::to_string(found.count) + " times, at byte";
    for (const auto offset : found.offsets_bytes) text += " " + std::to_string(offset);
    if (found.count > found.offsets_bytes.size()) text += " …";
  }
  if (result.unreferenced > 0) {
    text += "\n" + std::to_string(result.unreferenced) + " more in stored blocks of no finished evidence (a copy that broke off)";
  }
  return text + not_searched_text(result.not_searched);
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

std::string file_text(const imaging::FileSearchResult& result) {
  std::string text = "SHA-256 " + to_hex(result.sha256) + ", " + std::to_string(result.blocks) + " different blocks";
  if (result.disks.empty()) text += "\nOn no disk.";
  for (const auto& found : result.disks) {
    text += "\n  " + disk_text(found.disk) + (found.whole ? ": the whole file" : ": " + std::to_string(found.found_blocks) + " of its blocks") +
            ", last block: " + word_of(found.tail);
    for (const auto& piece : found.pieces) {
      text += "\n    " + std::to_string(piece.length_bytes) + " bytes from byte " + std::to_string(piece.file_offset_bytes) +
              " of the file at byte " + std::to_string(piece.disk_offset_bytes);
    }
    if (found.piece_count > found.pieces.size()) text += "\n    …";
  }
  return text + not_searched_text(result.not_searched);
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

hw::Result<int> search_hash(web::Environment& environment, const imaging::Store& store, const SearchArguments& arguments,
                            const imaging::SearchOptions& options) {
  RESUS_TRY(const auto digest, imaging::digest_from_hex(arguments.sha256.empty() ? arguments.block : arguments.sha256));
  RESUS_TRY(const auto result, store.find_block(imaging::BlockId{digest}, options));
  auto object = places_json(result);
  const auto whole = arguments.sha256.empty() ? json::array() : whole_disks(store, digest);
  object["whole_disks"] = whole;
  environment.output.print(object, [&] {
    std::string text = "As a block of 4096 bytes: " + places_text(result);
    for (const auto& disk : whole) {
      text += "\n" + std::string(disk.at("what").as_string()) + ": " + std::string(disk.at("kind").as_string()) + " " + std::string(disk.at("id").as_string());
    }
    return text;
  });
  return result.not_searched.any() ? web::kExitFailed : web::kExitOk;
}

}  // namespace

hw::Result<int> evidence_search(web::Environment& environment, const SearchArguments& arguments, const std::stop_token& stop) {
  if (arguments.sha256.empty() && arguments.block.empty() && arguments.file.empty() && arguments.pattern.empty()) {
    return hw::fail(hw::Code::kUsage, "say what to look for: --sha256, --block, --file or --pattern");
  }
  RESUS_TRY(const auto store, web::look_at(environment, arguments.store));
  web::ProgressLine line(environment, "searching");
  const imaging::SearchOptions options{.most_offsets = arguments.limit, .progress = [&](const imaging::Progress& p) { line.progress(p); }, .stop = stop};
  if (!arguments.file.empty()) {
    RESUS_TRY(const auto file, environment.files.open_read(arguments.file));
    RESUS_TRY(const auto result, store->find_file(*file, options));
    environment.output.print(file_json(result), [&] { return file_text(result); });
    return result.not_searched.any() ? web::kExitFailed : web::kExitOk;
  }
  if (arguments.pattern.empty()) return search_hash(environment, *store, arguments, options);
  RESUS_TRY(auto bytes, pattern_bytes(arguments.pattern, arguments.utf16));
  RESUS_TRY(const auto result, store->find_bytes(std::move(bytes), options));
  environment.output.print(places_json(result), [&] { return places_text(result); });
  return result.not_searched.any() ? web::kExitFailed : web::kExitOk;
}

}  // namespace resus::analysis
