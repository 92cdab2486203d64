#pragma once
// Keys and certificates of one incident: a local CA, the depot's server certificate, and the pins.
#include <string>
#include <vector>

#include "hw/clock.hpp"
#include "hw/file_system.hpp"
#include "web/transport/server.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace resus::transport {

struct KeyAndCertificate {
  std::string key_pem;
  std::string certificate_pem;
};

/// A P-256 key with a self-signed CA certificate, valid ten years.
[[nodiscard]] Result<KeyAndCertificate> make_ca(const std::string& common_name);
/// A self-signed P-256 client certificate whose key is its meaning (the agent's key), valid one year.
[[nodiscard]] Result<KeyAndCertificate> make_self_signed(const std::string& common_name);
/// A fresh P-256 private key.
[[nodiscard]] Result<std::string> make_key_pem();
/// A server certificate for `key_pem`, signed by the CA, with IP and DNS names, valid 397 days from `now`
/// (browsers accept no longer ones).
[[nodiscard]] Result<std::string> issue_server_certificate(const KeyAndCertificate& ca, const std::string& key_pem,
                                                           const std::vector<std::string>& names, hw::UtcTime now);
/// Hex SHA-256 of the SubjectPublicKeyInfo. Errors: kBadInput.
[[nodiscard]] Result<std::string> spki_sha256_of_certificate(const std::string& certificate_pem);
[[nodiscard]] Result<std::string> spki_sha256_of_key(const std::string& key_pem);

/// The depot's own: made at first start, kept in `directory` (ca.pem, ca.key, server.key, server.pem).
struct DepotCertificates {
  std::string ca_pem;
  TlsSettings tls;           ///< chain and key, no client certificate asked
  std::string spki_sha256;   ///< what the boot image pins; stays the same as long as server.key does
};
/// The server certificate stays the same from start to start, because a browser that was told to accept it accepts
/// only this one. It is issued anew, for the same key, when one of `names` is missing in it, when it ends within 30 days
/// of `now`, and when it cannot be read. Errors: kWrite, kRead, kBadInput when a key or the CA was damaged.
[[nodiscard]] Result<DepotCertificates> open_depot_certificates(hw::FileSystem& files, const std::string& directory,
                                                                const std::vector<std::string>& names, hw::UtcTime now);

/// For the server: TLS 1.3 only, no tickets, certificate, key, and the client certificate rule.
[[nodiscard]] Result<void> configure_server_tls(ssl_ctx_st* context, const TlsSettings& settings);
/// Hex SHA-256 of the peer's SPKI; empty when it presented no certificate.
[[nodiscard]] std::string peer_key_of(ssl_st* connection);

}  // namespace resus::transport
