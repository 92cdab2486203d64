#pragma once
// Makes a golden image from a disk, an image file or evidence; on a workbench and in the running depot alike.
#include <stop_token>
#include <string>

#include "hw/block_device.hpp"
#include "hw/clock.hpp"
#include "hw/partition_probe.hpp"
#include "imaging/store.hpp"

namespace resus::depot {

using hw::Result;

/// Everything outlives the call.
struct ImportTools {
  hw::DiskAccess& disks;
  hw::PartitionProbe& partitions;
  const hw::Clock& clock;
  imaging::Store& store;
  const imaging::SigningKey& key;
};

/// "ev-…": evidence, not a path.
[[nodiscard]] bool is_evidence_id(std::string_view source);

/// A name people can type and a log can show: 1 to 100 bytes, no control characters, no "/", not an id's form.
/// Errors: kBadInput.
[[nodiscard]] Result<void> check_image_name(std::string_view name);

/// Reads the source once. Importing the same content again gives the image that is there.
/// @param source  path of a disk or image file, or an evidence id
/// Errors: kNotFound, kBadInput (name, partition table), kRead (a golden image has no gaps), kSpace, kConflict when the
/// name is taken by other content, kCancelled; then nothing of it stays.
[[nodiscard]] Result<imaging::GoldenManifest> import_golden(const ImportTools& tools, const std::string& source,
                                                            const std::string& name, const imaging::OnProgress& progress,
                                                            const std::stop_token& stop);

}  // namespace resus::depot
