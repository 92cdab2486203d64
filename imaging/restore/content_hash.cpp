#include "imaging/restore/content_hash.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <new>

namespace resus::imaging {
namespace {

const EVP_MD* algorithm() {
  static const EVP_MD* const kFetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // lives as long as the process
  if (kFetched == nullptr) throw std::bad_alloc();
  return kFetched;
}

EVP_MD_CTX* raw(void* context) { return static_cast<EVP_MD_CTX*>(context); }

}  // namespace

void ContentHash::Free::operator()(void* context) const { EVP_MD_CTX_free(raw(context)); }

void ContentHash::prepare() {
  (void)algorithm();
  (void)sha256({});  // the one of block.hpp keeps a context of its own
}

ContentHash::ContentHash() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex2(raw(context_.get()), algorithm(), nullptr) != 1) throw std::bad_alloc();
}

void ContentHash::add(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(raw(context_.get()), bytes.data(), bytes.size());
}

void ContentHash::add_zeros(std::uint64_t count) {
  static constexpr std::array<std::byte, 65536> kZeros{};
  while (count > 0) {
    const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(count, kZeros.size()));
    add(std::span(kZeros).first(piece));
    count -= piece;
  }
}

Digest ContentHash::finish() {
  Digest digest;
  EVP_DigestFinal_ex(raw(context_.get()), digest.bytes.data(), nullptr);
  EVP_DigestInit_ex2(raw(context_.get()), algorithm(), nullptr);
  return digest;
}

}  // namespace resus::imaging
