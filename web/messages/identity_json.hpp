#pragma once
// Identities inside other messages. Used by the codecs only.
#include "hw/block_device.hpp"
#include "hw/machine.hpp"
#include "web/messages/fields.hpp"

namespace resus::messages {

[[nodiscard]] boost::json::object disk_object(const hw::DiskIdentity& disk);
[[nodiscard]] hw::DiskIdentity read_disk(Fields& fields);
[[nodiscard]] boost::json::object machine_object(const hw::MachineIdentity& identity);
[[nodiscard]] hw::MachineIdentity read_machine(Fields& fields);

}  // namespace resus::messages
