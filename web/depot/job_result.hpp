#pragma once
// How much of a job's result is kept.
#include <boost/json.hpp>

namespace resus::depot {

/// Lists in a result have at most so many entries in the catalogue, and in memory when newer ones have come.
inline constexpr std::size_t kMostKeptEntries = 1000;

/// Every list in it, also within others, to its first `most` entries; "NAME_omitted" beside a list NAME counts the rest.
void shorten(boost::json::object& result, std::size_t most);

}  // namespace resus::depot
