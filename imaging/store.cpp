#include "imaging/store.hpp"

#include "imaging/store_parts.hpp"

namespace resus::imaging {
namespace {

/// Every block of one frame against its id.
Result<void> check_stored_frame(const Pack& pack, std::uint32_t frame, std::vector<std::byte>& raw) {
  RESUS_TRY(const auto ids, pack.ids(frame));
  RESUS_TRY(const auto entry, pack.entry(frame));
  raw.resize(entry.raw_bytes);
  RESUS_TRY(pack.read(frame, raw));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto begin = i * kBlockBytes;
    const auto block = std::span(raw).subspan(begin, std::min(kBlockBytes, raw.size() - begin));
    if (block_id(block) != ids[i]) {
      return hw::fail(hw::Code::kEvidenceDamaged, "block " + std::to_string(i) + " does not hash to its id");
    }
  }
  return hw::success();
}

}  // namespace

Store::Store(std::unique_ptr<StoreParts> parts) : parts_(std::move(parts)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(hw::FileSystem& files, const std::string& path, StoreOptions options) {
  auto parts = std::make_unique<StoreParts>(files, path, options);
  if (auto opened = parts->open(); !opened) {
    return hw::failure(std::move(opened.error()).within("open store " + path));
  }
  return std::unique_ptr<Store>(new Store(std::move(parts)));
}

Result<StoreStatistics> Store::statistics() const {
  StoreStatistics statistics;
  for (const auto& pack : parts_->packs.all()) {
    ++statistics.packs;
    statistics.pack_bytes += pack->stored_bytes();
  }
  statistics.blocks_known = parts_->known.size();
  statistics.blocks_in_flight = parts_->ledger.in_flight();
  statistics.sessions = parts_->ledger.sessions();
  RESUS_TRY(statistics.space, parts_->files.space(parts_->paths.root));
  statistics.below_reserve = statistics.space.free_bytes < parts_->options.reserve_bytes;
  return statistics;
}

Result<VerifyReport> Store::scrub(const OnProgress& progress) {
  const auto packs = parts_->packs.all();
  Progress so_far;
  for (const auto& pack : packs) so_far.total_bytes += pack->stored_bytes();
  VerifyReport report;
  std::vector<std::byte> raw;
  for (const auto& pack : packs) {
    pack->drop_cache();
    for (std::uint32_t frame = 0; frame < pack->frame_count(); ++frame) {
      if (auto checked = check_stored_frame(*pack, frame, raw); !checked) {
        report.damaged_frames.push_back(
            {.pack = pack->number(), .frame = frame, .reason = std::move(checked.error().context)});
      }
      report.bytes_checked += raw.size();
      if (const auto entry = pack->entry(frame)) so_far.done_bytes += entry.value().compressed_bytes;
      if (progress) progress(so_far);
    }
  }
  parts_->forget(report.damaged_frames);
  return report;
}

}  // namespace resus::imaging
