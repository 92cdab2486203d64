#include "imaging/base64.hpp"

#include <openssl/evp.h>

namespace resus::imaging {

std::string base64_encode(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL adds a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

hw::Result<std::string> base64_decode(std::string_view text) {
  const auto bad = [] { return hw::fail(hw::Code::kBadInput, "not base64"); };
  if (text.size() % 4 != 0) return bad();
  if (text.empty()) return std::string();
  std::string out(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) return bad();
  out.resize(static_cast<std::size_t>(length));
  if (text.ends_with('=')) out.pop_back();
  if (text.ends_with("==")) out.pop_back();
  // One spelling only: OpenSSL trims white space and ignores stray bits, a second encoding tells.
  if (base64_encode(out) != text) return bad();
  return out;
}

}  // namespace resus::imaging
