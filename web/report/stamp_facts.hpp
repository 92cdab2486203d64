#pragma once
// What is to be said of a piece of evidence's time stamp.
#include <boost/json.hpp>
#include <string>

#include "imaging/store.hpp"
#include "imaging/time_stamp.hpp"

namespace resus::report {

/// {state, time, authority, serial, policy, problem}. `state`: `none`; `unchecked` (there is one, no authority is known:
/// what it claims); `stamped` (it verifies against `ca_pem`); `bad` (it does not, `problem` says why).
[[nodiscard]] boost::json::object stamp_facts(const imaging::Store& store, std::string_view evidence_id, std::string_view ca_pem);
/// The same from a check that was already made.
[[nodiscard]] boost::json::object stamped_facts(const imaging::StampFacts& facts, std::string_view state = "stamped");
/// Puts it into a verification's report; a bad stamp makes the report not ok.
void add_stamp(boost::json::object& report, boost::json::object stamp);

}  // namespace resus::report
