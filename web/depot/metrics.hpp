#pragma once
// Numbers for monitoring, in Prometheus' text format 0.0.4.
// Source: prometheus.io/docs/instrumenting/exposition_formats, "Text format details".
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resus::depot {

/// Collects families of gauges. Threads: one.
class MetricsText {
 public:
  /// One value without labels.
  void gauge(std::string_view name, std::string_view help, std::uint64_t value);
  /// One value for each value of `label`. @pre names and label are [a-z_]+, values need no escaping.
  void gauges(std::string_view name, std::string_view help, std::string_view label,
              const std::vector<std::pair<std::string, std::uint64_t>>& values);
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void head(std::string_view name, std::string_view help);
  std::string text_;
};

/// Of the answer that carries it.
inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace resus::depot
