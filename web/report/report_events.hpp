#pragma once
// What the custody log and the depot's own notes tell of a piece of evidence. Parts of evidence_report(). Pure.
#include <boost/json.hpp>

#include "imaging/store.hpp"
#include "web/report/custody_extract.hpp"

namespace resus::report {

/// {started_at, copied_at, verified_at, copy_ms, stages[{stage, at, actor, text}]}: when this attempt first stood in each stage.
[[nodiscard]] boost::json::object times(const imaging::Record& record, const CustodyExtract& custody);
/// {operator, approvals[], waivers[]}: of this attempt; each {what, actor, reason, time, text}.
[[nodiscard]] boost::json::object people(const imaging::Record& record, const CustodyExtract& custody);
/// {ok, time, actor} of the last time that every byte was read again, or null.
[[nodiscard]] boost::json::value last_verification(const CustodyExtract& custody);
/// The golden image laid down on the strength of this evidence, or null.
[[nodiscard]] boost::json::value installed(const imaging::Store& store, const boost::json::object& machine,
                                           const CustodyExtract& custody);
/// The backup that was restored, or null.
[[nodiscard]] boost::json::value restored(const boost::json::object& machine, const CustodyExtract& custody);
/// {ok, entries, head, torn_bytes, problem, first_broken_line, lines[{seq, time, actor, machine, action, reason, text, sha256}]}.
[[nodiscard]] boost::json::object custody_chain(const CustodyExtract& custody);

}  // namespace resus::report
