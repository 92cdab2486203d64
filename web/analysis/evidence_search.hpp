#pragma once
// Questions to a whole store: who has this, and is all of it whole; on the command line and in a running depot alike.
#include <boost/json.hpp>
#include <string>
#include <variant>

#include "imaging/store.hpp"

namespace resus::analysis {

using hw::Result;

struct WantedBlock {
  imaging::Digest id;
  bool or_disk = false;  ///< disks that as a whole have this SHA-256, or this root, too
};
struct WantedBytes {
  std::string bytes;
};
using Wanted = std::variant<WantedBlock, WantedBytes, imaging::WantedFile>;

/// Bytes a pattern stands for: text, or hexadecimal digits behind "hex:". `utf16`: text as Windows keeps it. Errors: kUsage.
[[nodiscard]] Result<std::string> pattern_bytes(const std::string& pattern, bool utf16);

/// Places by disk, as web/API.md says under "Results". Errors: those of the store's searches.
[[nodiscard]] Result<boost::json::object> search(const imaging::Store& store, const Wanted& wanted, const imaging::SearchOptions& options);
/// Whether such a result is a proof of absence: nothing stands under `not_searched`.
[[nodiscard]] bool searched_everything(const boost::json::object& result);

/// What is damaged, and whose disks it touches; `ok` says whether anything is. Errors: kCancelled.
[[nodiscard]] Result<boost::json::object> scrub(imaging::Store& store, const imaging::OnProgress& progress, const std::stop_token& stop);

}  // namespace resus::analysis
