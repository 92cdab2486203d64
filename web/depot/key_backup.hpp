#pragma once
// Keys of a depot in one file that a passphrase opens, readable without Resus. imaging/FORMAT.md section 9.
#include <string>
#include <string_view>
#include <vector>

#include "hw/file_system.hpp"

namespace resus::depot {

using hw::Result;

inline constexpr std::size_t kLeastPassphraseBytes = 12;

/// Every key file of the depot under `data`: private ones as PKCS#8 encrypted with AES-256 by scrypt of the passphrase, the
/// rest as it is. Errors: kUsage for a short passphrase, kNotFound where there are no keys, kRead, kBadInput.
[[nodiscard]] Result<std::string> export_keys(hw::FileSystem& files, const std::string& data, std::string_view passphrase);

/// Puts them back under `data`, where no keys may lie yet; nothing is written unless all of it can be read and belongs
/// together. Returns the names. Errors: kConflict when there are keys, kBadInput (not such a file, cut off), kUnauthorized
/// (the passphrase does not open it), kWrite.
[[nodiscard]] Result<std::vector<std::string>> restore_keys(hw::FileSystem& files, const std::string& data, std::string_view backup,
                                                            std::string_view passphrase);

}  // namespace resus::depot
