#include "imaging/labs/damage_list.hpp"

#include <algorithm>
#include <cstring>

#include "hw/log.hpp"
#include "imaging/block.hpp"

namespace resus::imaging {
namespace {

constexpr std::size_t kMostBlocks = 10'000;

}  // namespace

DamageList::DamageList() : text_("Reads of disk.raw that failed since it was mounted; nothing below: none.\n") {}

void DamageList::add(std::uint64_t offset_bytes, const hw::Error& error) {
  const std::lock_guard lock(mutex_);
  const auto block = offset_bytes / kBlockBytes;
  const auto at = std::ranges::lower_bound(blocks_, block);
  if ((at != blocks_.end() && *at == block) || blocks_.size() >= kMostBlocks) return;
  blocks_.insert(at, block);
  const auto line = "the read at byte " + std::to_string(offset_bytes) + " fails: " + error.to_string();
  hw::log(hw::LogLevel::kError, "mount", line);
  text_ += line + "\n";
  if (blocks_.size() == kMostBlocks) text_ += "There may be more: " + std::to_string(kMostBlocks) + " are listed.\n";
}

std::uint64_t DamageList::size_bytes() const {
  const std::lock_guard lock(mutex_);
  return text_.size();
}

hw::Result<void> DamageList::read(std::uint64_t offset_bytes, std::span<std::byte> out, hw::Reading /*how*/) {
  const std::lock_guard lock(mutex_);
  if (offset_bytes > text_.size() || out.size() > text_.size() - offset_bytes) return hw::fail(hw::Code::kUsage, "read beyond the end");
  std::memcpy(out.data(), text_.data() + offset_bytes, out.size());
  return hw::success();
}

}  // namespace resus::imaging
