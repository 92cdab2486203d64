#pragma once
// The pages, compiled into the program by web/embed_ui.cmake.
#include <string_view>
#include <vector>

namespace resus::depot {

struct UiAsset {
  std::string_view path;  ///< relative to web/ui
  std::string_view plain;
  std::string_view gzip;
  std::string_view etag;  ///< quoted SHA-256
};

[[nodiscard]] const std::vector<UiAsset>& ui_assets();
/// Changes with any file of the interface.
[[nodiscard]] std::string_view ui_tree_hash();

}  // namespace resus::depot
