#include "imaging/trusted_keys.hpp"

#include <sstream>

namespace resus::imaging {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 64 * 1024;

Result<void> read_keys(hw::FileSystem& files, const std::string& path, std::vector<PublicKey>& keys) {
  RESUS_TRY(const std::string text, files.read_all(path, kMaxKeyFileBytes));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    RESUS_TRY(const auto key, public_key_from_base64(line));
    keys.push_back(key);
  }
  return hw::success();
}

}  // namespace

Result<std::vector<PublicKey>> trusted_keys(hw::FileSystem& files, const std::string& store_path) {
  std::vector<PublicKey> keys;
  const auto folder = store_path + "/keys";
  RESUS_TRY(const bool there, files.exists(folder));
  if (!there) return hw::fail(hw::Code::kNotFound, "no folder " + folder);
  RESUS_TRY(const auto names, files.list(folder));
  for (const auto& name : names) {
    if (!name.ends_with(".pub")) continue;
    RESUS_TRY(read_keys(files, folder + "/" + name, keys));
  }
  if (keys.empty()) return hw::fail(hw::Code::kNotFound, "no public key in " + store_path + "/keys");
  return keys;
}

Result<std::vector<PublicKey>> keys_of_file(hw::FileSystem& files, const std::string& path) {
  std::vector<PublicKey> keys;
  RESUS_TRY(read_keys(files, path, keys));
  if (keys.empty()) return hw::fail(hw::Code::kBadInput, "no public key in " + path);
  return keys;
}

}  // namespace resus::imaging
