#include "web/cli/workbench.hpp"

#include "imaging/index/rocks_pieces.hpp"
#include "imaging/key_ring.hpp"

namespace resus::web {

hw::Result<Workbench> Workbench::open(Environment& environment, const std::string& store_path) {
  Workbench bench;
  auto& files = environment.files;
  RESUS_TRY(files.make_directories(store_path));
  RESUS_TRY(bench.store_, imaging::Store::open(files, store_path, {.open_pieces = imaging::open_rocks_pieces}));
  RESUS_TRY(bench.key_, imaging::open_signing_key(files, store_path));
  RESUS_TRY(bench.trusted_, imaging::trusted_keys(files, store_path));
  RESUS_TRY(bench.custody_, imaging::CustodyLog::open(files, store_path + "/custody.log", *bench.key_,
                                                      environment.clock, bench.trusted_));
  return bench;
}

hw::Result<std::unique_ptr<imaging::Store>> look_at(Environment& environment, const std::string& store_path) {
  imaging::StoreOptions options;
  options.read_only = true;
  return imaging::Store::open(environment.files, store_path, options);
}

hw::Result<void> Workbench::note(const imaging::CustodyEvent& event) {
  RESUS_TRY(custody_->append(event));
  return hw::success();
}

}  // namespace resus::web
