// Where golden images come from: a disk, or evidence.
#include "imaging/image_writer.hpp"

namespace resus::imaging {
namespace {

/// Reads in order with one segment ahead. Every unit is a segment, the last may be shorter.
class OrderedReads {
 public:
  explicit OrderedReads(hw::DiskReader& disk)
      : disk_(disk), buffers_{hw::IoBuffer(kSegmentBytes), hw::IoBuffer(kSegmentBytes)} {}

  Result<void> request(std::uint64_t segment) {
    return disk_.submit(segment, segment * kSegmentBytes, buffer(segment));
  }
  Result<std::span<const std::byte>> await(std::uint64_t segment) {
    while (!done_[segment % 2]) {
      RESUS_TRY(const auto read, disk_.wait());
      if (read.status != hw::ReadStatus::kOk) {
        return hw::fail(hw::Code::kRead, disk_.identity().path + " cannot be read at byte " +
                                             std::to_string(read.tag * kSegmentBytes) +
                                             "; a golden image has no gaps");
      }
      done_[read.tag % 2] = true;
    }
    done_[segment % 2] = false;
    return buffer(segment);
  }

 private:
  std::span<std::byte> buffer(std::uint64_t segment) {
    const auto left = disk_.identity().size_bytes - segment * kSegmentBytes;
    return buffers_[segment % 2].bytes().first(std::min<std::uint64_t>(kSegmentBytes, left));
  }
  hw::DiskReader& disk_;
  hw::IoBuffer buffers_[2];
  bool done_[2] = {false, false};
};

void tell(const OnProgress& progress, std::uint64_t segment, std::uint64_t total_bytes) {
  if (!progress) return;
  progress({.done_bytes = std::min((segment + 1) * kSegmentBytes, total_bytes), .total_bytes = total_bytes});
}

Result<void> cancelled() { return hw::fail(hw::Code::kCancelled, "the import was stopped; nothing of it stays"); }

/// Waits for what was asked for and is not wanted any more: the buffers go away.
Result<void> copy_all(hw::DiskReader& disk, ImageWriter& writer, const OnProgress& progress, const std::stop_token& stop) {
  const auto total = disk.identity().size_bytes;
  const auto segments = segment_count(total);
  const bool ahead = disk.depth() > 1;
  OrderedReads reads(disk);
  RESUS_TRY(reads.request(0));
  for (std::uint64_t segment = 0; segment < segments; ++segment) {
    RESUS_TRY(const auto bytes, reads.await(segment));
    const bool more = segment + 1 < segments;
    if (more && ahead) {
      RESUS_TRY(reads.request(segment + 1));
    }
    auto added = stop.stop_requested() ? cancelled() : writer.add(bytes);
    if (!added) {
      if (more && ahead) (void)disk.wait();
      return added;
    }
    if (more && !ahead) {
      RESUS_TRY(reads.request(segment + 1));
    }
    tell(progress, segment, total);
  }
  return hw::success();
}

}  // namespace

Result<GoldenManifest> Store::import_image(hw::DiskReader& disk, const ImageDescription& description,
                                           const SigningKey& key, const OnProgress& progress,
                                           const std::stop_token& stop) {
  RESUS_TRY(auto writer, ImageWriter::begin(*parts_, disk.identity().size_bytes));
  RESUS_TRY(copy_all(disk, *writer, progress, stop));
  return writer->finish(description, key);
}

Result<GoldenManifest> Store::import_image_from_evidence(std::string_view evidence_id,
                                                         const ImageDescription& description,
                                                         const SigningKey& key, const OnProgress& progress,
                                           const std::stop_token& stop) {
  RESUS_TRY(const auto reader, open_evidence(evidence_id));
  if (!reader->map().unreadable().empty()) {
    return hw::fail(hw::Code::kRead, std::string(evidence_id) + " has unreadable ranges; a golden image has no gaps");
  }
  const auto total = reader->map().disk_bytes();
  RESUS_TRY(auto writer, ImageWriter::begin(*parts_, total));
  std::vector<std::byte> buffer(kSegmentBytes);
  for (std::uint64_t segment = 0; segment < segment_count(total); ++segment) {
    if (stop.stop_requested()) {
      RESUS_TRY(cancelled());
    }
    const auto begin = segment * kSegmentBytes;
    const auto bytes = std::span(buffer).first(std::min<std::uint64_t>(kSegmentBytes, total - begin));
    RESUS_TRY(reader->read(begin, bytes));
    RESUS_TRY(writer->add(bytes));
    tell(progress, segment, total);
  }
  return writer->finish(description, key);
}

}  // namespace resus::imaging
