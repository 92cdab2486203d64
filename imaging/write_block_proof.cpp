#include "imaging/write_block_proof.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace resus::imaging {
namespace {

namespace json = boost::json;
using hw::Code;

json::array list_of(const std::vector<std::string>& texts) {
  json::array list;
  for (const auto& text : texts) list.emplace_back(text);
  return list;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : "; ") + text;
  return all;
}

/// What stands at the end of `after` and not in `before`. The kernel's log is a ring: its beginning may be gone.
std::vector<std::string> added(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  auto at = after.begin();
  if (!before.empty()) {
    for (auto it = after.begin(); it != after.end(); ++it) {
      if (*it == before.back()) at = it + 1;
    }
  }
  return {at, after.end()};
}

}  // namespace

Result<WriteBlockProof::State> WriteBlockProof::look(hw::DiskAccess& disks, const std::string& path) {
  State state;
  RESUS_TRY(state.identity, disks.identify(path));
  RESUS_TRY(state.sectors_written, disks.sectors_written(path));
  RESUS_TRY(state.mounts, disks.mounts(path));
  RESUS_TRY(state.write_errors, disks.write_errors(path));
  return state;
}

Result<WriteBlockProof> WriteBlockProof::begin(hw::DiskAccess& disks, const std::string& path) {
  RESUS_TRY(const auto found, disks.identify(path));
  RESUS_TRY(disks.write_block(path));
  RESUS_TRY(auto state, look(disks, path));
  const bool image_file = state.identity.transport == "file";
  if (!state.mounts.empty()) return hw::fail(Code::kWriteBlock, path + " is mounted: " + joined(state.mounts));
  if (!image_file && !state.identity.read_only) return hw::fail(Code::kWriteBlock, path + " is not read-only after the write block was set");
  WriteBlockProof proof(disks, std::move(state), image_file);
  proof.was_read_only_ = found.read_only;
  return proof;
}

Result<void> WriteBlockProof::compare(const State& after, std::size_t new_errors) const {
  const auto& now = after.identity;
  const auto& was = before_.identity;
  if (now.serial != was.serial || now.size_bytes != was.size_bytes) {
    return hw::fail(Code::kDiskChanged, was.path + " is another disk than at the beginning");
  }
  const auto wrong = [&](const std::string& what) { return hw::fail(Code::kWriteBlock, was.path + ": " + what); };
  if (after.sectors_written != before_.sectors_written) {
    return wrong(std::to_string(after.sectors_written - before_.sectors_written) + " sectors were written during the copy");
  }
  if (!after.mounts.empty()) return wrong("mounted during the copy: " + joined(after.mounts));
  if (!image_file_ && !now.read_only) return wrong("the write block was lifted during the copy");
  if (new_errors > 0) return wrong("somebody tried to write during the copy: " + joined(*after.write_errors));
  return hw::success();
}

Result<std::string> WriteBlockProof::finish(bool device_gone) const {
  json::object object{{"method", image_file_ ? "opened for reading only" : "BLKROSET on the whole disk, read back"},
                      {"read_only_found", was_read_only_},
                      {"read_only_before", image_file_ || before_.identity.read_only},
                      {"sectors_written_before", before_.sectors_written},
                      {"mounts_before", list_of(before_.mounts)}};
  auto now = look(*disks_, before_.identity.path);
  if (!now && device_gone) {
    object["after"] = "the disk vanished while its bad places were being read";
    return json::serialize(object);
  }
  RESUS_TRY(const auto after, std::move(now));
  std::vector<std::string> new_errors;
  if (after.write_errors) new_errors = added(before_.write_errors.value_or(std::vector<std::string>{}), *after.write_errors);
  RESUS_TRY(compare(after, new_errors.size()));
  object["read_only_after"] = image_file_ || after.identity.read_only;
  object["sectors_written_after"] = after.sectors_written;
  object["mounts_after"] = list_of(after.mounts);
  object["kernel_log_write_errors"] = after.write_errors ? json::value(list_of(new_errors)) : json::value(nullptr);
  return json::serialize(object);
}

}  // namespace resus::imaging
