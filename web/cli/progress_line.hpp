#pragma once
// "copying 1.2 of 4.3 GB, 28 %, 410 MB/s" on a terminal.
#include <chrono>
#include <string>

#include "imaging/progress.hpp"
#include "web/cli/environment.hpp"

namespace resus::web {

class ProgressLine final : public imaging::ProgressSink {
 public:
  ProgressLine(Environment& environment, std::string verb)
      : environment_(environment), verb_(std::move(verb)), started_(environment.clock.steady()) {}
  void progress(const imaging::Progress& progress) override;
  void paused(const hw::Error& reason, std::chrono::milliseconds wait) override;

 private:
  Environment& environment_;
  std::string verb_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_{};
};

}  // namespace resus::web
