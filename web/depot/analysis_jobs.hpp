#pragma once
// What investigators ask of a running depot's store, as jobs: differences, searches, reading everything again.
#include <boost/json.hpp>
#include <string>

#include "hw/process.hpp"
#include "imaging/custody.hpp"
#include "imaging/store.hpp"
#include "web/analysis/evidence_diff.hpp"
#include "web/analysis/evidence_search.hpp"
#include "web/depot/jobs.hpp"

namespace resus::depot {

/// Everything outlives the object and its jobs.
struct AnalysisJobServices {
  imaging::Store& store;
  imaging::CustodyLog& custody;
  hw::FileSystem& files;
  hw::Processes& processes;
  std::string data;  ///< the depot's folder; the store lies in data/store, temporary files in data/work
  Jobs& jobs;
};

/// Each leaves its custody line before its result is shown; it fails when the line cannot be written. Threads: any.
class AnalysisJobs {
 public:
  static constexpr std::size_t kMostPlaces = 1000;  ///< listed for one disk

  explicit AnalysisJobs(AnalysisJobServices services) : s_(std::move(services)) {}
  /// Before any job: the folder for temporary files, without what a run left there that was killed. Errors: kWrite.
  [[nodiscard]] Result<void> prepare();

  /// Errors: kNotFound, kConflict when too many jobs wait.
  [[nodiscard]] Result<Job> diff(const analysis::DiffQuestion& question, const JobAsker& by);
  /// `most_places`: listed for one disk, at most kMostPlaces. Errors: kConflict.
  [[nodiscard]] Result<Job> search(const analysis::Wanted& wanted, std::size_t most_places, const JobAsker& by);
  [[nodiscard]] Result<Job> scrub(const JobAsker& by);

 private:
  [[nodiscard]] Result<boost::json::object> run_diff(const analysis::DiffQuestion& question, const JobControl& job, const std::string& actor);
  [[nodiscard]] Result<boost::json::object> run_search(const analysis::Wanted& wanted, std::size_t most_places, const JobControl& job,
                                                       const std::string& actor);
  [[nodiscard]] Result<boost::json::object> run_scrub(const JobControl& job, const std::string& actor);
  [[nodiscard]] Result<void> note(const std::string& actor, const char* action, boost::json::object details);
  [[nodiscard]] std::string work() const { return s_.data + "/work"; }
  AnalysisJobServices s_;
};

/// The result of such a job shows what lies on disks: for supervisors alone, and not in lists.
[[nodiscard]] bool shows_content(std::string_view kind);

}  // namespace resus::depot
