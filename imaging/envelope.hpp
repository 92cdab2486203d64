#pragma once
// Ed25519 keys and signed envelopes: permits, records, golden manifests and custody lines share them.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "imaging/block.hpp"

namespace resus::imaging {

/// What is signed, so that one kind of document can never pass for another.
/// The signature covers "resus:" + purpose + "\n" + payload bytes.
enum class Purpose { kPermit, kRecord, kGoldenImage, kCustody, kBackupManifest, kHold, kDeletion, kKeyHandover };
[[nodiscard]] std::string_view to_string(Purpose purpose);

/// Raw Ed25519 public key, 32 bytes. Its id is the first 16 hex digits of its SHA-256.
struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const PublicKey&) const = default;
};
[[nodiscard]] std::string key_id(const PublicKey& key);
[[nodiscard]] std::string to_base64(const PublicKey& key);
[[nodiscard]] Result<PublicKey> public_key_from_base64(std::string_view text);

class SigningKey {
 public:
  [[nodiscard]] static Result<SigningKey> generate();
  [[nodiscard]] static Result<SigningKey> from_pem(std::string_view pem);
  [[nodiscard]] std::string to_pem() const;
  [[nodiscard]] const PublicKey& public_key() const { return public_; }
  [[nodiscard]] Result<std::array<std::uint8_t, 64>> sign(std::string_view message) const;

 private:
  struct Free {
    void operator()(void* pkey) const;
  };
  SigningKey(void* pkey, PublicKey pub) : pkey_(pkey), public_(pub) {}
  std::unique_ptr<void, Free> pkey_;
  PublicKey public_;
};

[[nodiscard]] bool verify(const PublicKey& key, std::string_view message, std::span<const std::uint8_t, 64> signature);

/// {"v":1,"purpose":"permit","key":"<key id>","payload":"<base64>","sig":"<base64>"} on one line.
/// The payload travels as bytes: what is verified is exactly what was signed, no canonical JSON needed.
[[nodiscard]] Result<std::string> seal(const SigningKey& key, Purpose purpose, std::string_view payload);
/// The payload, if one of `trusted` signed it for this purpose.
/// Errors: `on_bad_signature` (kPermitSignature, kImageSignature, kEvidenceDamaged…), kBadInput.
[[nodiscard]] Result<std::string> open_envelope(std::string_view envelope, Purpose purpose,
                                                std::span<const PublicKey> trusted, hw::Code on_bad_signature);

}  // namespace resus::imaging
