#include "web/analysis/search_request.hpp"

#include <array>
#include <cstring>

#include "imaging/base64.hpp"
#include "imaging/pattern_scan.hpp"

namespace resus::analysis {
namespace json = boost::json;
namespace {

std::string_view as_text(std::span<const std::byte> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

json::object request_of(const WantedBlock& block) { return {{block.or_disk ? "sha256" : "block", to_hex(block.id)}}; }
json::object request_of(const WantedBytes& pattern) { return {{"pattern", imaging::base64_encode(pattern.bytes)}}; }
json::object request_of(const imaging::WantedFile& file) {
  return {{"file", json::object{{"sha256", to_hex(file.sha256)}, {"bytes", file.bytes}, {"ids", imaging::base64_encode(as_text(std::as_bytes(std::span(file.ids))))},
                                {"tail", imaging::base64_encode(as_text(file.tail))}}}};
}

Result<Wanted> pattern_from(const std::string& text) {
  RESUS_TRY(auto bytes, imaging::base64_decode(text));
  RESUS_TRY(imaging::PatternScan::of(bytes));
  return Wanted(WantedBytes{std::move(bytes)});
}

Result<Wanted> file_from(imaging::WantedFile file, const std::string& ids, const std::string& tail) {
  RESUS_TRY(const auto raw_ids, imaging::base64_decode(ids));
  RESUS_TRY(const auto raw_tail, imaging::base64_decode(tail));
  if (raw_ids.size() % sizeof(imaging::BlockId) != 0) return hw::fail(hw::Code::kBadInput, "search.file.ids: expected 32 bytes for each block");
  file.ids.resize(raw_ids.size() / sizeof(imaging::BlockId));
  if (!file.ids.empty()) std::memcpy(file.ids.data(), raw_ids.data(), raw_ids.size());
  const auto bytes = std::as_bytes(std::span(raw_tail));
  file.tail.assign(bytes.begin(), bytes.end());
  RESUS_TRY(imaging::check_wanted(file));
  return Wanted(std::move(file));
}

}  // namespace

json::object search_json(const Wanted& wanted) {
  return std::visit([](const auto& what) { return request_of(what); }, wanted);
}

Result<Wanted> wanted_from(messages::Fields& fields) {
  int given = 0;
  for (const char* name : {"block", "sha256", "pattern", "file"}) given += fields.has(name) ? 1 : 0;
  if (given != 1) return hw::fail(hw::Code::kBadInput, "search: expected one of block, sha256, pattern, file");
  if (fields.has("pattern")) {
    const auto pattern = fields.text("pattern", kMostSearchBytes);
    RESUS_TRY(fields.done());
    return pattern_from(pattern);
  }
  if (fields.has("file")) {
    imaging::WantedFile file;
    std::string ids, tail;
    fields.object("file", [&](messages::Fields& inner) {
      file.sha256 = inner.digest<imaging::Digest>("sha256");
      file.bytes = inner.number("bytes");
      ids = inner.text("ids", kMostSearchBytes);
      tail = inner.text("tail", kMostSearchBytes);
    });
    RESUS_TRY(fields.done());
    return file_from(std::move(file), ids, tail);
  }
  const bool or_disk = fields.has("sha256");
  const auto digest = fields.digest<imaging::Digest>(or_disk ? "sha256" : "block");
  RESUS_TRY(fields.done());
  return Wanted(WantedBlock{.id = digest, .or_disk = or_disk});
}

}  // namespace resus::analysis
