#include "web/transport/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "imaging/freed_by.hpp"

namespace resus::transport {
namespace {

using Key = std::unique_ptr<EVP_PKEY, imaging::FreedBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, imaging::FreedBy<X509_free>>;
using Bio = std::unique_ptr<BIO, imaging::FreedBy<BIO_free_all>>;

constexpr long kDay = 24 * 3600;
constexpr std::chrono::days kRenewBefore{30};  ///< a depot that runs on for a month after its start stays valid
constexpr std::size_t kMaxPemBytes = 64 * 1024;

auto openssl_error(hw::Code code, const std::string& what) {
  char text[256] = "";
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  ERR_clear_error();
  return hw::fail(code, what + ": " + text);
}

Key read_key(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

Certificate read_certificate(const std::string& pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio.get());
}

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return text_of(bio.get());
}

std::string spki_hex(X509_PUBKEY* pubkey) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(pubkey, &der);
  if (size <= 0) return {};
  unsigned char digest[32];
  EVP_Digest(der, static_cast<std::size_t>(size), digest, nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (const auto byte : digest) {
    hex.push_back(kHex[byte >> 4]);
    hex.push_back(kHex[byte & 15]);
  }
  return hex;
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  const bool ok = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return ok;
}

std::time_t seconds_of(hw::UtcTime time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

/// Version, serial, subject, validity and key; the issuer and the signature come after.
Certificate blank_certificate(const std::string& common_name, EVP_PKEY* key, long days, std::time_t now) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  unsigned char serial[16];
  RAND_bytes(serial, sizeof serial);
  serial[0] &= 0x7f;
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  X509_time_adj(X509_getm_notBefore(certificate.get()), -kDay, &now);  // clients' clocks may be behind
  X509_time_adj(X509_getm_notAfter(certificate.get()), days * kDay, &now);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("Resus"), -1, -1, 0);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

Result<KeyAndCertificate> self_signed(const std::string& common_name, bool ca) {
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return openssl_error(hw::Code::kInternal, "make a P-256 key");
  const auto certificate = blank_certificate(common_name, key.get(), ca ? 3650 : 365, std::time(nullptr));
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  bool ok = add_extension(certificate.get(), certificate.get(), NID_basic_constraints,
                          ca ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE");
  ok = ok && add_extension(certificate.get(), certificate.get(), NID_key_usage,
                           ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  ok = ok && add_extension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash");
  if (!ok || X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0) {
    return openssl_error(hw::Code::kInternal, "sign a certificate");
  }
  return KeyAndCertificate{.key_pem = pem_of(key.get()), .certificate_pem = pem_of(certificate.get())};
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    ASN1_OCTET_STRING* address = a2i_IPADDRESS(name.c_str());
    text += (text.empty() ? "" : ",") + std::string(address != nullptr ? "IP:" : "DNS:") + name;
    ASN1_OCTET_STRING_free(address);
  }
  return text;
}

Result<std::string> read_or_make(hw::FileSystem& files, const std::string& path, Result<std::string> (*make)()) {
  RESUS_TRY(const bool there, files.exists(path));
  if (there) return files.read_all(path, kMaxPemBytes);
  RESUS_TRY(auto text, make());
  RESUS_TRY(files.replace(path, text));
  return text;
}

Result<KeyAndCertificate> read_or_make_ca(hw::FileSystem& files, const std::string& directory) {
  RESUS_TRY(const bool there, files.exists(directory + "/ca.pem"));
  if (!there) {
    RESUS_TRY(auto made, make_ca("Resus local CA"));
    RESUS_TRY(files.replace(directory + "/ca.key", made.key_pem));
    RESUS_TRY(files.replace(directory + "/ca.pem", made.certificate_pem));
    return made;
  }
  KeyAndCertificate ca;
  RESUS_TRY(ca.key_pem, files.read_all(directory + "/ca.key", kMaxPemBytes));
  RESUS_TRY(ca.certificate_pem, files.read_all(directory + "/ca.pem", kMaxPemBytes));
  return ca;
}

bool names_one(X509* certificate, const std::string& name) {
  return X509_check_ip_asc(certificate, name.c_str(), 0) == 1 ||
         X509_check_host(certificate, name.data(), name.size(), 0, nullptr) == 1;
}

/// Whether browsers go on taking it: ours, for this key, for all of today's names, and not about to end.
bool serves_on(const std::string& certificate_pem, const KeyAndCertificate& ca, const std::string& key_pem,
               const std::vector<std::string>& names, hw::UtcTime now) {
  const auto certificate = read_certificate(certificate_pem);
  const auto authority = read_certificate(ca.certificate_pem);
  const auto key = read_key(key_pem);
  ERR_clear_error();  // what could not be read is made anew
  if (!certificate || !authority || !key) return false;
  auto begins = seconds_of(now);
  auto ends = seconds_of(now + kRenewBefore);
  return X509_verify(certificate.get(), X509_get0_pubkey(authority.get())) == 1 &&
         X509_check_private_key(certificate.get(), key.get()) == 1 &&
         X509_cmp_time(X509_get0_notBefore(certificate.get()), &begins) < 0 &&
         X509_cmp_time(X509_get0_notAfter(certificate.get()), &ends) > 0 &&
         std::ranges::all_of(names, [&](const auto& name) { return names_one(certificate.get(), name); });
}

/// A browser's exception holds for one certificate: a new one at every start would shut out every page that was left open.
Result<std::string> keep_or_issue(hw::FileSystem& files, const std::string& path, const KeyAndCertificate& ca,
                                  const std::string& key_pem, const std::vector<std::string>& names, hw::UtcTime now) {
  RESUS_TRY(const bool there, files.exists(path));
  if (there) {
    RESUS_TRY(auto kept, files.read_all(path, kMaxPemBytes));
    if (serves_on(kept, ca, key_pem, names, now)) return kept;
  }
  RESUS_TRY(auto fresh, issue_server_certificate(ca, key_pem, names, now));
  RESUS_TRY(files.replace(path, fresh));
  return fresh;
}

/// Also for keys that an earlier version left readable inside their private directory.
void keep_keys_private(const std::string& directory) {
  using std::filesystem::perms;
  for (const char* name : {"/ca.key", "/server.key"}) {
    std::error_code ignored;  // the directory, closed to others, is what protects them
    std::filesystem::permissions(directory + name, perms::owner_read | perms::owner_write, ignored);
  }
}

/// The key is the identity; no authority vouches for it.
int accept_any_key(X509_STORE_CTX*, void*) { return 1; }

}  // namespace

Result<KeyAndCertificate> make_ca(const std::string& common_name) { return self_signed(common_name, true); }
Result<KeyAndCertificate> make_self_signed(const std::string& common_name) { return self_signed(common_name, false); }

Result<std::string> make_key_pem() {
  const Key key(EVP_EC_gen("P-256"));
  if (!key) return openssl_error(hw::Code::kInternal, "make a P-256 key");
  return pem_of(key.get());
}

Result<std::string> issue_server_certificate(const KeyAndCertificate& ca, const std::string& key_pem,
                                             const std::vector<std::string>& names, hw::UtcTime now) {
  const Key ca_key = read_key(ca.key_pem);
  const Certificate ca_certificate = read_certificate(ca.certificate_pem);
  const Key key = read_key(key_pem);
  if (!ca_key || !ca_certificate || !key) return openssl_error(hw::Code::kBadInput, "read the depot's keys");
  const auto certificate = blank_certificate(names.empty() ? "depot" : names.front(), key.get(), 397, seconds_of(now));
  X509* const raw = certificate.get();
  X509_set_issuer_name(raw, X509_get_subject_name(ca_certificate.get()));
  bool ok = add_extension(raw, ca_certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  ok = ok && add_extension(raw, ca_certificate.get(), NID_key_usage, "critical,digitalSignature");
  ok = ok && add_extension(raw, ca_certificate.get(), NID_ext_key_usage, "serverAuth");
  ok = ok && add_extension(raw, ca_certificate.get(), NID_authority_key_identifier, "keyid");
  if (ok && !names.empty()) {
    ok = add_extension(raw, ca_certificate.get(), NID_subject_alt_name, alternative_names(names));
  }
  if (!ok || X509_sign(raw, ca_key.get(), EVP_sha256()) == 0) {
    return openssl_error(hw::Code::kInternal, "sign the server certificate");
  }
  return pem_of(raw);
}

Result<std::string> spki_sha256_of_certificate(const std::string& certificate_pem) {
  const auto certificate = read_certificate(certificate_pem);
  if (!certificate) return openssl_error(hw::Code::kBadInput, "read a certificate");
  return spki_hex(X509_get_X509_PUBKEY(certificate.get()));
}

Result<std::string> spki_sha256_of_key(const std::string& key_pem) {
  const auto key = read_key(key_pem);
  X509_PUBKEY* pubkey = nullptr;
  if (!key || X509_PUBKEY_set(&pubkey, key.get()) != 1) return openssl_error(hw::Code::kBadInput, "read a key");
  auto hex = spki_hex(pubkey);
  X509_PUBKEY_free(pubkey);
  return hex;
}

Result<DepotCertificates> open_depot_certificates(hw::FileSystem& files, const std::string& directory,
                                                  const std::vector<std::string>& names, hw::UtcTime now) {
  RESUS_TRY(files.make_directories(directory));
  std::error_code ignored;  // the files inside are what counts; a refused chmod is seen by the next check
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, ignored);
  RESUS_TRY(const auto ca, read_or_make_ca(files, directory));
  RESUS_TRY(auto key, read_or_make(files, directory + "/server.key", make_key_pem));
  RESUS_TRY(const auto certificate, keep_or_issue(files, directory + "/server.pem", ca, key, names, now));
  keep_keys_private(directory);
  DepotCertificates result{.ca_pem = ca.certificate_pem, .tls = {}, .spki_sha256 = {}};
  RESUS_TRY(result.spki_sha256, spki_sha256_of_key(key));
  result.tls.certificate_chain_pem = certificate + ca.certificate_pem;
  result.tls.private_key_pem = std::move(key);
  return result;
}

Result<void> configure_server_tls(ssl_ctx_st* context, const TlsSettings& settings) {
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_num_tickets(context, 0);  // no resumption: the peer's key is seen afresh on every connection
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  const auto certificate = read_certificate(settings.certificate_chain_pem);
  const auto key = read_key(settings.private_key_pem);
  if (!certificate || !key || SSL_CTX_use_certificate(context, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return openssl_error(hw::Code::kUsage, "load the server's certificate and key");
  }
  if (settings.client_certificate == ClientCertificate::kRequired) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, accept_any_key, nullptr);
  }
  return hw::success();
}

std::string peer_key_of(ssl_st* connection) {
  const Certificate certificate(SSL_get1_peer_certificate(connection));
  return certificate ? spki_hex(X509_get_X509_PUBKEY(certificate.get())) : std::string();
}

}  // namespace resus::transport
