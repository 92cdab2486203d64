#pragma once
// The public keys of a store. imaging/FORMAT.md section 9.
#include <string>
#include <vector>

#include "hw/file_system.hpp"
#include "imaging/envelope.hpp"

namespace resus::imaging {

/// The keys that may have signed what lies in a store, read without opening it: every `keys/*.pub`. `signing.pub` is the
/// present one, `retired-DATE-ID.pub` those before it.
/// Errors: kNotFound when the store has none.
[[nodiscard]] Result<std::vector<PublicKey>> trusted_keys(hw::FileSystem& files, const std::string& store_path);

/// The keys of one such file: base64 of the raw key, one a line; empty lines do not count.
/// Errors: kNotFound, kBadInput (a line that is no key, or no key at all).
[[nodiscard]] Result<std::vector<PublicKey>> keys_of_file(hw::FileSystem& files, const std::string& path);

}  // namespace resus::imaging
