#include "web/transport/http.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>

#include "web/transport/problem.hpp"

namespace resus::transport {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool has_parent_part(std::string_view path) {
  for (std::size_t start = 0; start <= path.size();) {
    const auto end = std::min(path.find('/', start), path.size());
    if (path.substr(start, end - start) == "..") return true;
    start = end + 1;
  }
  return false;
}

Result<void> split_query(std::string_view text, Request& request) {
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    RESUS_TRY(auto key, percent_decode(pair.substr(0, equals), true));
    RESUS_TRY(auto value, percent_decode(pair.substr(std::min(equals + 1, pair.size())), true));
    request.query.emplace_back(std::move(key), std::move(value));
  }
  return hw::success();
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (same_name(key, name)) return value;
  }
  return {};
}

std::string_view Request::param(std::string_view key, std::string_view fallback) const {
  for (const auto& [name, value] : query) {
    if (name == key) return value;
  }
  return fallback;
}

struct Responder::State {
  explicit State(Function f) : function(std::move(f)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (!done) function(problem(hw::Code::kInternal, "the request was dropped"));
  }
  Function function;
  std::atomic<bool> done = false;
};

Responder::Responder(Function function) : state_(std::make_shared<State>(std::move(function))) {}

void Responder::operator()(Response response) const {
  if (!state_->done.exchange(true)) state_->function(std::move(response));
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
      if (low < 0) return hw::fail(hw::Code::kBadInput, "bad percent code in the request target");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return hw::fail(hw::Code::kBadInput, "NUL in the request target");
    out.push_back(c);
  }
  return out;
}

Result<void> split_target(std::string_view target, Request& request) {
  if (target.empty() || target.front() != '/') {
    return hw::fail(hw::Code::kBadInput, "the request target must start with /");
  }
  request.target = target;
  const auto question = std::min(target.find('?'), target.size());
  RESUS_TRY(request.path, percent_decode(target.substr(0, question), false));
  if (has_parent_part(request.path)) {
    return hw::fail(hw::Code::kBadInput, "the request target may not contain ..");
  }
  return split_query(target.substr(std::min(question + 1, target.size())), request);
}

Result<std::optional<ByteRange>> parse_range(std::string_view header, std::uint64_t size_bytes) {
  constexpr std::string_view kUnit = "bytes=";
  const std::optional<ByteRange> whole;
  if (!header.starts_with(kUnit) || header.find(',') != std::string_view::npos) return whole;
  header.remove_prefix(kUnit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return whole;
  const auto first = number(header.substr(0, dash));
  const auto last = number(header.substr(dash + 1));
  const auto outside = [] { return hw::fail(hw::Code::kBadInput, "range outside the file"); };
  if (!first && dash == 0 && last) {  // the last N bytes
    const auto length = std::min(*last, size_bytes);
    if (length == 0) return outside();
    return std::optional(ByteRange{size_bytes - length, length});
  }
  if (!first) return whole;
  if (*first >= size_bytes || (last && *last < *first)) return outside();
  const auto end = last ? std::min(*last, size_bytes - 1) : size_bytes - 1;
  return std::optional(ByteRange{*first, end - *first + 1});
}

Response text_response(unsigned status, std::string_view type, std::string body) {
  Response response{.status = status, .headers = {}, .body = std::move(body)};
  response.headers.add("Content-Type", std::string(type));
  return response;
}

std::pair<Response, std::optional<ByteRange>> ranged_response(const Request& request, std::string_view type,
                                                              std::uint64_t size_bytes) {
  Response response;
  response.headers.add("Content-Type", std::string(type));
  response.headers.add("Accept-Ranges", "bytes");
  const auto size = std::to_string(size_bytes);
  const auto range = parse_range(request.headers.get("Range"), size_bytes);
  if (!range) {
    response.status = 416;
    response.headers.add("Content-Range", "bytes */" + size);
    return {std::move(response), std::nullopt};
  }
  const auto& part = range.value();
  if (!part) return {std::move(response), ByteRange{0, size_bytes}};
  response.status = 206;
  response.headers.add("Content-Range", "bytes " + std::to_string(part->offset_bytes) + "-" +
                                            std::to_string(part->offset_bytes + part->length_bytes - 1) + "/" + size);
  return {std::move(response), part};
}

Response file_response(const Request& request, std::string_view type, const std::string& path,
                       std::uint64_t size_bytes) {
  auto [response, part] = ranged_response(request, type, size_bytes);
  if (part) response.body = FileBody{.path = path, .offset_bytes = part->offset_bytes, .length_bytes = part->length_bytes};
  return std::move(response);
}

}  // namespace resus::transport
