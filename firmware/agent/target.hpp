#pragma once
// The disk a task is about and the leave to write to it.
#include "firmware/agent/tools.hpp"
#include "imaging/golden_image.hpp"
#include "imaging/writable_disk.hpp"

namespace resus::agent {

/// The task's disk as it is now; shown on the screen. Errors: as choose_disk().
[[nodiscard]] hw::Result<hw::DiskIdentity> find_disk(Tools& tools, const messages::Task& task);

/// The golden image's manifest, if a trusted key signed it. Errors: kImageSignature, those of the depot.
[[nodiscard]] hw::Result<imaging::GoldenManifest> trusted_manifest(Tools& tools, const std::string& image_id,
                                                                   const std::stop_token& stop);

/// Asks for the permit and opens the disk under it. What was copied by this very boot counts more than what the
/// depot says was copied. Errors: as WritableDisk::open(); kEvidenceIncomplete while there is no permit.
[[nodiscard]] hw::Result<imaging::WritableDisk> open_target(Tools& tools, BootMemory& memory, const messages::Task& task,
                                                            const imaging::GoldenManifest& manifest,
                                                            const hw::DiskIdentity& disk, const std::stop_token& stop);

/// `call` until it succeeds, fails for good or is stopped; pauses are shown on the screen.
template <class Call>
auto patiently(Tools& tools, const std::stop_token& stop, Call&& call) -> decltype(call()) {
  StatusProgress progress(tools.status);
  return imaging::retried(std::forward<Call>(call), tools.pause, progress, stop);
}

}  // namespace resus::agent
