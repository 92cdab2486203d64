#pragma once
// What Windows would not open on an NTFS volume, though the volume holds it.
#include <optional>
#include <string>
#include <string_view>

namespace resus::imaging {

/// Why Windows refuses one component of a path, or nothing. Source: Microsoft, "Naming Files, Paths, and
/// Namespaces".
[[nodiscard]] std::optional<std::string> windows_refuses(std::string_view name);

/// Two names with the same folded form are one name to Windows. Simple upper case of Latin, Greek, Cyrillic and
/// Armenian, as in the volume's $UpCase table; other scripts have no case there, or none that people type.
[[nodiscard]] std::string windows_fold(std::string_view name);

}  // namespace resus::imaging
