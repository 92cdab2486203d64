#pragma once
// Time stamps of an outside authority over evidence records: RFC 3161, by OpenSSL. imaging/FORMAT.md section 16.
#include <optional>
#include <string>
#include <string_view>

#include "imaging/block.hpp"

namespace resus::imaging {

/// What an authority says in a stamp whose signature was checked.
struct StampFacts {
  std::string time;       ///< RFC 3339, UTC, whole seconds
  std::string serial;     ///< hexadecimal, the authority's own number
  std::string policy;     ///< object identifier
  std::string authority;  ///< subject of the certificate that signed, as RFC 2253 writes it; empty when not in the stamp
};

/// A request (TimeStampReq, DER) over a SHA-256, with a fresh 64-bit nonce, asking for the signer's certificate.
/// `policy`: object identifier, empty for the authority's own choice. Errors: kUsage for a policy that is none, kInternal.
[[nodiscard]] Result<std::string> stamp_query(const Digest& imprint, std::string_view policy = {});

/// Checks an answer (TimeStampResp, DER) against its query: granted, over that imprint, that nonce, that policy, signed
/// by a certificate meant for time stamping that leads to one of `ca_pem` (certificates, PEM). Certificates are judged
/// by the moment the stamp names: a stamp outlives its authority's certificate. Revocation lists are not asked.
/// Errors: kStampRefused (the authority says no, with its reason; or the answer does not verify).
[[nodiscard]] Result<StampFacts> check_stamp(std::string_view response, std::string_view query, std::string_view ca_pem);
/// The same of a stamp that was stored: by the imprint alone.
[[nodiscard]] Result<StampFacts> check_stored_stamp(std::string_view response, const Digest& imprint, std::string_view ca_pem);
/// What a stored stamp claims, nothing checked: for those who have no authority's certificate at hand.
[[nodiscard]] Result<StampFacts> claimed_stamp(std::string_view response);

inline constexpr std::size_t kMaxStampBytes = 256 * 1024;

}  // namespace resus::imaging
