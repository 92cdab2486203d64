#include "imaging/store.hpp"

#include "imaging/store_parts.hpp"

namespace resus::imaging {

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

}  // namespace resus::imaging
