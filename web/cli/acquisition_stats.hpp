#pragma once
// Where the time of a copy went, for people and as JSON.
#include <boost/json/object.hpp>
#include <string>

#include "imaging/evidence_sink.hpp"

namespace resus::web {

/// One line: "12.3 s; busy side by side: read 3.1 s, …".
[[nodiscard]] std::string times_text(const imaging::AcquisitionSummary& summary);

/// A line for each kind of work: busy seconds, how much of the copy's time one thread would have had to do it, and how
/// fast it went where the number of bytes is known. Begins with a line end, has none behind the last line.
/// Units: MB = 10^6 bytes; bytes_added: compressed, as they went to the store.
[[nodiscard]] std::string stats_text(const imaging::AcquisitionSummary& summary, std::uint64_t bytes_added);

/// `{read, hash, ask, compress, write}`, each `{busy_seconds, of_the_time}` and, where they are known, `bytes` and `bytes_per_busy_second`.
[[nodiscard]] boost::json::object stats_object(const imaging::AcquisitionSummary& summary, std::uint64_t bytes_added);

}  // namespace resus::web
