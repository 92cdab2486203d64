#include "web/messages/fields.hpp"

#include <cmath>

#include "imaging/block.hpp"

namespace resus::messages {

namespace {
constexpr std::size_t kMaxDepth = 8;
constexpr double kMaxReal = 1e12;  // thirty thousand years of seconds: whole milliseconds still fit 64 bits
}

Result<boost::json::object> parse_object(std::string_view body, std::string_view what) {
  const std::string name(what);
  if (body.size() > kMaxMessageBytes) return hw::fail(hw::Code::kBadInput, name + ": longer than a message may be");
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code problem;
  auto value = boost::json::parse(boost::json::string_view(body.data(), body.size()), problem, {}, options);
  if (problem) return hw::fail(hw::Code::kBadInput, name + ": " + problem.message());
  if (!value.is_object()) return hw::fail(hw::Code::kBadInput, name + ": expected an object");
  return std::move(value.get_object());
}

const boost::json::value* Fields::find(std::string_view key, std::string_view expected) {
  if (!failed_.empty()) return nullptr;
  const auto* value = object_->if_contains(key);
  if (value == nullptr) refuse(key, std::string("missing, expected ") + std::string(expected));
  return value;
}

void Fields::refuse(std::string_view key, std::string_view expected) {
  if (failed_.empty()) failed_ = where_ + "." + std::string(key) + ": expected " + std::string(expected);
}

std::string Fields::text(std::string_view key, std::size_t max_bytes) {
  const auto* value = find(key, "text");
  if (value == nullptr) return {};
  const auto* text = value->if_string();
  if (text == nullptr || text->size() > max_bytes) {
    refuse(key, "text of at most " + std::to_string(max_bytes) + " bytes");
    return {};
  }
  return {text->data(), text->size()};
}

std::uint64_t Fields::number(std::string_view key, std::uint64_t max) {
  const auto* value = find(key, "a number");
  if (value == nullptr) return 0;
  boost::system::error_code problem;
  const auto number = value->is_number() ? value->to_number<std::uint64_t>(problem) : 0;
  if (!value->is_number() || problem || number > max) {
    refuse(key, "a whole number from 0 to " + std::to_string(max));
    return 0;
  }
  return number;
}

double Fields::real(std::string_view key) {
  const auto* value = find(key, "a number");
  if (value == nullptr) return 0;
  const double number = value->is_number() ? value->to_number<double>() : -1;
  if (!std::isfinite(number) || number < 0 || number > kMaxReal) {
    refuse(key, "a number from 0 to 1e12");
    return 0;
  }
  return number;
}

bool Fields::flag(std::string_view key) {
  const auto* value = find(key, "true or false");
  if (value == nullptr) return false;
  if (!value->is_bool()) refuse(key, "true or false");
  return value->is_bool() && value->get_bool();
}

void Fields::read_digest(std::string_view key, std::array<std::uint8_t, 32>& out) {
  const auto digest = imaging::digest_from_hex(text(key, 64));
  if (digest) {
    out = digest.value().bytes;
  } else {
    refuse(key, "64 hexadecimal digits");
  }
}

const boost::json::array* Fields::array(std::string_view key, std::size_t max_count) {
  const auto* value = find(key, "a list");
  if (value == nullptr) return nullptr;
  const auto* list = value->if_array();
  if (list != nullptr && list->size() <= max_count) return list;
  refuse(key, "a list of at most " + std::to_string(max_count));
  return nullptr;
}

std::vector<std::pair<std::string, std::string>> Fields::texts(std::string_view key, std::size_t max_count) {
  std::vector<std::pair<std::string, std::string>> out;
  object(key, [&](Fields& inner) {
    if (inner.object_->size() > max_count) return inner.refuse("", "at most " + std::to_string(max_count) + " entries");
    for (const auto& entry : *inner.object_) {
      const std::string name(entry.key());
      if (name.size() > kShortText) return inner.refuse("", "names of at most " + std::to_string(kShortText) + " bytes");
      out.emplace_back(name, inner.text(name, kLongText));
    }
  });
  return out;
}

Result<void> Fields::done() const {
  if (!failed_.empty()) return hw::fail(hw::Code::kBadInput, failed_);
  return hw::success();
}

}  // namespace resus::messages
