// What a request says besides its body: target, query, Range. The first byte is the size of a file to take a range of.
#include <cstdlib>

#include "web/transport/http.hpp"

using namespace resus;  // NOLINT: one program, one file

namespace {

void target(std::string_view text) {
  transport::Request request;
  if (!transport::split_target(text, request)) return;
  const auto& path = request.path;
  if (!path.starts_with('/') || path.find('\0') != std::string::npos) std::abort();
  if (("/" + path + "/").find("/../") != std::string::npos) std::abort();
  for (const auto& [key, value] : request.query) {
    if ((key + value).find('\0') != std::string::npos) std::abort();
    (void)request.param(key);
  }
}

void range(std::string_view header, std::uint64_t size_bytes) {
  const auto parsed = transport::parse_range(header, size_bytes);
  if (!parsed || !parsed.value()) return;
  const auto& part = *parsed.value();
  if (part.length_bytes == 0 || part.offset_bytes >= size_bytes || part.length_bytes > size_bytes - part.offset_bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  target(text);
  range(text, data[0]);
  range(text, UINT64_MAX);
  return 0;
}
