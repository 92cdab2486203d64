#include "web/depot/metrics.hpp"

namespace resus::depot {

void MetricsText::head(std::string_view name, std::string_view help) {
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text_.append("# TYPE ").append(name).append(" gauge\n");
}

void MetricsText::gauge(std::string_view name, std::string_view help, std::uint64_t value) {
  head(name, help);
  text_.append(name).append(" ").append(std::to_string(value)).append("\n");
}

void MetricsText::gauges(std::string_view name, std::string_view help, std::string_view label,
                         const std::vector<std::pair<std::string, std::uint64_t>>& values) {
  head(name, help);
  for (const auto& [word, value] : values) {
    text_.append(name).append("{").append(label).append("=\"").append(word).append("\"} ").append(std::to_string(value)).append("\n");
  }
}

}  // namespace resus::depot
