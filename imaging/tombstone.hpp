#pragma once
// What says that evidence was deleted, by whom, when and why. imaging/FORMAT.md section 16.
#include <string>
#include <string_view>

#include "imaging/store.hpp"

namespace resus::imaging {

/// Payload of an envelope of the purpose kDeletion.
struct Tombstone {
  std::string evidence;  ///< id
  Digest record_sha256;  ///< of the file record.json, which stays
  Hold by;
};
[[nodiscard]] std::string to_json(const Tombstone& tombstone);
/// Errors: kBadInput, naming the field.
[[nodiscard]] Result<Tombstone> tombstone_from_json(std::string_view json);

}  // namespace resus::imaging
