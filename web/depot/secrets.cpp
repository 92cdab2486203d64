#include "web/depot/secrets.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <vector>

namespace resus::depot {
namespace {

constexpr std::uint64_t kN = 1 << 14;
constexpr std::uint64_t kR = 8;
constexpr std::uint64_t kP = 1;
constexpr std::uint64_t kMaxMemory = 64ull << 20;
constexpr std::string_view kPrefix = "scrypt$16384$8$1$";
constexpr std::size_t kSaltDigits = 32;

std::string hex_of(const unsigned char* bytes, std::size_t size) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < size; ++i) {
    hex.push_back(kHex[bytes[i] >> 4]);
    hex.push_back(kHex[bytes[i] & 15]);
  }
  return hex;
}

std::string scrypt_hex(std::string_view password, std::string_view salt) {
  unsigned char out[32];
  const int ok = EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                                salt.size(), kN, kR, kP, kMaxMemory, out, sizeof out);
  return ok == 1 ? hex_of(out, sizeof out) : std::string();
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> raw(bytes);
  if (RAND_bytes(raw.data(), static_cast<int>(bytes)) != 1) std::abort();  // no randomness: nothing here would be safe
  return hex_of(raw.data(), bytes);
}

std::string random_password() {
  constexpr std::string_view kAlphabet = "23456789abcdefghjklmnpqrstuvwxyz";
  unsigned char raw[16];
  if (RAND_bytes(raw, sizeof raw) != 1) std::abort();
  std::string password;
  for (std::size_t i = 0; i < sizeof raw; ++i) {
    if (i > 0 && i % 4 == 0) password.push_back('-');
    password.push_back(kAlphabet[raw[i] & 31]);
  }
  return password;
}

std::string sha256_hex(std::string_view text) {
  unsigned char digest[32];
  EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha256(), nullptr);
  return hex_of(digest, sizeof digest);
}

hw::Result<std::string> hash_password(std::string_view password) {
  const auto salt = random_hex(kSaltDigits / 2);
  const auto hash = scrypt_hex(password, salt);
  if (hash.empty()) return hw::fail(hw::Code::kInternal, "scrypt failed");
  return std::string(kPrefix) + salt + "$" + hash;
}

bool password_matches(std::string_view password, std::string_view stored) {
  if (!stored.starts_with(kPrefix) || stored.size() < kPrefix.size() + kSaltDigits + 1) return false;
  const auto salt = stored.substr(kPrefix.size(), kSaltDigits);
  return same_secret(scrypt_hex(password, salt), stored.substr(kPrefix.size() + kSaltDigits + 1));
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace resus::depot
