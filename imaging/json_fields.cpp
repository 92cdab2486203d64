#include "imaging/json_fields.hpp"

#include <boost/json.hpp>

namespace resus::imaging {

using hw::Code;

Result<boost::json::value> parse_json(std::string_view text, std::string_view where) {
  boost::system::error_code error;
  auto value = boost::json::parse(text, error);
  if (error) return hw::fail(Code::kBadInput, std::string(where) + ": not JSON");
  return value;
}

Result<JsonFields> JsonFields::of(const boost::json::value& value, std::string where) {
  if (!value.is_object()) return hw::fail(Code::kBadInput, where + ": not an object");
  return JsonFields(value.get_object(), std::move(where));
}

hw::Error JsonFields::wrong(std::string_view name, std::string_view what) const {
  return hw::make_error(Code::kBadInput,
                        where_ + ": field " + std::string(name) + " " + std::string(what));
}

const boost::json::value* JsonFields::optional(std::string_view name) {
  seen_.emplace(name);
  return object_->if_contains(name);
}

Result<std::string> JsonFields::text(std::string_view name) {
  const auto* value = optional(name);
  if (value == nullptr || !value->is_string()) return hw::failure(wrong(name, "is not a text"));
  return std::string(value->get_string());
}

Result<std::int64_t> JsonFields::integer(std::string_view name) {
  const auto* value = optional(name);
  if (value == nullptr || !value->is_int64()) return hw::failure(wrong(name, "is not a number"));
  return value->get_int64();
}

Result<std::uint64_t> JsonFields::size(std::string_view name) {
  const auto* value = optional(name);
  if (value != nullptr && value->is_uint64()) return value->get_uint64();
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0) {
    return hw::failure(wrong(name, "is not a size"));
  }
  return static_cast<std::uint64_t>(value->get_int64());
}

Result<Digest> JsonFields::digest(std::string_view name) {
  RESUS_TRY(const auto hex, text(name));
  auto digest = digest_from_hex(hex);
  if (!digest) return hw::failure(wrong(name, "is not a SHA-256 in hex"));
  return digest;
}

Result<void> JsonFields::no_others() const {
  for (const auto& field : *object_) {
    if (!seen_.contains(std::string_view(field.key()))) {
      return hw::failure(wrong(std::string_view(field.key()), "is not known"));
    }
  }
  return hw::success();
}

}  // namespace resus::imaging
