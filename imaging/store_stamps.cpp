// Time stamps beside records. imaging/FORMAT.md section 16.
#include "imaging/store_parts.hpp"
#include "imaging/time_stamp.hpp"

namespace resus::imaging {

Result<std::string> Store::stamp(std::string_view id) const {
  RESUS_TRY(const auto info, find_record(id));
  return parts_->files.read_all(parts_->paths.stamp(info.id), kMaxStampBytes);
}

Result<void> Store::put_stamp(std::string_view id, std::string_view response) {
  RESUS_TRY(parts_->may_write());
  const std::lock_guard lock(parts_->beside_mutex);
  RESUS_TRY(const auto info, find_evidence(id));
  return parts_->files.replace(parts_->paths.stamp(info.id), response);
}

}  // namespace resus::imaging
