#pragma once
// The `machine_firmware` part of a record's `device` object: what the firmware kept of earlier starts.
#include <boost/json/object.hpp>

#include "hw/firmware_state.hpp"

namespace resus::messages {

/// `boot{current, next, order[], entries[{number, active, description, file}]}`, `variables[{name, vendor, attributes, bytes,
/// sha256, value}]`, `tpm_log{bytes, sha256, log}`, `notes[]`; web/API.md describes the fields. Base64 of values up to
/// 1 KiB and of a log up to 128 KiB, of larger ones the hash alone: together they stay far below the largest message (1 MiB).
[[nodiscard]] boost::json::object firmware_object(const hw::FirmwareState& state);

}  // namespace resus::messages
