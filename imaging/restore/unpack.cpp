#include "imaging/restore/unpack.hpp"

#include <algorithm>

namespace resus::imaging {
namespace {

constexpr std::size_t kInputBytes = 256 * 1024;
constexpr std::uint64_t kFreeBytes = 64ULL << 20;  ///< small archives may be as dense as they like
constexpr std::size_t kHeadBytes = 6;              ///< the longest magic, that of xz

}  // namespace

Unpacker::Unpacker(ByteFeed feed, const ArchiveLimits& limits)
    : feed_(std::move(feed)), limits_(limits), buffer_(kInputBytes) {}

Result<void> Unpacker::fill() {
  if (ended_ || !input_.empty()) return hw::success();
  std::size_t have = 0;
  // The first piece must hold the magic, however little the feed gives at a time.
  while (!ended_ && have < (codec_ ? 1 : kHeadBytes)) {
    RESUS_TRY(const std::size_t got, feed_(std::span(buffer_).subspan(have)));
    ended_ = got == 0;
    have += got;
  }
  input_ = std::span<const std::byte>(buffer_).first(have);
  packed_ += have;
  if (!codec_) codec_ = codec_for(input_);
  return hw::success();
}

Result<std::size_t> Unpacker::step(std::span<std::byte> out) {
  auto done = codec_->run(input_, out, ended_);
  const auto place = [&] { return "at byte " + std::to_string(packed_ - input_.size()) + " of the archive"; };
  if (!done) return hw::failure(std::move(done).error().within(place()));
  const auto& step = done.value();
  input_ = input_.subspan(step.consumed);
  whole_ = step.whole;
  const bool stuck = step.consumed == 0 && step.produced == 0 && !whole_;
  if (stuck && (ended_ || !input_.empty())) {
    return hw::fail(hw::Code::kArchive, place() + ": the " + std::string(codec_->name()) + " data end too early");
  }
  return step.produced;
}

Result<void> Unpacker::check_ratio() const {
  if (unpacked_ <= kFreeBytes || unpacked_ - kFreeBytes <= packed_ * limits_.ratio) return hw::success();
  return hw::fail(hw::Code::kArchiveLimit, "the archive unpacks to more than " + std::to_string(limits_.ratio) +
                                               " times its size (byte " + std::to_string(packed_) + ")");
}

Result<std::size_t> Unpacker::read(std::span<std::byte> out) {
  std::size_t produced = 0;
  while (produced == 0) {
    RESUS_TRY(fill());
    if (ended_ && input_.empty() && whole_) return std::size_t{0};
    RESUS_TRY(produced, step(out));
  }
  unpacked_ += produced;
  RESUS_TRY(check_ratio());
  return produced;
}

}  // namespace resus::imaging
