#pragma once
// A report as one HTML file: no script, nothing loaded from elsewhere, made for A4 paper.
#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace resus::report {

/// From what evidence_report() says and nothing else. Every text of it is escaped: what a disk calls itself must not
/// become markup. Lists longer than kMostRows are cut, and the page says so; the JSON has them whole.
[[nodiscard]] std::string report_page(const boost::json::object& report);
/// The page's style sheet as it stands in it, for a Content-Security-Policy.
[[nodiscard]] std::string_view report_style();

inline constexpr std::size_t kMostRows = 2000;

}  // namespace resus::report
