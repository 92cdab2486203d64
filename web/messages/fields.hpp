#pragma once
// Reads the fields of one JSON object and remembers the first thing that was wrong. Used by the decoders only.
#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "web/messages/codec.hpp"

namespace resus::messages {

/// How much text a field may hold, in bytes.
inline constexpr std::size_t kShortText = 256;
inline constexpr std::size_t kLongText = 4096;

/// Parses a body whose top is an object. Errors: kBadInput (too long, too deep, not JSON, not an object).
[[nodiscard]] Result<boost::json::object> parse_object(std::string_view body, std::string_view what);

/// After the first failure every further read gives an empty value and done() gives that failure.
/// Lifetime: refers to the object; must not outlive it. Threads: one.
class Fields {
 public:
  Fields(const boost::json::object& object, std::string where) : object_(&object), where_(std::move(where)) {}

  [[nodiscard]] bool has(std::string_view key) const { return object_->if_contains(key) != nullptr; }
  [[nodiscard]] std::string text(std::string_view key, std::size_t max_bytes = kShortText);
  [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t max = UINT64_MAX);
  [[nodiscard]] std::uint32_t number32(std::string_view key) {
    return static_cast<std::uint32_t>(number(key, UINT32_MAX));
  }
  [[nodiscard]] double real(std::string_view key);
  [[nodiscard]] bool flag(std::string_view key);
  /// 64 hexadecimal digits.
  template <class DigestType>
  [[nodiscard]] DigestType digest(std::string_view key) {
    DigestType out;
    read_digest(key, out.bytes);
    return out;
  }
  /// Calls `read(Fields&)` for the object under `key`.
  template <class Read>
  void object(std::string_view key, Read read) {
    if (const auto* value = find(key, "an object")) nested(key, *value, read);
  }
  /// Calls `read(Fields&)` for each object of the array under `key`.
  template <class Read>
  void objects(std::string_view key, std::size_t max_count, Read read) {
    const auto* list = array(key, max_count);
    if (list == nullptr) return;
    for (const auto& value : *list) nested(key, value, read);
  }
  /// An object whose values are all text of at most kLongText, its names at most kShortText.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> texts(std::string_view key, std::size_t max_count);

  void refuse(std::string_view key, std::string_view expected);
  /// Errors: kBadInput, "enrol.disks.serial: expected text of at most 256 bytes".
  [[nodiscard]] Result<void> done() const;

 private:
  [[nodiscard]] const boost::json::value* find(std::string_view key, std::string_view expected);
  [[nodiscard]] const boost::json::array* array(std::string_view key, std::size_t max_count);
  void read_digest(std::string_view key, std::array<std::uint8_t, 32>& out);
  template <class Read>
  void nested(std::string_view key, const boost::json::value& value, Read read) {
    const auto* inner = value.if_object();
    if (inner == nullptr) return refuse(key, "an object");
    Fields fields(*inner, where_ + "." + std::string(key));
    read(fields);
    if (failed_.empty()) failed_ = fields.failed_;
  }

  const boost::json::object* object_;
  std::string where_;
  std::string failed_;
};

}  // namespace resus::messages
