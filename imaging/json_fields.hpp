#pragma once
// Reads the fields of a signed JSON document strictly: every field named, typed, none left over.
#include <boost/json/value.hpp>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "imaging/block.hpp"

namespace resus::imaging {

/// Errors: kBadInput with `where` and what is wrong.
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text, std::string_view where);

/// One object. Every getter fails with kBadInput naming the field when it is missing or of another
/// type. The object must outlive it.
class JsonFields {
 public:
  [[nodiscard]] static Result<JsonFields> of(const boost::json::value& value, std::string where);
  [[nodiscard]] Result<std::string> text(std::string_view name);
  [[nodiscard]] Result<std::int64_t> integer(std::string_view name);
  /// Not negative.
  [[nodiscard]] Result<std::uint64_t> size(std::string_view name);
  /// 64 hex digits.
  [[nodiscard]] Result<Digest> digest(std::string_view name);
  /// nullptr when absent.
  [[nodiscard]] const boost::json::value* optional(std::string_view name);
  /// Errors: kBadInput when a field was never asked for.
  [[nodiscard]] Result<void> no_others() const;

 private:
  JsonFields(const boost::json::object& object, std::string where)
      : object_(&object), where_(std::move(where)) {}
  [[nodiscard]] hw::Error wrong(std::string_view name, std::string_view what) const;
  const boost::json::object* object_;
  std::string where_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace resus::imaging
