#include "web/depot/key_backup.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>

#include "imaging/block.hpp"
#include "imaging/envelope.hpp"
#include "imaging/freed_by.hpp"

namespace resus::depot {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 64 * 1024;
constexpr std::string_view kHead = "resus depot keys, version 1";
// Source: RFC 7914 section 2; what `openssl pkcs8 -scrypt` takes, so that any OpenSSL opens it. About 16 MiB and 50 ms.
constexpr std::uint64_t kScryptN = 16384, kScryptR = 8, kScryptP = 1;

using Key = std::unique_ptr<EVP_PKEY, imaging::FreedBy<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, imaging::FreedBy<BIO_free>>;
using PlainKey = std::unique_ptr<PKCS8_PRIV_KEY_INFO, imaging::FreedBy<PKCS8_PRIV_KEY_INFO_free>>;
using SealedKey = std::unique_ptr<X509_SIG, imaging::FreedBy<X509_SIG_free>>;

struct KeyFile {
  std::string name;  ///< below the data folder
  std::string text;
};

bool is_private(std::string_view text) { return text.find("PRIVATE KEY-----") != std::string_view::npos; }

std::string text_of(BIO& memory) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(&memory, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

/// Never asks on a terminal.
int give_passphrase(char* buffer, int size, int, void* passphrase) {
  const auto& text = *static_cast<std::string_view*>(passphrase);
  if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, text.data(), text.size());
  return static_cast<int>(text.size());
}

Key read_key(std::string_view pem, std::string_view passphrase) {
  const Memory in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, give_passphrase, &passphrase));
  ERR_clear_error();
  return key;
}

Result<std::string> encrypted(const KeyFile& file, std::string_view passphrase) {
  const auto key = read_key(file.text, {});
  const PlainKey plain(key ? EVP_PKEY2PKCS8(key.get()) : nullptr);
  if (!plain) return hw::fail(hw::Code::kBadInput, file.name + " holds no private key");
  X509_ALGOR* how = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, kScryptN, kScryptR, kScryptP);
  const SealedKey sealed(how == nullptr ? nullptr : PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()), plain.get(), how));
  const Memory out(BIO_new(BIO_s_mem()));
  if (!sealed || PEM_write_bio_PKCS8(out.get(), sealed.get()) != 1) return hw::fail(hw::Code::kInternal, "OpenSSL could not encrypt " + file.name);
  return text_of(*out);
}

Result<std::string> decrypted(const KeyFile& file, std::string_view passphrase) {
  const auto key = read_key(file.text, passphrase);
  if (!key) return hw::fail(hw::Code::kUnauthorized, "the passphrase does not open " + file.name);
  const Memory out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return hw::fail(hw::Code::kInternal, "OpenSSL could not write " + file.name);
  }
  return text_of(*out);
}

std::string digest_of(std::string_view text) { return to_hex(imaging::sha256(std::as_bytes(std::span(text)))); }

/// Tickets are good for half an hour: their key is made anew. A rotation that has not ended is begun again.
bool is_kept(const std::string& name) { return name != "boot-ticket.key" && name != "signing.next.pem"; }

Result<std::vector<KeyFile>> key_files(hw::FileSystem& files, const std::string& data) {
  std::vector<KeyFile> found;
  for (const std::string folder : {"store/keys", "keys"}) {
    RESUS_TRY(const bool there, files.exists(data + "/" + folder));
    if (!there) continue;
    RESUS_TRY(const auto names, files.list(data + "/" + folder));
    for (const auto& name : names) {
      if (!is_kept(name)) continue;
      KeyFile file{.name = folder + "/" + name, .text = {}};
      RESUS_TRY(file.text, files.read_all(data + "/" + file.name, kMaxKeyFileBytes));
      found.push_back(std::move(file));
    }
  }
  return found;
}

/// Only what export_keys() writes: no path leads elsewhere.
bool good_name(std::string_view name) {
  const auto slash = name.rfind('/');
  if (slash == std::string_view::npos || (name.substr(0, slash) != "store/keys" && name.substr(0, slash) != "keys")) return false;
  const auto file = name.substr(slash + 1);
  return !file.empty() && file.front() != '.' && std::ranges::all_of(file, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-'; });
}

Result<std::vector<KeyFile>> parse(std::string_view backup) {
  const auto bad = [](const std::string& what) { return hw::fail(hw::Code::kBadInput, "key backup: " + what); };
  const auto end = backup.rfind("end ");
  if (!backup.starts_with(kHead) || end == std::string_view::npos) return bad("not a backup of a depot's keys, or it was cut off");
  if (backup.substr(end) != "end " + digest_of(backup.substr(0, end)) + "\n") return bad("it was changed or cut off");
  auto rest = backup.substr(0, end);
  std::vector<KeyFile> found;
  for (auto at = rest.find("\nfile: "); at != std::string_view::npos; at = rest.find("\nfile: ")) {
    rest.remove_prefix(at + std::string_view("\nfile: ").size());
    const auto line = rest.find('\n');
    if (line == std::string_view::npos || !good_name(rest.substr(0, line))) return bad("a file with a name that none of a depot's keys has");
    const auto next = std::min(rest.find("\nfile: "), rest.size());
    found.push_back({.name = std::string(rest.substr(0, line)), .text = std::string(rest.substr(line + 1, next - line - 1))});
    rest.remove_prefix(next);
  }
  if (found.empty()) return bad("it holds no file");
  return found;
}

const KeyFile* named(const std::vector<KeyFile>& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, &KeyFile::name);
  return found == all.end() ? nullptr : &*found;
}

/// The signing key must be the one whose public half stands beside it.
Result<void> check_pair(const std::vector<KeyFile>& all) {
  const auto* secret = named(all, "store/keys/signing.pem");
  const auto* open = named(all, "store/keys/signing.pub");
  if (secret == nullptr || open == nullptr) return hw::fail(hw::Code::kBadInput, "key backup: the signing key is missing");
  RESUS_TRY(const auto key, imaging::SigningKey::from_pem(secret->text));
  if (to_base64(key.public_key()) + "\n" == open->text) return hw::success();
  return hw::fail(hw::Code::kBadInput, "key backup: signing.pub is not the key in signing.pem");
}

}  // namespace

Result<std::string> export_keys(hw::FileSystem& files, const std::string& data, std::string_view passphrase) {
  if (passphrase.size() < kLeastPassphraseBytes) return hw::fail(hw::Code::kUsage, "the passphrase needs at least 12 characters");
  RESUS_TRY(const auto all, key_files(files, data));
  RESUS_TRY(check_pair(all));
  std::string out(kHead);
  out += "\nA key is opened with: openssl pkey -in FILE, after the lines before and behind it are cut off.\n";
  for (const auto& file : all) {
    out += "\nfile: " + file.name + "\n";
    if (!is_private(file.text)) {
      out += file.text;
      continue;
    }
    RESUS_TRY(const auto sealed, encrypted(file, passphrase));
    out += sealed;
  }
  return out + "end " + digest_of(out) + "\n";
}

Result<std::vector<std::string>> restore_keys(hw::FileSystem& files, const std::string& data, std::string_view backup, std::string_view passphrase) {
  RESUS_TRY(auto all, parse(backup));
  for (auto& file : all) {
    if (!is_private(file.text)) continue;
    RESUS_TRY(file.text, decrypted(file, passphrase));
  }
  RESUS_TRY(check_pair(all));
  RESUS_TRY(const auto there, key_files(files, data));
  if (!there.empty()) return hw::fail(hw::Code::kConflict, data + " has keys already (" + there.front().name + "); they are not overwritten");
  std::vector<std::string> names;
  for (const auto& file : all) {
    if (file.name == "store/keys/signing.pem") continue;  // last: without it the depot would make a key of its own over a half restore
    RESUS_TRY(files.replace(data + "/" + file.name, file.text));
    names.push_back(file.name);
  }
  RESUS_TRY(files.replace(data + "/store/keys/signing.pem", named(all, "store/keys/signing.pem")->text));
  names.emplace_back("store/keys/signing.pem");
  return names;
}

}  // namespace resus::depot
