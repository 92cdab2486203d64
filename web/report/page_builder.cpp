#include "web/report/page_builder.hpp"

#include <algorithm>

#include "web/report/html_text.hpp"
#include "web/report/report_page.hpp"

namespace resus::report {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostText = 2000;  ///< of one value; longer ones (raw tables in base64) stand in the JSON

bool is_nested(const json::value& value) { return value.is_object() || value.is_array(); }

/// `size_bytes` is "size bytes", as the field's own words.
std::string spaced(std::string_view key) {
  std::string text(key);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string words(const json::value& value) {
  if (value.is_string()) {
    const std::string_view text = value.get_string();
    if (text.size() <= kMostText) return std::string(text);
    return std::string(text.substr(0, kMostText)) + "… (" + std::to_string(text.size()) + " bytes; whole in the JSON report)";
  }
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  if (value.is_uint64()) return grouped(value.get_uint64());
  if (value.is_int64() && value.get_int64() >= 0) return grouped(static_cast<std::uint64_t>(value.get_int64()));
  if (value.is_null()) return {};
  return json::serialize(value);
}

}  // namespace

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? std::string() : words(*value);
}

const json::object* object_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array& list_at(const json::object& object, std::string_view key) {
  static const json::array kNone;
  const auto* value = object.if_contains(key);
  const auto* list = value == nullptr ? nullptr : value->if_array();
  return list == nullptr ? kNone : *list;
}

bool flag_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

void PageBuilder::heading(std::string_view title) { body_ += "<h2>" + escaped(title) + "</h2>\n"; }
void PageBuilder::paragraph(std::string_view text) { body_ += "<p>" + escaped(text) + "</p>\n"; }
void PageBuilder::verdict(bool good, std::string_view text) {
  body_ += std::string("<p class=\"verdict ") + (good ? "good" : "bad") + "\"><strong>" + (good ? "Good. " : "Not good. ") +
           "</strong>" + escaped(text) + "</p>\n";
}

void PageBuilder::begin_facts() { body_ += "<table class=\"facts\"><tbody>\n"; }
void PageBuilder::end_facts() { body_ += "</tbody></table>\n"; }
void PageBuilder::fact(std::string_view name, std::string_view value) {
  body_ += "<tr><th scope=\"row\">" + escaped(name) + "</th><td>" + (value.empty() ? "–" : escaped(value)) + "</td></tr>\n";
}
void PageBuilder::code_fact(std::string_view name, std::string_view value) {
  body_ += "<tr><th scope=\"row\">" + escaped(name) + "</th><td>" +
           (value.empty() ? "–" : "<code>" + escaped(value) + "</code>") + "</td></tr>\n";
}

void PageBuilder::any_fact(const std::string& name, const json::value& value) {
  if (value.is_object() && !value.get_object().empty()) return any_facts(value.get_object(), name + ": ");
  if (value.is_array() && std::ranges::any_of(value.get_array(), is_nested)) {
    std::size_t number = 0;
    for (const auto& item : value.get_array()) any_fact(name + " " + std::to_string(++number), item);
    return;
  }
  if (++any_rows_ > kMostRows) return;
  std::string text;
  if (value.is_array()) {
    for (const auto& item : value.get_array()) text += (text.empty() ? "" : ", ") + words(item);
  } else if (!value.is_object()) {
    text = words(value);
  }
  fact(name, text);
}

void PageBuilder::any_facts(const json::object& object, const std::string& prefix) {
  for (const auto& [key, value] : object) any_fact(prefix + spaced(key), value);
  if (prefix.empty() && any_rows_ > kMostRows) {
    fact("…", std::to_string(any_rows_ - kMostRows) + " more rows stand in the JSON report");
  }
  if (prefix.empty()) any_rows_ = 0;
}

void PageBuilder::table(const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows) {
  body_ += "<table><thead><tr>";
  for (const auto& column : columns) body_ += "<th scope=\"col\">" + escaped(column) + "</th>";
  body_ += "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
    body_ += "<tr>";
    for (const auto& cell : rows[i]) body_ += "<td>" + (cell.empty() ? "–" : escaped(cell)) + "</td>";
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table>\n";
  if (rows.size() > kMostRows) paragraph(std::to_string(rows.size() - kMostRows) + " more rows stand in the JSON report.");
}

}  // namespace resus::report
