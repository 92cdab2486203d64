#include "web/depot/job_source.hpp"

#include <algorithm>
#include <filesystem>

namespace resus::depot {
namespace {

/// True for `folder` and what lies below it, links followed as far as the path exists.
bool is_inside(const std::string& path, const std::string& folder) {
  std::error_code ignored;
  const auto inner = std::filesystem::weakly_canonical(path, ignored);
  const auto outer = std::filesystem::weakly_canonical(folder, ignored);
  const auto [left, right] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return left == outer.end();
}

}  // namespace

Result<void> check_path(hw::DiskAccess& disks, const std::string& data, const std::string& source) {
  if (!source.starts_with('/')) return hw::fail(hw::Code::kBadInput, "the source must be an absolute path on the depot's box");
  if (is_inside(source, data)) return hw::fail(hw::Code::kBadInput, source + " lies in the depot's own folder");
  RESUS_TRY(const auto identity, disks.identify(source));
  if (identity.size_bytes == 0) return hw::fail(hw::Code::kBadInput, source + " is empty");
  return hw::success();
}

}  // namespace resus::depot
