#include "web/depot/job_result.hpp"

#include <string>
#include <utility>
#include <vector>

namespace resus::depot {
namespace {

namespace json = boost::json;

void shorten_value(json::value& value, std::size_t most) {
  if (auto* object = value.if_object()) return shorten(*object, most);
  if (auto* list = value.if_array()) {
    for (auto& entry : *list) shorten_value(entry, most);
  }
}

}  // namespace

void shorten(json::object& result, std::size_t most) {
  std::vector<std::pair<std::string, std::uint64_t>> omitted;
  for (auto& [key, value] : result) {
    if (auto* list = value.if_array(); list != nullptr && list->size() > most) {
      omitted.emplace_back(std::string(key) + "_omitted", list->size() - most);
      list->resize(most);
    }
    shorten_value(value, most);
  }
  for (const auto& [key, more] : omitted) {
    const auto* before = result.if_contains(key);
    const auto so_far = before != nullptr && before->is_number() ? before->to_number<std::uint64_t>() : 0;
    result[key] = so_far + more;
  }
}

}  // namespace resus::depot
