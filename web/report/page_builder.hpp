#pragma once
// Sections, facts and tables of a printed page. Only the report's own files include it.
#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace resus::report {

/// Collects markup; every text that comes in is escaped. Threads: one.
class PageBuilder {
 public:
  void heading(std::string_view title);
  void paragraph(std::string_view text);
  /// A verdict that must not be overlooked: good, or not.
  void verdict(bool good, std::string_view text);
  void begin_facts();
  void fact(std::string_view name, std::string_view value);
  void code_fact(std::string_view name, std::string_view value);  ///< a hash or an id
  /// Every field of an object, whatever it holds: nested names are joined, lists numbered.
  void any_facts(const boost::json::object& object, const std::string& prefix = {});
  void end_facts();
  /// Rows beyond kMostRows are left out and counted.
  void table(const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows);
  [[nodiscard]] const std::string& body() const { return body_; }

 private:
  void any_fact(const std::string& name, const boost::json::value& value);
  std::string body_;
  std::size_t any_rows_ = 0;
};

/// What a field holds, in words; empty when there is none.
[[nodiscard]] std::string text_at(const boost::json::object& object, std::string_view key);
/// The object under a key, nullptr when there is none.
[[nodiscard]] const boost::json::object* object_at(const boost::json::object& object, std::string_view key);
/// The list under a key; empty when there is none.
[[nodiscard]] const boost::json::array& list_at(const boost::json::object& object, std::string_view key);
[[nodiscard]] bool flag_at(const boost::json::object& object, std::string_view key);

}  // namespace resus::report
