#include "web/depot/vault.hpp"

#include <algorithm>
#include <filesystem>

#include "imaging/index/rocks_pieces.hpp"
#include "imaging/key_ring.hpp"
#include "imaging/trusted_keys.hpp"
#include "web/depot/secrets.hpp"

namespace resus::depot {
namespace {

constexpr std::string_view kFirstOperator = "admin";

Result<std::string> open_ticket_key(hw::FileSystem& files, const std::string& folder) {
  constexpr std::size_t kKeyBytes = 32;
  const auto path = folder + "/boot-ticket.key";
  RESUS_TRY(const bool there, files.exists(path));
  if (!there) {
    RESUS_TRY(files.replace(path, random_hex(kKeyBytes)));
  }
  RESUS_TRY(auto key, files.read_all(path, 2 * kKeyBytes));
  if (key.size() != 2 * kKeyBytes) return hw::fail(hw::Code::kBadInput, path + " is no key; remove it and a new one is made");
  return key;
}

Result<void> make_private(hw::FileSystem& files, const std::string& folder) {
  RESUS_TRY(files.make_directories(folder));
  std::error_code refused;
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, refused);
  if (refused) return hw::fail(hw::Code::kWrite, "make " + folder + " private: " + refused.message());
  return hw::success();
}

Result<std::optional<std::string>> first_operator(Catalogue& catalogue, const std::string& wanted) {
  RESUS_TRY(const auto known, catalogue.operators());
  const bool managed = std::ranges::any_of(known, [](const auto& who) { return who.role == "admin"; });
  if (managed && wanted.empty()) return std::optional<std::string>();
  const auto password = wanted.empty() ? random_password() : wanted;
  RESUS_TRY(const auto hash, hash_password(password));
  RESUS_TRY(catalogue.put_operator({.name = std::string(kFirstOperator), .role = "admin", .password = hash}));
  return wanted.empty() ? std::optional(password) : std::nullopt;
}

}  // namespace

Result<Vault> Vault::open(const Platform& platform, const std::string& data, const std::vector<std::string>& names,
                          const std::string& admin_password) {
  auto& files = platform.files;
  Vault vault;
  RESUS_TRY(files.make_directories(data + "/store"));
  RESUS_TRY(files.make_directories(data + "/netboot"));
  RESUS_TRY(files.make_directories(data + "/backups"));
  RESUS_TRY(make_private(files, data + "/store/keys"));
  RESUS_TRY(make_private(files, data + "/keys"));
  RESUS_TRY(make_private(files, data + "/run"));
  // First: its lock keeps a second depot out.
  RESUS_TRY(vault.store, imaging::Store::open(files, data + "/store", {.open_pieces = imaging::open_rocks_pieces}));
  RESUS_TRY(vault.key, imaging::open_signing_key(files, data + "/store"));
  RESUS_TRY(vault.trusted, imaging::trusted_keys(files, data + "/store"));
  RESUS_TRY(vault.handovers, imaging::key_handovers(files, data + "/store"));
  RESUS_TRY(vault.certificates, transport::open_depot_certificates(files, data + "/keys", names, platform.clock.now()));
  RESUS_TRY(vault.boot_ticket_key, open_ticket_key(files, data + "/keys"));
  RESUS_TRY(vault.catalogue, open_sqlite_catalogue(data + "/catalogue.db"));
  RESUS_TRY(vault.custody, imaging::CustodyLog::open(files, data + "/store/custody.log", *vault.key, platform.clock, vault.trusted));
  RESUS_TRY(vault.new_admin_password, first_operator(*vault.catalogue, admin_password));
  vault.admin_token = random_hex(32);
  RESUS_TRY(files.replace(data + "/run/admin.token", vault.admin_token + "\n"));
  RESUS_TRY(files.replace(data + "/run/ca.pem", vault.certificates.ca_pem));
  return vault;
}

}  // namespace resus::depot
