#include "imaging/envelope.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <boost/json.hpp>

#include "imaging/base64.hpp"

namespace resus::imaging {
namespace {

using hw::Code;
using hw::fail;

constexpr int kEnvelopeVersion = 1;
/// The largest document signed is a golden manifest with its partitions: a few kilobytes.
constexpr std::size_t kMaxEnvelopeBytes = 1 << 20;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeDigestContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigestContext>;

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string signed_message(Purpose purpose, std::string_view payload) {
  std::string message = "resus:";
  message.append(to_string(purpose)).append("\n").append(payload);
  return message;
}

Result<PublicKey> public_key_of(EVP_PKEY* key) {
  PublicKey pub;
  std::size_t length = pub.bytes.size();
  if (EVP_PKEY_get_raw_public_key(key, pub.bytes.data(), &length) != 1 ||
      length != pub.bytes.size()) {
    return fail(Code::kBadInput, "key is not Ed25519");
  }
  return pub;
}

/// The fields of an envelope as they stand there, nothing checked but their shape.
struct Parts {
  std::string purpose, key, payload, signature;
};

Result<std::string> text_field(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) {
    return fail(Code::kBadInput, "envelope: field " + std::string(name) + " is missing");
  }
  return std::string(value->get_string());
}

Result<Parts> parse(std::string_view envelope) {
  if (envelope.size() > kMaxEnvelopeBytes) return fail(Code::kBadInput, "envelope: too large");
  boost::system::error_code error;
  const auto json = boost::json::parse(envelope, error);
  if (error || !json.is_object()) return fail(Code::kBadInput, "envelope: not a JSON object");
  const auto& object = json.get_object();
  const auto* version = object.if_contains("v");
  if (version == nullptr || !version->is_int64() || version->get_int64() != kEnvelopeVersion) {
    return fail(Code::kBadInput, "envelope: version is not 1");
  }
  if (object.size() != 5) return fail(Code::kBadInput, "envelope: fields unknown to version 1");
  Parts parts;
  RESUS_TRY(parts.purpose, text_field(object, "purpose"));
  RESUS_TRY(parts.key, text_field(object, "key"));
  RESUS_TRY(auto payload, text_field(object, "payload"));
  RESUS_TRY(auto signature, text_field(object, "sig"));
  RESUS_TRY(parts.payload, base64_decode(payload));
  RESUS_TRY(parts.signature, base64_decode(signature));
  return parts;
}

}  // namespace

std::string_view to_string(Purpose purpose) {
  switch (purpose) {
    case Purpose::kPermit: return "permit";
    case Purpose::kRecord: return "record";
    case Purpose::kGoldenImage: return "golden-image";
    case Purpose::kCustody: return "custody";
    case Purpose::kBackupManifest: return "backup-manifest";
    case Purpose::kHold: return "evidence-hold";
    case Purpose::kDeletion: return "evidence-deletion";
    case Purpose::kKeyHandover: return "key-handover";
  }
  return "unknown";
}

std::string key_id(const PublicKey& key) {
  Digest digest;
  EVP_Digest(key.bytes.data(), key.bytes.size(), digest.bytes.data(), nullptr, EVP_sha256(),
             nullptr);
  return to_hex(digest).substr(0, 16);
}

std::string to_base64(const PublicKey& key) {
  return base64_encode({reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()});
}

Result<PublicKey> public_key_from_base64(std::string_view text) {
  RESUS_TRY(const auto raw, base64_decode(text));
  PublicKey key;
  if (raw.size() != key.bytes.size()) {
    return fail(Code::kBadInput, "public key is not 32 bytes long");
  }
  std::copy(raw.begin(), raw.end(), key.bytes.begin());
  return key;
}

void SigningKey::Free::operator()(void* pkey) const {
  EVP_PKEY_free(static_cast<EVP_PKEY*>(pkey));
}

Result<SigningKey> SigningKey::generate() {
  EVP_PKEY* pkey = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  if (pkey == nullptr) return fail(Code::kInternal, "Ed25519 key could not be generated");
  std::unique_ptr<EVP_PKEY, FreeKey> owner(pkey);
  RESUS_TRY(auto pub, public_key_of(pkey));
  return SigningKey(owner.release(), pub);
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::unique_ptr<EVP_PKEY, FreeKey> owner(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!owner) return fail(Code::kBadInput, "no private key in PEM form");
  RESUS_TRY(auto pub, public_key_of(owner.get()));
  return SigningKey(owner.release(), pub);
}

std::string SigningKey::to_pem() const {
  std::unique_ptr<BIO, FreeBio> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), static_cast<EVP_PKEY*>(pkey_.get()), nullptr, nullptr, 0,
                           nullptr, nullptr);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<std::size_t>(length));
}

Result<std::array<std::uint8_t, 64>> SigningKey::sign(std::string_view message) const {
  DigestContext context(EVP_MD_CTX_new());
  std::array<std::uint8_t, 64> signature{};
  std::size_t length = signature.size();
  auto* key = static_cast<EVP_PKEY*>(pkey_.get());
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &length, as_bytes(message),
                     message.size()) != 1 ||
      length != signature.size()) {
    return fail(Code::kInternal, "Ed25519 signing failed");
  }
  return signature;
}

bool verify(const PublicKey& key, std::string_view message,
            std::span<const std::uint8_t, 64> signature) {
  std::unique_ptr<EVP_PKEY, FreeKey> pkey(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
  DigestContext context(EVP_MD_CTX_new());
  return pkey && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), as_bytes(message),
                          message.size()) == 1;
}

Result<std::string> seal(const SigningKey& key, Purpose purpose, std::string_view payload) {
  RESUS_TRY(const auto signature, key.sign(signed_message(purpose, payload)));
  // No field needs escaping: words, hex digits and base64 only.
  std::string out = R"({"v":1,"purpose":")";
  out.append(to_string(purpose)).append(R"(","key":")").append(key_id(key.public_key()));
  out.append(R"(","payload":")").append(base64_encode(payload)).append(R"(","sig":")");
  out.append(base64_encode({reinterpret_cast<const char*>(signature.data()), signature.size()}));
  return out.append(R"("})");
}

Result<std::string> open_envelope(std::string_view envelope, Purpose purpose,
                                  std::span<const PublicKey> trusted, Code on_bad_signature) {
  RESUS_TRY(auto parts, parse(envelope));
  const std::string wanted(to_string(purpose));
  if (parts.purpose != wanted) {
    return fail(on_bad_signature, "signed as \"" + parts.purpose + "\", not as " + wanted);
  }
  std::array<std::uint8_t, 64> signature{};
  if (parts.signature.size() != signature.size()) {
    return fail(on_bad_signature, wanted + ": signature is not 64 bytes long");
  }
  std::copy(parts.signature.begin(), parts.signature.end(), signature.begin());
  const auto key = std::ranges::find_if(
      trusted, [&](const PublicKey& candidate) { return key_id(candidate) == parts.key; });
  if (key == trusted.end()) {
    return fail(on_bad_signature, wanted + ": signed by a key that is not trusted here");
  }
  if (!verify(*key, signed_message(purpose, parts.payload), signature)) {
    return fail(on_bad_signature, wanted + ": signature does not verify");
  }
  return std::move(parts.payload);
}

}  // namespace resus::imaging
