#pragma once
// The scanners that a depot was told of.
#include <memory>

#include "hw/file_system.hpp"
#include "hw/local_socket.hpp"
#include "hw/sandbox.hpp"
#include "imaging/malware/clamd.hpp"
#include "imaging/malware/yara_scanner.hpp"

namespace resus::depot {

struct ScannerPlaces {
  std::string rules;  ///< folder with YARA rules; empty: none
  std::string clamd;  ///< socket of a clamd; empty: none
};

struct ChosenScanners {
  std::unique_ptr<imaging::YaraScanner> rules;
  std::unique_ptr<imaging::ClamdService> clamd;
  [[nodiscard]] imaging::Scanners all() const { return {rules.get(), clamd.get()}; }
};

/// Reads the rules as they are now and tries them in a child; asks clamd who it is. Neither place given: none of both.
/// Errors: kScanRules, kProcess; kNetwork and kProtocol of clamd.
[[nodiscard]] hw::Result<ChosenScanners> open_scanners(hw::FileSystem& files, hw::Sandbox& sandbox, hw::LocalSockets& sockets,
                                                       const ScannerPlaces& places);

}  // namespace resus::depot
