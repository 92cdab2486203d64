#pragma once
// What can be done to the store of a running depot as a job: import, checks. Each leaves its custody line.
#include <boost/json.hpp>
#include <map>
#include <mutex>
#include <string>

#include "imaging/custody.hpp"
#include "web/depot/golden_import.hpp"
#include "web/depot/jobs.hpp"
#include "web/depot/stamping.hpp"

namespace resus::depot {

/// Everything outlives the object and its jobs.
struct StoreJobServices {
  ImportTools import;
  imaging::CustodyLog& custody;
  hw::FileSystem& files;
  std::string data;  ///< the depot's folder; the store lies in data/store
  Jobs& jobs;
  const Stamper& stamper;
};

/// Threads: any. Each call checks what it is given, queues a job and returns it.
class StoreJobs {
 public:
  explicit StoreJobs(StoreJobServices services) : s_(std::move(services)) {}

  /// Errors: kBadInput (name, not an absolute path, inside the depot's folder, no disk and no file), kNotFound, kConflict.
  [[nodiscard]] Result<Job> import_image(const std::string& source, const std::string& name, const JobAsker& by);
  /// Both by id, an image by name too. Errors: kNotFound, kConflict when too many jobs wait.
  [[nodiscard]] Result<Job> verify_image(const std::string& image, const JobAsker& by);
  [[nodiscard]] Result<Job> verify_evidence(const std::string& id, const JobAsker& by);
  [[nodiscard]] Result<Job> verify_custody(const JobAsker& by);
  struct Export {
    std::string evidence_id;
    std::string format;  ///< what the bytes are for: "raw", "e01"
    imaging::ByteRange range;
    std::string job;
  };
  /// Before the first byte of an export. Errors: the log's.
  [[nodiscard]] Result<void> note_export(const Export& what, const std::string& actor);

  /// Verdict of the last check in this run, null before it.
  [[nodiscard]] boost::json::value image_verdict(const std::string& image_id) const;
  [[nodiscard]] boost::json::value custody_verdict() const;

 private:
  [[nodiscard]] Result<void> check_source(const std::string& source) const;
  [[nodiscard]] Result<boost::json::object> check_custody(const JobControl& job, const std::string& actor);
  [[nodiscard]] Result<void> note(const std::string& actor, const char* action, boost::json::object details);
  StoreJobServices s_;
  mutable std::mutex mutex_;
  std::map<std::string, bool> image_verdicts_;
  boost::json::value custody_verdict_;
};

}  // namespace resus::depot
