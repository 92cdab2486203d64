#pragma once
// The lines of the custody log that concern one piece of evidence and its machine.
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "imaging/custody.hpp"

namespace resus::report {

/// One line, as reports show it.
struct ExtractedLine {
  imaging::CustodyEntry entry;
  imaging::Digest line;          ///< SHA-256 of the line as it stands in the file
  boost::json::object details;
  bool about_evidence = false;   ///< it names this evidence, not only its machine
};

struct CustodyExtract {
  imaging::CustodyReport report;  ///< of the whole log, every line's signature and the chain checked
  std::vector<ExtractedLine> lines;
};

/// Checks the whole log and keeps the lines of `machine` (when not empty) and those whose details name `evidence`.
/// A log that is not there gives an empty extract whose report says so. Errors: file system errors, kCancelled.
[[nodiscard]] hw::Result<CustodyExtract> extract_custody(hw::FileSystem& files, const std::string& log_path,
                                                         std::span<const imaging::PublicKey> trusted,
                                                         std::string_view machine, std::string_view evidence);

}  // namespace resus::report
