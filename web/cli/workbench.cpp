#include "web/cli/workbench.hpp"

#include "imaging/index/rocks_pieces.hpp"

namespace resus::web {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 64 * 1024;

}  // namespace

hw::Result<std::unique_ptr<imaging::SigningKey>> signing_key(hw::FileSystem& files, const std::string& store_path) {
  const std::string folder = store_path + "/keys";
  const std::string path = folder + "/signing.pem";
  RESUS_TRY(const bool there, files.exists(path));
  if (there) {
    RESUS_TRY(const std::string pem, files.read_all(path, kMaxKeyFileBytes));
    RESUS_TRY(auto key, imaging::SigningKey::from_pem(pem));
    return std::make_unique<imaging::SigningKey>(std::move(key));
  }
  RESUS_TRY(files.make_directories(folder));
  RESUS_TRY(auto key, imaging::SigningKey::generate());
  RESUS_TRY(files.replace(path, key.to_pem()));
  RESUS_TRY(files.replace(folder + "/signing.pub", to_base64(key.public_key()) + "\n"));
  return std::make_unique<imaging::SigningKey>(std::move(key));
}

hw::Result<Workbench> Workbench::open(Environment& environment, const std::string& store_path) {
  Workbench bench;
  auto& files = environment.files;
  RESUS_TRY(files.make_directories(store_path));
  RESUS_TRY(bench.store_, imaging::Store::open(files, store_path, {.open_pieces = imaging::open_rocks_pieces}));
  RESUS_TRY(bench.key_, signing_key(files, store_path));
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
