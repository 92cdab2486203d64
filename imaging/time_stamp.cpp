#include "imaging/time_stamp.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <memory>
#include <vector>

#include "imaging/freed_by.hpp"

namespace resus::imaging {
namespace {

using Request = std::unique_ptr<TS_REQ, FreedBy<TS_REQ_free>>;
using Response = std::unique_ptr<TS_RESP, FreedBy<TS_RESP_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, FreedBy<ASN1_INTEGER_free>>;
using Object = std::unique_ptr<ASN1_OBJECT, FreedBy<ASN1_OBJECT_free>>;
using Imprint = std::unique_ptr<TS_MSG_IMPRINT, FreedBy<TS_MSG_IMPRINT_free>>;
using Algorithm = std::unique_ptr<X509_ALGOR, FreedBy<X509_ALGOR_free>>;
using Verification = std::unique_ptr<TS_VERIFY_CTX, FreedBy<TS_VERIFY_CTX_free>>;
using Authorities = std::unique_ptr<X509_STORE, FreedBy<X509_STORE_free>>;
using Certificate = std::unique_ptr<X509, FreedBy<X509_free>>;
using Memory = std::unique_ptr<BIO, FreedBy<BIO_free>>;

auto refused(const std::string& what) { return hw::fail(hw::Code::kStampRefused, what); }

/// What OpenSSL found wrong, oldest first; forgets it.
std::string openssl_reasons() {
  std::string text;
  while (const auto code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    if (reason != nullptr) text += (text.empty() ? "" : ": ") + std::string(reason);
  }
  return text.empty() ? "no reason given" : text;
}

Memory memory_of(std::string_view bytes) { return Memory(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

Result<Imprint> imprint_of(const Digest& digest) {
  Imprint imprint(TS_MSG_IMPRINT_new());
  Algorithm algorithm(X509_ALGOR_new());
  if (!imprint || !algorithm) return hw::fail(hw::Code::kInternal, "OpenSSL: no memory for a time-stamp request");
  X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr);
  std::vector<unsigned char> bytes(digest.bytes.begin(), digest.bytes.end());
  if (TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) != 1 ||
      TS_MSG_IMPRINT_set_msg(imprint.get(), bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return hw::fail(hw::Code::kInternal, "OpenSSL: " + openssl_reasons());
  }
  return imprint;
}

Result<Request> request_for(const Digest& digest) {
  RESUS_TRY(const auto imprint, imprint_of(digest));
  Request request(TS_REQ_new());
  if (!request || TS_REQ_set_version(request.get(), 1) != 1 || TS_REQ_set_msg_imprint(request.get(), imprint.get()) != 1 ||
      TS_REQ_set_cert_req(request.get(), 1) != 1) {
    return hw::fail(hw::Code::kInternal, "OpenSSL: " + openssl_reasons());
  }
  return request;
}

Result<void> add_nonce(TS_REQ& request) {
  std::uint64_t value = 0;
  Integer nonce(ASN1_INTEGER_new());
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value) != 1 || !nonce ||
      ASN1_INTEGER_set_uint64(nonce.get(), value) != 1 || TS_REQ_set_nonce(&request, nonce.get()) != 1) {
    return hw::fail(hw::Code::kInternal, "OpenSSL: " + openssl_reasons());
  }
  return hw::success();
}

Result<Response> parsed(std::string_view bytes) {
  const auto* begin = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* at = begin;
  Response response(d2i_TS_RESP(nullptr, &at, static_cast<long>(bytes.size())));
  if (!response || at != begin + bytes.size()) {
    ERR_clear_error();
    return refused("the answer is not a time-stamp response");
  }
  return response;
}

/// Why the authority gave no stamp, in its own words.
std::string status_words(const TS_RESP& response) {
  Memory out(BIO_new(BIO_s_mem()));
  TS_STATUS_INFO_print_bio(out.get(), TS_RESP_get_status_info(const_cast<TS_RESP*>(&response)));
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  std::string words(text, static_cast<std::size_t>(size));
  for (char& c : words) c = c == '\n' ? ' ' : c;
  return words;
}

std::string hex_of(const ASN1_INTEGER* number) {
  BIGNUM* value = ASN1_INTEGER_to_BN(number, nullptr);
  char* text = value == nullptr ? nullptr : BN_bn2hex(value);
  std::string hex = text == nullptr ? "" : text;
  OPENSSL_free(text);
  BN_free(value);
  return hex;
}

std::string object_text(const ASN1_OBJECT* object) {
  char text[128];
  return OBJ_obj2txt(text, sizeof text, object, 1) > 0 ? text : "";
}

/// Subject of the certificate that signed the token.
std::string signer_of(TS_RESP& response) {
  PKCS7* token = TS_RESP_get_token(&response);
  if (token == nullptr) return {};
  STACK_OF(X509)* signers = PKCS7_get0_signers(token, nullptr, 0);
  std::string name;
  if (signers != nullptr && sk_X509_num(signers) > 0) {
    Memory out(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(out.get(), X509_get_subject_name(sk_X509_value(signers, 0)), 0, XN_FLAG_RFC2253);
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    name.assign(text, static_cast<std::size_t>(size));
  }
  sk_X509_free(signers);
  ERR_clear_error();
  return name;
}

struct Claim {
  StampFacts facts;
  std::time_t time = 0;
};

Result<Claim> claim_of(TS_RESP& response) {
  TS_TST_INFO* info = TS_RESP_get_tst_info(&response);
  if (info == nullptr) return refused("the authority gave no stamp: " + status_words(response));
  Claim claim;
  std::tm parts{};
  if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &parts) != 1) return refused("the stamp's time cannot be read");
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  claim.time = timegm(&parts);
  claim.facts = {.time = text, .serial = hex_of(TS_TST_INFO_get_serial(info)),
                 .policy = object_text(TS_TST_INFO_get_policy_id(info)), .authority = signer_of(response)};
  return claim;
}

/// Trusts the certificates of `pem` at the moment `at`.
Result<Authorities> authorities(std::string_view pem, std::time_t at) {
  Authorities store(X509_STORE_new());
  const auto in = memory_of(pem);
  std::size_t count = 0;
  while (Certificate certificate{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)}) {
    if (X509_STORE_add_cert(store.get(), certificate.get()) == 1) ++count;
  }
  ERR_clear_error();
  if (count == 0) return hw::fail(hw::Code::kUsage, "the authority's file holds no certificate");
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), at);
  return store;
}

Result<StampFacts> verified(std::string_view bytes, TS_REQ& request, std::string_view ca_pem) {
  ERR_clear_error();
  RESUS_TRY(const auto response, parsed(bytes));
  RESUS_TRY(auto claim, claim_of(*response));
  RESUS_TRY(auto store, authorities(ca_pem, claim.time));
  Verification check(TS_REQ_to_TS_VERIFY_CTX(&request, nullptr));
  if (!check) return hw::fail(hw::Code::kInternal, "OpenSSL: " + openssl_reasons());
  TS_VERIFY_CTX_add_flags(check.get(), TS_VFY_SIGNATURE);
  TS_VERIFY_CTX_set_store(check.get(), store.release());  // the context frees it
  if (TS_RESP_verify_response(check.get(), response.get()) != 1) return refused("the stamp does not verify: " + openssl_reasons());
  return std::move(claim.facts);
}

}  // namespace

Result<std::string> stamp_query(const Digest& imprint, std::string_view policy) {
  RESUS_TRY(const auto request, request_for(imprint));
  RESUS_TRY(add_nonce(*request));
  if (!policy.empty()) {
    const Object object(OBJ_txt2obj(std::string(policy).c_str(), 1));
    if (!object || TS_REQ_set_policy_id(request.get(), object.get()) != 1) {
      ERR_clear_error();
      return hw::fail(hw::Code::kUsage, "the policy '" + std::string(policy) + "' is no object identifier");
    }
  }
  unsigned char* der = nullptr;
  const auto size = i2d_TS_REQ(request.get(), &der);
  if (size <= 0) return hw::fail(hw::Code::kInternal, "OpenSSL: " + openssl_reasons());
  std::string query(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return query;
}

Result<StampFacts> check_stamp(std::string_view response, std::string_view query, std::string_view ca_pem) {
  const auto* at = reinterpret_cast<const unsigned char*>(query.data());
  const Request request(d2i_TS_REQ(nullptr, &at, static_cast<long>(query.size())));
  if (!request) return hw::fail(hw::Code::kInternal, "the query is not a time-stamp request");
  return verified(response, *request, ca_pem);
}

Result<StampFacts> check_stored_stamp(std::string_view response, const Digest& imprint, std::string_view ca_pem) {
  RESUS_TRY(const auto request, request_for(imprint));
  return verified(response, *request, ca_pem);
}

Result<StampFacts> claimed_stamp(std::string_view response) {
  RESUS_TRY(const auto answer, parsed(response));
  RESUS_TRY(auto claim, claim_of(*answer));
  return std::move(claim.facts);
}

}  // namespace resus::imaging
