#include "web/report/qr_code.hpp"

#include <qrencode.h>

#include <memory>

#include "web/report/html_text.hpp"

namespace resus::report {
namespace {

constexpr int kQuietModules = 4;  // Source: ISO/IEC 18004, 6.3.8
constexpr std::size_t kMostBytes = 2331;  // Source: ISO/IEC 18004, table 7: version 40, level M, bytes

/// Dark modules of a row as rectangles, neighbours joined.
void add_row(std::string& path, const QRcode& code, int y) {
  const auto dark = [&](int x) { return (code.data[y * code.width + x] & 1) != 0; };
  for (int x = 0; x < code.width; ++x) {
    if (!dark(x)) continue;
    int end = x;
    while (end < code.width && dark(end)) ++end;
    const auto width = std::to_string(end - x);
    path += "M" + std::to_string(x + kQuietModules) + " " + std::to_string(y + kQuietModules) + "h" + width + "v1h-" + width + "z";
    x = end;
  }
}

}  // namespace

hw::Result<std::string> qr_svg(std::string_view text, std::string_view title) {
  if (text.empty() || text.size() > kMostBytes) return hw::fail(hw::Code::kBadInput, "a QR code holds 1 to 2331 bytes, not " + std::to_string(text.size()));
  const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
      QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M), QRcode_free);
  if (!code) return hw::fail(hw::Code::kInternal, "no QR code could be made");
  std::string path;
  for (int y = 0; y < code->width; ++y) add_row(path, *code, y);
  const auto side = std::to_string(code->width + 2 * kQuietModules);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"qr\" role=\"img\" viewBox=\"0 0 " + side + " " + side +
         "\" shape-rendering=\"crispEdges\"><title>" + escaped(title) + "</title><path fill=\"#fff\" d=\"M0 0h" + side + "v" + side + "h-" + side +
         "z\"/><path fill=\"#000\" d=\"" + path + "\"/></svg>";
}

}  // namespace resus::report
