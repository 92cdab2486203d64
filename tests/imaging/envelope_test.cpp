#include "imaging/envelope.hpp"

#include <gtest/gtest.h>

#include "imaging/base64.hpp"

namespace resus::imaging {
namespace {

using hw::Code;

SigningKey new_key() { return SigningKey::generate().value(); }

Result<std::string> open_as_record(std::string_view envelope, const PublicKey& trusted) {
  return open_envelope(envelope, Purpose::kRecord, std::span(&trusted, 1), Code::kEvidenceDamaged);
}

TEST(Envelope, GivesBackExactlyWhatWasSealed) {
  const auto key = new_key();
  const std::string payload("{\"a\":1}\n\0\xff", 10);
  const auto envelope = seal(key, Purpose::kRecord, payload).value();
  EXPECT_EQ(envelope.find('\n'), std::string::npos);
  EXPECT_EQ(open_as_record(envelope, key.public_key()).value(), payload);
}

TEST(Envelope, OfOnePurposeDoesNotPassForAnother) {
  const auto key = new_key();
  auto envelope = seal(key, Purpose::kRecord, "{}").value();
  const auto trusted = key.public_key();
  const auto as_permit =
      open_envelope(envelope, Purpose::kPermit, std::span(&trusted, 1), Code::kPermitSignature);
  EXPECT_EQ(as_permit.error().code, Code::kPermitSignature);
  envelope.replace(envelope.find("record"), 6, "permit");
  const auto renamed =
      open_envelope(envelope, Purpose::kPermit, std::span(&trusted, 1), Code::kPermitSignature);
  EXPECT_EQ(renamed.error().code, Code::kPermitSignature);
}

TEST(Envelope, OfAnUntrustedKeyIsRefused) {
  const auto envelope = seal(new_key(), Purpose::kRecord, "{}").value();
  EXPECT_EQ(open_as_record(envelope, new_key().public_key()).error().code, Code::kEvidenceDamaged);
}

TEST(Envelope, WithAnyByteChangedIsRefused) {
  const auto key = new_key();
  const auto envelope = seal(key, Purpose::kRecord, "{\"what\":\"a record\"}").value();
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    auto changed = envelope;
    changed[i] ^= 0x01;
    EXPECT_FALSE(open_as_record(changed, key.public_key())) << "byte " << i;
  }
}

TEST(Envelope, WithFieldsOrVersionsNotKnownIsRefused) {
  const auto key = new_key();
  const auto envelope = seal(key, Purpose::kRecord, "{}").value();
  auto extra = envelope;
  extra.insert(1, "\"extra\":0,");
  EXPECT_EQ(open_as_record(extra, key.public_key()).error().code, Code::kBadInput);
  auto newer = envelope;
  newer.replace(newer.find("\"v\":1"), 5, "\"v\":2");
  EXPECT_EQ(open_as_record(newer, key.public_key()).error().code, Code::kBadInput);
}

TEST(SigningKey, SurvivesItsPemForm) {
  const auto key = new_key();
  const auto again = SigningKey::from_pem(key.to_pem()).value();
  EXPECT_EQ(again.public_key(), key.public_key());
  EXPECT_TRUE(verify(key.public_key(), "text", again.sign("text").value()));
  EXPECT_FALSE(verify(key.public_key(), "other", again.sign("text").value()));
  EXPECT_FALSE(SigningKey::from_pem("no key at all"));
}

TEST(PublicKey, SurvivesBase64AndHasAShortId) {
  const auto key = new_key().public_key();
  EXPECT_EQ(public_key_from_base64(to_base64(key)).value(), key);
  EXPECT_EQ(key_id(key).size(), 16U);
  EXPECT_FALSE(public_key_from_base64("AAAA"));
}

TEST(Base64, ReadsOnlyItsOwnSpelling) {
  EXPECT_EQ(base64_encode("resus"), "cmVzdXM=");
  EXPECT_EQ(base64_decode("cmVzdXM=").value(), "resus");
  EXPECT_EQ(base64_decode("").value(), "");
  for (const auto* wrong : {"cmVzdXM", "cmVzdXN=", " cmVzdXM=", "cmVz\ndXM=", "cm=zdXM=", "===="}) {
    EXPECT_FALSE(base64_decode(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace resus::imaging
