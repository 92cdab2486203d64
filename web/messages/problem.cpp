#include "web/messages/problem.hpp"

#include "web/messages/fields.hpp"

namespace resus::messages {

std::string encode_problem(const hw::Error& error, int http_status) {
  const auto& row = hw::info(error.code);
  return boost::json::serialize(boost::json::object{{"type", "/help/" + std::string(row.id)},
                                                    {"title", row.what_happened},
                                                    {"status", http_status},
                                                    {"code", row.id},
                                                    {"detail", error.context},
                                                    {"safe", row.what_is_safe},
                                                    {"next_action", row.next_action}});
}

hw::Error error_from_problem(int http_status, std::string_view body) {
  const std::string status = "the peer answered " + std::to_string(http_status);
  const bool busy = http_status == 429 || http_status >= 500;
  const auto object = parse_object(body, "problem");
  if (object) {
    Fields fields(object.value(), "problem");
    const auto code = fields.text("code");
    const auto detail = fields.text("detail", kLongText);
    if (const auto* row = fields.done() ? hw::find_code(code) : nullptr) {
      auto error = hw::make_error(row->code, detail);
      // The same code can be final here and passing there: a server error passes by itself.
      error.permanent = error.permanent && row->code != hw::Code::kInternal;
      return error;
    }
  }
  auto error = hw::make_error(busy ? hw::Code::kNetwork : hw::Code::kProtocol, status);
  error.permanent = !busy;
  return error;
}

}  // namespace resus::messages
