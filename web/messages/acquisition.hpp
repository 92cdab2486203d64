#pragma once
// The JSON around a forensic copy. Offers, wanteds and frames travel in binary (imaging/wire.hpp).
#include <boost/json/fwd.hpp>
#include <string>

#include "hw/device_facts.hpp"
#include "imaging/evidence_sink.hpp"
#include "web/messages/codec.hpp"

namespace resus::messages {

class Fields;

struct BeginAcquisition {
  std::uint32_t attempt = 0;
  hw::DiskIdentity disk;
  std::vector<hw::DiskQuestion> questions;  ///< what a copy of what can be read now would lack
};

struct AcquisitionBegun {
  std::string acquisition_id;
  std::uint64_t time_ms = 0;   ///< the depot's clock, UTC since the epoch
  imaging::RereadPolicy reread = imaging::RereadPolicy::kNone;  ///< of the source disk, after the copy
  std::uint64_t rescue_s = 0;  ///< how long a failing disk may be worked at; 0: the agent's own measure
};

/// Body of POST /acquisitions/{id}/finish. `device_json` travels as a JSON object.
struct FinishAcquisition {
  imaging::AcquisitionSummary summary;
};

/// `{read, hash, ask, compress, send}`: busy seconds of each kind of work.
[[nodiscard]] boost::json::object times_object(const imaging::AcquisitionTimes& times);
[[nodiscard]] imaging::AcquisitionTimes read_times(Fields& fields);

enum class AcquisitionState : std::uint8_t { kCopying, kVerifying, kVerified, kMismatch };
[[nodiscard]] std::string_view to_string(AcquisitionState state);

/// Answer of GET /acquisitions/{id} and of /finish.
struct AcquisitionStatus {
  AcquisitionState state = AcquisitionState::kCopying;
  imaging::EvidenceReceipt receipt;  ///< kVerified only
  std::string code;                  ///< kMismatch: "E-EVID-02"
  std::string detail;
};

[[nodiscard]] std::string encode(const BeginAcquisition& request);
[[nodiscard]] std::string encode(const AcquisitionBegun& reply);
[[nodiscard]] std::string encode(const FinishAcquisition& request);
[[nodiscard]] std::string encode(const AcquisitionStatus& status);
template <>
[[nodiscard]] Result<BeginAcquisition> decode<BeginAcquisition>(std::string_view body);
template <>
[[nodiscard]] Result<AcquisitionBegun> decode<AcquisitionBegun>(std::string_view body);
template <>
[[nodiscard]] Result<FinishAcquisition> decode<FinishAcquisition>(std::string_view body);
template <>
[[nodiscard]] Result<AcquisitionStatus> decode<AcquisitionStatus>(std::string_view body);

}  // namespace resus::messages
