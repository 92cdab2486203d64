#pragma once
// `resus evidence …` on a store of one's own.
#include <stop_token>
#include <string>

#include "imaging/acquisition.hpp"
#include "web/cli/workbench.hpp"

namespace resus::web {

struct AcquireArguments {
  std::string disk;
  std::string store;
  std::string operator_name;
  int zstd_level = 1;
  bool reread = false;  ///< read everything back from the device before the record is signed
  bool md5 = false;
  bool sha1 = false;
};

/// Copies a disk into the store. The last line printed with --json is one object (see acquired_json()).
[[nodiscard]] int evidence_acquire(Environment& environment, const AcquireArguments& arguments,
                                   const std::stop_token& stop);
[[nodiscard]] int evidence_list(Environment& environment, const std::string& store);
[[nodiscard]] int evidence_show(Environment& environment, const std::string& store, const std::string& id);
[[nodiscard]] int evidence_verify(Environment& environment, const std::string& store, const std::string& id);

struct ExportArguments {
  std::string id;
  std::string store;
  std::string format = "raw";
  std::string output;  ///< a file that does not exist yet, or "-" for stdout
};
[[nodiscard]] int evidence_export(Environment& environment, const ExportArguments& arguments);
/// Checks the whole custody log from the store's public keys.
[[nodiscard]] int custody_verify(Environment& environment, const std::string& store);

/// One acquisition as a function, for those who go on with it (image deploy).
[[nodiscard]] hw::Result<imaging::AcquisitionResult> acquire(Environment& environment, Workbench& bench,
                                                             const AcquireArguments& arguments,
                                                             const std::stop_token& stop);

}  // namespace resus::web
