#pragma once
// `resus evidence diff`, `search` and `scrub`, on a store of one's own and at the running depot.
#include <stop_token>
#include <string>

#include "hw/process.hpp"
#include "web/analysis/evidence_diff.hpp"
#include "web/analysis/evidence_search.hpp"
#include "web/cli/environment.hpp"

namespace resus::web {

struct DiffArguments {
  analysis::DiffQuestion question;
  std::string store;
  std::string keys;  ///< file of public keys that are believed; empty: the store's own
  std::string work;  ///< parent of the temporary folder; empty: the system's
};

struct SearchArguments {
  std::string sha256;   ///< of a disk, or of one block
  std::string block;    ///< id of a block
  std::string file;     ///< path of the file that is looked for
  std::string pattern;  ///< text, or hexadecimal digits behind "hex:"
  bool utf16 = false;   ///< text as Windows keeps it
  std::size_t limit = 100;
};

/// Nothing in the store is changed or locked.
[[nodiscard]] hw::Result<int> evidence_diff(Environment& environment, hw::Processes& processes, const DiffArguments& arguments,
                                            const std::stop_token& stop);
/// Exit status 1 when part of the store could not be searched. Errors: those of the searches, kUsage.
[[nodiscard]] hw::Result<int> evidence_search(Environment& environment, const std::string& store, const SearchArguments& arguments,
                                              const std::stop_token& stop);
/// Exit status 1 when anything is damaged.
[[nodiscard]] hw::Result<int> evidence_scrub(Environment& environment, const std::string& store, const std::stop_token& stop);

/// The same at the running depot, whose folder is `data`: same output, same exit statuses.
[[nodiscard]] hw::Result<int> online_diff(Environment& environment, const std::string& data, const analysis::DiffQuestion& question,
                                          bool detach, const std::stop_token& stop);
/// A file is read here; its block ids, size and last bytes go to the depot. Errors: besides, kUsage when they are too many.
[[nodiscard]] hw::Result<int> online_search(Environment& environment, const std::string& data, const SearchArguments& arguments,
                                            bool detach, const std::stop_token& stop);
[[nodiscard]] hw::Result<int> online_scrub(Environment& environment, const std::string& data, bool detach, const std::stop_token& stop);

}  // namespace resus::web
