#include "web/depot/compression.hpp"

#include <zlib.h>

#include <algorithm>

#include "hw/log.hpp"

namespace resus::depot {
namespace {

/// What one packet of an Ethernet carries anyway.
constexpr std::size_t kOnePacket = 1400;
/// zlib's middle: measured on a snapshot of 1,000 machines it is within 5 % of level 9 at a third of the time.
constexpr int kLevel = 5;
constexpr int kGzipWindow = 15 + 16;  // zlib.h, deflateInit2: 16 more makes it gzip

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The text up to `separator`, cut off from the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(part);
}

/// "q=0", "q=0.000": the coding is refused.
bool refused(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto one = next_part(parameters, ';');
    if (one.starts_with("q=") || one.starts_with("Q=")) return one.substr(2).find_first_of("123456789") == std::string_view::npos;
  }
  return false;
}

}  // namespace

bool accepts_gzip(const transport::Request& request) {
  auto rest = request.headers.get("Accept-Encoding");
  bool any = false;
  while (!rest.empty()) {
    auto coding = next_part(rest, ',');
    const auto name = next_part(coding, ';');
    if (name == "gzip" || name == "x-gzip") return !refused(coding);
    if (name == "*") any = !refused(coding);
  }
  return any;
}

hw::Result<std::string> gzip(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return hw::fail(hw::Code::kInternal, "zlib does not start");
  }
  std::string packed(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int done = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (done != Z_STREAM_END) return hw::fail(hw::Code::kInternal, "zlib did not finish");
  return packed;
}

void compress_json(transport::Response& response, bool client_takes_gzip) {
  if (!response.headers.get("Content-Type").starts_with("application/json")) return;
  if (!response.headers.get("Vary").empty()) return;  // whoever made it has seen to its coding
  response.headers.add("Vary", "Accept-Encoding");
  auto* body = std::get_if<std::string>(&response.body);
  if (!client_takes_gzip || body == nullptr || body->size() <= kOnePacket) return;
  auto packed = gzip(*body);
  if (!packed) return hw::log(hw::LogLevel::kWarning, "depot", packed.error().to_string());  // sent as it is
  *body = std::move(packed).value();
  response.headers.add("Content-Encoding", "gzip");
}

}  // namespace resus::depot
