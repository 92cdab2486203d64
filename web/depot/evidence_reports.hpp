#pragma once
// Reports of the running depot: the store's facts with what is known of the machine beside them.
#include <boost/json.hpp>
#include <string>

#include "hw/clock.hpp"
#include "hw/file_system.hpp"
#include "imaging/store.hpp"
#include "web/depot/backup_shelf.hpp"
#include "web/depot/machines.hpp"
#include "web/depot/stamping.hpp"

namespace resus::depot {

/// Threads: any. Everything outlives the object. A report reads and checks the whole custody log.
class EvidenceReports {
 public:
  EvidenceReports(imaging::Store& store, const Machines& machines, const BackupShelf& backups, hw::FileSystem& files,
                  const hw::Clock& clock, const Stamper& stamper, std::string store_path)
      : store_(store), machines_(machines), backups_(backups), files_(files), clock_(clock), stamper_(stamper), store_path_(std::move(store_path)) {}
  /// web/API.md, "Report". Errors: kNotFound, file system errors.
  [[nodiscard]] Result<boost::json::object> report(std::string_view evidence_id) const;

 private:
  [[nodiscard]] boost::json::object machine_facts(const imaging::EvidenceInfo& info) const;
  imaging::Store& store_;
  const Machines& machines_;
  const BackupShelf& backups_;
  hw::FileSystem& files_;
  const hw::Clock& clock_;
  const Stamper& stamper_;
  const std::string store_path_;
};

}  // namespace resus::depot
