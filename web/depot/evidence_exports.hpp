#pragma once
// Raw disks streamed out of the store while the depot runs: each export has a thread of its own that reads and checks
// ahead of the network by a few pieces, so that memory stays flat and nobody waits for a slow reader.
#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "imaging/store.hpp"
#include "web/depot/jobs.hpp"
#include "web/transport/http.hpp"

namespace resus::depot {

/// Threads: any. Everything outlives the object.
class EvidenceExports {
 public:
  static constexpr std::size_t kMostAtOnce = 4;

  EvidenceExports(imaging::Store& store, Jobs& jobs) : store_(store), jobs_(jobs) {}
  ~EvidenceExports() { stop(); }
  EvidenceExports(const EvidenceExports&) = delete;
  EvidenceExports& operator=(const EvidenceExports&) = delete;

  struct Started {
    std::shared_ptr<transport::BodyStream> body;  ///< announces its length; ends early when a block is damaged or the job is cancelled
    std::string job;
  };
  /// Called with the job's id before the first byte is read; its error ends the export.
  using Note = std::function<Result<void>(const std::string& job)>;
  /// Errors: kNotFound, kEvidenceDamaged (the map), kConflict when kMostAtOnce run, `note`'s.
  /// @pre `range` lies inside the disk
  [[nodiscard]] Result<Started> start(const std::string& evidence_id, imaging::ByteRange range, const std::string& actor,
                                      const Note& note);
  /// Ends all of them and waits. @pre the Jobs were stopped
  void stop();

 private:
  struct Running {
    std::shared_ptr<std::atomic<bool>> ended;
    std::jthread thread;
  };
  void join_ended();
  imaging::Store& store_;
  Jobs& jobs_;
  std::mutex mutex_;
  std::list<Running> running_;
};

}  // namespace resus::depot
