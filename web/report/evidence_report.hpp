#pragma once
// Everything that is known of one piece of evidence, as JSON: web/API.md, "Report". The page is made from it alone.
#include <boost/json.hpp>
#include <string>

#include "imaging/custody.hpp"
#include "imaging/store.hpp"

namespace resus::report {

/// Where a report takes its facts from. Everything outlives the call.
struct ReportSources {
  hw::FileSystem& files;
  const imaging::Store& store;
  std::string store_path;                      ///< custody.log lies there
  std::span<const imaging::PublicKey> trusted;
  std::string now;                             ///< RFC 3339
  std::string made_by;                         ///< program and version
  /// What the depot knows of the machine beside the record; empty on a workbench. Fields: web/API.md.
  boost::json::object machine = {};
  boost::json::object stamp = {};  ///< as stamp_facts(); empty: what the store's stamp claims, unchecked
};

/// Reads record, map and the whole custody log; the disk's blocks are not read (that is a verification, whose last
/// verdict the report names). Damage of record, map or log is a fact of the report, not an Error.
/// Errors: kNotFound, file system errors.
[[nodiscard]] hw::Result<boost::json::object> evidence_report(const ReportSources& sources, std::string_view id);

}  // namespace resus::report
