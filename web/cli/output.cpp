#include "web/cli/output.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>
#include <utility>

#include "hw/plain_text.hpp"

namespace resus::web {
namespace {

std::string cell(const boost::json::value& row, const std::string& column) {
  const auto* field = row.is_object() ? row.as_object().if_contains(column) : nullptr;
  if (field == nullptr || field->is_null()) return "–";
  if (field->is_string()) return hw::plain_text(field->as_string());
  return boost::json::serialize(*field);
}

}  // namespace

ExitStatus exit_status(hw::Code code) {
  switch (code) {
    case hw::Code::kUsage: return kExitUsage;
    case hw::Code::kUnauthorized:
    case hw::Code::kNotApproved:
    case hw::Code::kIdentity:
    case hw::Code::kPeerUntrusted: return kExitAuth;
    case hw::Code::kNotFound:
    case hw::Code::kConflict:
    case hw::Code::kEvidenceKept:
    case hw::Code::kScanWeaker: return kExitNotFound;
    case hw::Code::kNetwork: return kExitContact;
    case hw::Code::kCancelled: return kExitInterrupted;
    default: return kExitFailed;
  }
}

void Output::print(const boost::json::value& value, const std::function<std::string()>& human) {
  end_progress();
  out_ << (json_ ? boost::json::serialize(value) : hw::plain_lines(human())) << '\n';
  out_.flush();
}

void Output::table(const std::vector<std::string>& columns, const boost::json::array& rows) {
  end_progress();
  if (json_) {
    out_ << boost::json::serialize(rows) << '\n';
    return;
  }
  std::vector<std::size_t> widths;
  for (const auto& column : columns) {
    std::size_t width = column.size();
    for (const auto& row : rows) width = std::max(width, cell(row, column).size());
    widths.push_back(width);
  }
  const auto line = [&](const auto& text_of) {
    std::string text;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      std::string value = text_of(columns[i]);
      value.resize(std::max(value.size(), widths[i]), ' ');
      text += value + (i + 1 < columns.size() ? "  " : "");
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out_ << text << '\n';
  };
  line([](const std::string& column) { return column; });
  for (const auto& row : rows) line([&](const std::string& column) { return cell(row, column); });
  out_.flush();
}

void Output::progress(const std::string& line) {
  if (!terminal_) return;
  err_ << "\r\033[K" << hw::plain_text(line) << std::flush;
  progress_shown_ = true;
}

void Output::waiting(const hw::Error& reason, std::chrono::milliseconds wait) {
  const std::lock_guard lock(mutex_);
  if (terminal_) return progress("paused, trying again in " + std::to_string(wait.count() / 1000) + " s: " + reason.to_string());
  const auto before = std::exchange(waits_for_, reason.code);
  if (before != reason.code) err_ << "paused, going on by itself: " << hw::plain_text(reason.to_string()) << std::endl;
}

int Output::fail(const hw::Error& error) {
  end_progress();
  const auto& about = hw::info(error.code);
  if (json_) {
    boost::json::object problem{{"code", about.id},
                                {"title", about.what_happened},
                                {"detail", error.context},
                                {"safe", about.what_is_safe},
                                {"next_action", about.next_action}};
    err_ << boost::json::serialize(problem) << '\n';
  } else {
    err_ << "error " << hw::plain_text(error.to_string()) << "\n  what happened: " << about.what_happened
         << "\n  what is safe:  " << about.what_is_safe << "\n  what to do:    " << about.next_action << '\n';
  }
  return exit_status(error.code);
}

void Output::end_progress() {
  if (progress_shown_) err_ << "\r\033[K" << std::flush;
  progress_shown_ = false;
}

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::array<const char*, 6> kUnits{"B", "kB", "MB", "GB", "TB", "PB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.2f %s", value, kUnits[unit]);
  return text.data();
}

}  // namespace resus::web
