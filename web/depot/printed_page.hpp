#pragma once
// Pages that are made to be printed: their style stands in them, and nothing else may run or be loaded.
#include <string>
#include <string_view>

#include "web/report/html_text.hpp"
#include "web/transport/http.hpp"

namespace resus::depot {

[[nodiscard]] inline transport::Response printed_page(std::string page, std::string_view style) {
  auto response = transport::text_response(200, "text/html; charset=utf-8", std::move(page));
  response.headers.add("Content-Security-Policy", "default-src 'none'; style-src " + report::policy_source(style) +
                                                      "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace resus::depot
