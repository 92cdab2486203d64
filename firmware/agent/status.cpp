#include "firmware/agent/status.hpp"

#include <algorithm>
#include <iterator>

#include "hw/log.hpp"

namespace resus::agent {

namespace {
constexpr std::size_t kTailLines = 40;
/// A depot that is away for hours must not fill the memory.
constexpr std::size_t kMaxUnsentLines = 2000;
/// Speed is measured over windows of this length, so that it is readable.
constexpr std::chrono::seconds kSpeedWindow{2};
}  // namespace

std::optional<hw::Error> trouble_of(const Snapshot& snapshot) {
  if (snapshot.trouble) return snapshot.trouble;
  const auto* known = hw::find_code(snapshot.task.code);
  if (known == nullptr) return std::nullopt;
  return hw::make_error(known->code, {});
}

Snapshot Status::snapshot() const {
  const std::scoped_lock lock(mutex_);
  auto copy = now_;
  copy.build = RESUS_VERSION;
  copy.log.assign(tail_.begin(), tail_.end());
  return copy;
}

void Status::set_machine(const std::string& machine_id, const std::string& short_code) {
  const std::scoped_lock lock(mutex_);
  now_.machine_id = machine_id;
  now_.short_code = short_code;
}

void Status::set_surroundings(const std::string& address, const std::string& depot) {
  const std::scoped_lock lock(mutex_);
  now_.address = address;
  now_.depot = depot;
}

void Status::set_task(const messages::Task& task) {
  const std::scoped_lock lock(mutex_);
  now_.task = task;
}

void Status::set_contact(bool contact) {
  const std::scoped_lock lock(mutex_);
  now_.contact = contact;
}

void Status::set_disk(const std::string& text) {
  const std::scoped_lock lock(mutex_);
  now_.disk = text;
}

void Status::set_trouble(std::optional<hw::Error> error) {
  const std::scoped_lock lock(mutex_);
  now_.trouble = std::move(error);
}

void Status::begin_stage(const std::string& stage, std::uint64_t total) {
  const std::scoped_lock lock(mutex_);
  now_.stage = stage;
  now_.done = 0;
  now_.total = total;
  now_.bps = 0;
  now_.paused.clear();
  window_start_ = clock_.steady();
  window_done_ = 0;
}

void Status::set_progress(std::uint64_t done, std::uint64_t total) {
  const std::scoped_lock lock(mutex_);
  now_.done = done;
  now_.total = total;
  now_.paused.clear();
  const auto elapsed = clock_.steady() - window_start_;
  if (elapsed < kSpeedWindow) return;
  const double seconds = std::chrono::duration<double>(elapsed).count();
  now_.bps = static_cast<std::uint64_t>(static_cast<double>(done - std::min(done, window_done_)) / seconds);
  window_start_ = clock_.steady();
  window_done_ = done;
}

void Status::set_paused(const std::string& reason) {
  const std::scoped_lock lock(mutex_);
  now_.paused = reason;
  now_.bps = 0;
}

void Status::end_stage() {
  const std::scoped_lock lock(mutex_);
  now_.stage.clear();
  now_.paused.clear();
  now_.done = now_.total = now_.bps = 0;
}

std::vector<messages::LogLine> Status::take_log() {
  const std::scoped_lock lock(mutex_);
  const auto count = static_cast<std::ptrdiff_t>(std::min(unsent_.size(), messages::kMaxLogLines));
  std::vector<messages::LogLine> lines(std::make_move_iterator(unsent_.begin()),
                                       std::make_move_iterator(unsent_.begin() + count));
  unsent_.erase(unsent_.begin(), unsent_.begin() + count);
  return lines;
}

void Status::give_back(std::vector<messages::LogLine> lines) {
  const std::scoped_lock lock(mutex_);
  unsent_.insert(unsent_.begin(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
}

void Status::add_log(std::string_view level, std::string_view text) {
  const std::scoped_lock lock(mutex_);
  messages::LogLine line{.t = hw::to_rfc3339(clock_.now()), .level = std::string(level)};
  line.text = text.substr(0, 2000);
  tail_.push_back(line.t + " " + line.level + " " + line.text);
  if (tail_.size() > kTailLines) tail_.pop_front();
  unsent_.push_back(std::move(line));
  if (unsent_.size() > kMaxUnsentLines) unsent_.pop_front();
}

void StatusProgress::progress(const imaging::Progress& progress) {
  status_.set_progress(progress.done_bytes, progress.total_bytes);
}

void StatusProgress::paused(const hw::Error& reason, std::chrono::milliseconds) {
  status_.set_paused(std::string(hw::info(reason.code).what_happened));
  hw::log(hw::LogLevel::kWarning, "agent", reason.to_string());
}

}  // namespace resus::agent
