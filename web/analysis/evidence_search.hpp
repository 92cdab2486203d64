#pragma once
// `resus evidence search` and `resus evidence scrub`: questions to a whole store.
#include <stop_token>
#include <string>

#include "web/cli/environment.hpp"

namespace resus::analysis {

struct SearchArguments {
  std::string store;
  std::string sha256;   ///< of a disk, or of one block
  std::string block;    ///< id of a block
  std::string file;     ///< path of the file that is looked for
  std::string pattern;  ///< text, or hexadecimal digits behind "hex:"
  bool utf16 = false;   ///< text as Windows keeps it
  std::size_t limit = 100;
};

/// Bytes a pattern stands for. Errors: kUsage.
[[nodiscard]] hw::Result<std::string> pattern_bytes(const std::string& pattern, bool utf16);

/// Exit status 1 when part of the store could not be searched. Errors: those of the searches, kUsage.
[[nodiscard]] hw::Result<int> evidence_search(web::Environment& environment, const SearchArguments& arguments,
                                              const std::stop_token& stop);
/// Exit status 1 when anything is damaged.
[[nodiscard]] hw::Result<int> evidence_scrub(web::Environment& environment, const std::string& store, const std::stop_token& stop);

}  // namespace resus::analysis
