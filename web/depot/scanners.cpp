#include "web/depot/scanners.hpp"

#include "imaging/restore/malware_scan.hpp"

namespace resus::depot {

hw::Result<ChosenScanners> open_scanners(hw::FileSystem& files, hw::Sandbox& sandbox, hw::LocalSockets& sockets,
                                         const ScannerPlaces& places) {
  ChosenScanners chosen;
  if (!places.rules.empty()) {
    RESUS_TRY(chosen.rules, imaging::YaraScanner::open(files, places.rules));
    RESUS_TRY(imaging::check_rules(sandbox, *chosen.rules));
  }
  if (!places.clamd.empty()) {
    RESUS_TRY(chosen.clamd, imaging::ClamdService::open(sockets, places.clamd));
  }
  return chosen;
}

}  // namespace resus::depot
