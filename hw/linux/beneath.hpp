#pragma once
// Opening below a root without ever leaving it. For hw/linux only.
#include <string>
#include <utility>

#include "hw/fd.hpp"

namespace resus::hw {

/// openat2(2) with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS; "" is the root itself.
/// Errors: kArchiveHostile when the path leaves the root or meets a symbolic link, else as errno_error(code).
[[nodiscard]] Result<UniqueFd> open_beneath(int root, const std::string& path, int flags, Code code,
                                            unsigned mode = 0);

/// The directory a path stands in, and its last component. Errors: also kInternal for "".
struct Place {
  UniqueFd directory;
  std::string name;
};
[[nodiscard]] Result<Place> place_beneath(int root, const std::string& path, Code code);

/// Owner, mode and attributes of one directory onto another. `name` is for the error text.
[[nodiscard]] Result<void> copy_metadata(int from, int to, const std::string& name);

}  // namespace resus::hw
