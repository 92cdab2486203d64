#pragma once
// The `device` object of a record: what was found out about a disk before its first byte was copied.
#include <boost/json/object.hpp>

#include "hw/device_facts.hpp"
#include "imaging/disk_survey.hpp"
#include "imaging/evidence_sink.hpp"

namespace resus::messages {

/// What was asked of the device and read of the disk before the copy.
struct DeviceFindings {
  hw::DeviceFacts facts;
  imaging::DiskSurvey survey;
  std::vector<hw::DiskQuestion> questions;  ///< of the device and of encrypted volumes
};

/// Asks the device, reads tables and signs. Reads only. Errors: kRead, kDeviceGone.
[[nodiscard]] hw::Result<DeviceFindings> find_out(hw::DiskAccess& disks, hw::DiskReader& reader);

/// Identity as disk_object(), and `ata`, `smart`, `nvme`, `opal`, `partition_table`, `encrypted`, `questions`, `notes`, as far as
/// there is something to say. web/API.md describes the fields.
[[nodiscard]] boost::json::object device_object(const hw::DiskIdentity& disk, const DeviceFindings& findings);

/// `second_reading` of the device object: `{policy, bytes, unreadable_bytes, differences:[{offset_bytes, length_bytes}]}`, of the
/// differences the first 1024 and their number.
[[nodiscard]] boost::json::object reread_object(const imaging::RereadOutcome& outcome);

}  // namespace resus::messages
