#include "web/cli/acquisition_stats.hpp"

#include <array>
#include <cstdio>
#include <optional>

namespace resus::web {
namespace json = boost::json;
namespace {

struct Work {
  const char* name;
  const char* what;
  double busy;                         ///< seconds, summed over the threads that did it
  std::optional<std::uint64_t> bytes;  ///< that it went through
};

std::array<Work, 5> work_of(const imaging::AcquisitionSummary& summary, std::uint64_t bytes_added) {
  const auto& busy = summary.times;
  return {{{"read", "from the disk", busy.read, summary.bytes_read},
           {"hash", "zero test, block ids, tree, hashes of the whole", busy.hash, summary.bytes_read},
           {"ask", "which blocks are new", busy.ask, {}},
           {"compress", "what is new", busy.compress, {}},
           {"write", "to the store", busy.send, bytes_added}}};
}

double quotient(double amount, double seconds) { return seconds > 0 ? amount / seconds : 0; }

template <class... Values>
std::string printed(const char* format, Values... values) {
  char text[160];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

}  // namespace

std::string times_text(const imaging::AcquisitionSummary& summary) {
  auto text = printed("%.1f s; busy side by side", summary.seconds);
  const char* before = ": ";
  for (const auto& work : work_of(summary, 0)) {
    text += before + printed("%s %.1f s", work.name, work.busy);
    before = ", ";
  }
  return text;
}

std::string stats_text(const imaging::AcquisitionSummary& summary, std::uint64_t bytes_added) {
  std::string text = "\n  where it went (100 %: one thread, busy the whole time)";
  for (const auto& work : work_of(summary, bytes_added)) {
    text += printed("\n    %-8s %8.2f s %5.0f %%", work.name, work.busy, 100 * quotient(work.busy, summary.seconds));
    text += work.bytes ? printed(" %7.0f MB/s", quotient(static_cast<double>(*work.bytes), work.busy) / 1e6) : std::string(13, ' ');
    text += printed("  %s", work.what);
  }
  return text;
}

json::object stats_object(const imaging::AcquisitionSummary& summary, std::uint64_t bytes_added) {
  json::object stats;
  for (const auto& work : work_of(summary, bytes_added)) {
    json::object one{{"busy_seconds", work.busy}, {"of_the_time", quotient(work.busy, summary.seconds)}};
    if (work.bytes) {
      one["bytes"] = *work.bytes;
      one["bytes_per_busy_second"] = quotient(static_cast<double>(*work.bytes), work.busy);
    }
    stats[work.name] = std::move(one);
  }
  return stats;
}

}  // namespace resus::web
