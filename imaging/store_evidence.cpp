// Evidence as the store gives it back: list, read, export, verify.
#include <algorithm>

#include "imaging/evidence_frames.hpp"
#include "imaging/evidence_session.hpp"
#include "imaging/reread.hpp"
#include "imaging/sha256.hpp"

namespace resus::imaging {
namespace {

Result<void> check_ids(std::span<const std::byte> bytes, std::span<const BlockId> ids) {
  if (first_wrong_block(bytes, ids) == ids.size()) return hw::success();
  return hw::fail(hw::Code::kEvidenceDamaged, "does not hash to its id");
}

class LocalEvidenceReader final : public EvidenceReader {
 public:
  LocalEvidenceReader(Packs& packs, DiskMap map) : frames_(packs), map_(std::move(map)) {}
  [[nodiscard]] const DiskMap& map() const override { return map_; }

  Result<void> read(std::uint64_t offset_bytes, std::span<std::byte> out) override {
    if (offset_bytes > map_.disk_bytes() || out.size() > map_.disk_bytes() - offset_bytes) {
      return hw::fail(hw::Code::kUsage, "read beyond the end of the disk");
    }
    const auto end = offset_bytes + out.size();
    MapWalk walk(frames_, map_, offset_bytes / kBlockBytes);
    while (offset_bytes < end) {
      const auto piece = walk.next();
      if (!piece) return hw::fail(hw::Code::kEvidenceDamaged, "the map ends before the disk does");
      const auto begin = piece->first_block * kBlockBytes;
      const auto piece_end = std::min<std::uint64_t>(begin + piece->blocks * kBlockBytes, map_.disk_bytes());
      const auto count = std::min(end, piece_end) - offset_bytes;
      RESUS_TRY(copy(*piece, offset_bytes - begin, out.first(count)));
      out = out.subspan(count);
      offset_bytes += count;
    }
    return hw::success();
  }

  Result<void> export_range(ByteRange range, RawSink& sink) override {
    if (range.offset_bytes > map_.disk_bytes() || range.length_bytes > map_.disk_bytes() - range.offset_bytes) {
      return hw::fail(hw::Code::kUsage, "export beyond the end of the disk");
    }
    const auto end = range.offset_bytes + range.length_bytes;
    MapWalk walk(frames_, map_, range.offset_bytes / kBlockBytes);
    for (auto offset = range.offset_bytes; offset < end;) {
      const auto piece = walk.next();
      if (!piece) return hw::fail(hw::Code::kEvidenceDamaged, "the map ends before the disk does");
      const auto begin = piece->first_block * kBlockBytes;
      const auto bytes = std::min<std::uint64_t>(piece->blocks * kBlockBytes, map_.disk_bytes() - begin);
      const auto count = std::min(end, begin + bytes) - offset;
      RESUS_TRY(pass_on(*piece, bytes, {offset - begin, count}, sink));
      offset += count;
    }
    return hw::success();
  }

 private:
  static hw::Error damaged(const MapPiece& piece, const std::string& what) {
    return hw::make_error(hw::Code::kEvidenceDamaged, "block " + std::to_string(piece.first_block) + ": " + what);
  }
  static std::span<const BlockId> ids_of(const MapPiece& piece) {
    return std::span(*piece.loaded->ids).subspan(piece.place.index, piece.blocks);
  }
  static Result<std::span<const std::byte>> unchecked(const MapPiece& piece, std::uint64_t bytes) {
    if (!piece.loaded) return hw::failure(damaged(piece, piece.damage->context));
    const auto raw = piece.loaded->blocks(piece.place.index, piece.blocks);
    if (raw.size() != bytes) return hw::failure(damaged(piece, "has the wrong length"));
    return raw;
  }
  /// The piece's bytes, every block compared with its id.
  static Result<std::span<const std::byte>> checked(const MapPiece& piece, std::uint64_t bytes) {
    RESUS_TRY(const auto raw, unchecked(piece, bytes));
    if (auto right = check_ids(raw, ids_of(piece)); !right) return hw::failure(damaged(piece, right.error().context));
    return raw;
  }
  /// `part` of a piece of `bytes` bytes.
  static Result<void> pass_on(const MapPiece& piece, std::uint64_t bytes, const ByteRange& part, RawSink& sink) {
    if (piece.kind != RunKind::kData) return sink.zeros(part.length_bytes);
    if (part.length_bytes < bytes) {
      RESUS_TRY(const auto raw, checked(piece, bytes));
      return sink.write(raw.subspan(part.offset_bytes, part.length_bytes));
    }
    RESUS_TRY(const auto raw, unchecked(piece, bytes));
    auto written = sink.write_blocks(raw, ids_of(piece));
    if (written || written.error().code != hw::Code::kEvidenceDamaged) return written;
    return hw::failure(damaged(piece, written.error().context));
  }
  Result<void> copy(const MapPiece& piece, std::uint64_t skip, std::span<std::byte> out) {
    if (piece.kind != RunKind::kData) {
      std::ranges::fill(out, std::byte{0});
      return hw::success();
    }
    const auto begin = piece.first_block * kBlockBytes;
    const auto bytes = std::min<std::uint64_t>(piece.blocks * kBlockBytes, map_.disk_bytes() - begin);
    RESUS_TRY(const auto raw, checked(piece, bytes));
    std::ranges::copy(raw.subspan(skip, out.size()), out.begin());
    return hw::success();
  }

  FrameCache frames_;
  DiskMap map_;
};

class LocalEvidenceFrames final : public EvidenceFrames {
 public:
  LocalEvidenceFrames(Packs& packs, DiskMap map) : packs_(packs), map_(std::move(map)) {}
  [[nodiscard]] const DiskMap& map() const override { return map_; }
  [[nodiscard]] Result<std::shared_ptr<const LoadedFrame>> load(const FrameRef& frame) const override { return load_frame(packs_, frame); }
  [[nodiscard]] Result<std::shared_ptr<const LoadedFrame>> load_front(const FrameRef& frame, std::size_t front_bytes) const override {
    return imaging::load_front(packs_, frame, front_bytes);
  }

 private:
  Packs& packs_;
  const DiskMap map_;
};

Result<DiskMap> map_of(const StoreParts& parts, const Result<ImageInfo>& image) {
  if (!image) return hw::failure(image.error());
  RESUS_TRY(const auto pack, parts.packs.get(image.value().pack));
  return map_of_image(image.value(), *pack);
}

}  // namespace

Result<void> RawSink::write_blocks(std::span<const std::byte> bytes, std::span<const BlockId> ids) {
  RESUS_TRY(check_ids(bytes, ids));
  return write(bytes);
}

Result<std::unique_ptr<EvidenceSink>> Store::begin_evidence(std::uint64_t disk_bytes, EvidenceOptions options) {
  RESUS_TRY(parts_->may_write());
  if (disk_bytes == 0) return hw::fail(hw::Code::kUsage, "the disk has no bytes");
  if (options.key == nullptr || options.clock == nullptr) {
    return hw::fail(hw::Code::kInternal, "an acquisition needs a key and a clock");
  }
  const std::lock_guard lock(parts_->begin_mutex);
  return std::make_unique<EvidenceSession>(*parts_, disk_bytes, std::move(options));
}

std::vector<EvidenceInfo> Store::evidence() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->evidence;
}

Result<EvidenceInfo> Store::find_evidence(std::string_view id) const {
  const std::lock_guard lock(parts_->mutex);
  const auto found = std::ranges::find(parts_->evidence, id, &EvidenceInfo::id);
  if (found != parts_->evidence.end()) return *found;
  const auto gone = std::ranges::find(parts_->deleted, id, &DeletedEvidence::id);
  if (gone == parts_->deleted.end()) return hw::fail(hw::Code::kNotFound, "no evidence " + std::string(id));
  return hw::fail(hw::Code::kNotFound, gone->id + " was deleted at " + gone->by.time + " by " + gone->by.actor + ": " + gone->by.reason);
}

Result<EvidenceInfo> Store::find_record(std::string_view id) const {
  {
    const std::lock_guard lock(parts_->mutex);
    const auto gone = std::ranges::find(parts_->deleted, id, &DeletedEvidence::id);
    if (gone != parts_->deleted.end()) return EvidenceInfo{.id = gone->id, .record = gone->record};
  }
  return find_evidence(id);
}

Result<std::string> Store::record_envelope(std::string_view id) const {
  RESUS_TRY(const auto info, find_record(id));
  return parts_->files.read_all(parts_->paths.record(info.id), kMaxJsonBytes);
}

Result<std::unique_ptr<EvidenceReader>> Store::open_evidence(std::string_view id) const {
  RESUS_TRY(const auto info, find_evidence(id));
  RESUS_TRY(auto map, parts_->load_map(info));
  return std::make_unique<LocalEvidenceReader>(parts_->packs, std::move(map));
}

Result<std::unique_ptr<EvidenceReader>> Store::read_image(std::string_view id_or_name) const {
  RESUS_TRY(auto map, map_of(*parts_, find_image(id_or_name)));
  return std::make_unique<LocalEvidenceReader>(parts_->packs, std::move(map));
}

Result<std::unique_ptr<EvidenceFrames>> Store::open_image_frames(std::string_view id_or_name) const {
  RESUS_TRY(auto map, map_of(*parts_, find_image(id_or_name)));
  return std::make_unique<LocalEvidenceFrames>(parts_->packs, std::move(map));
}

Result<std::unique_ptr<EvidenceFrames>> Store::open_frames(std::string_view id) const {
  RESUS_TRY(const auto info, find_evidence(id));
  RESUS_TRY(auto map, parts_->load_map(info));
  return std::make_unique<LocalEvidenceFrames>(parts_->packs, std::move(map));
}

Result<VerifyReport> Store::verify_evidence(std::string_view id, std::span<const PublicKey> trusted,
                                            const OnProgress& progress, const std::stop_token& stop) const {
  RESUS_TRY(const auto envelope, record_envelope(id));
  RESUS_TRY(auto info, find_evidence(id));
  VerifyReport report;
  const auto payload = open_envelope(envelope, Purpose::kRecord, trusted, hw::Code::kEvidenceDamaged);
  if (!payload || evidence_id(payload.value()) != info.id) {
    report.signature_ok = false;
    report.notes.push_back(payload ? "the record is not the one this id was made from" : payload.error().to_string());
  } else {
    RESUS_TRY(info.record, record_from_json(payload.value()));
  }
  const auto map = parts_->load_map(info);
  if (!map) {
    report.map_ok = false;
    report.notes.push_back(map.error().to_string());
    return report;
  }
  RESUS_TRY(auto read, reread(parts_->packs, map.value(), progress, stop));
  report.root_ok = read.root == info.record.root;
  report.sha256_ok = read.sha256 == info.record.sha256;
  report.damaged_frames = std::move(read.damaged_frames);
  report.damaged_ranges = std::move(read.damaged_ranges);
  report.bytes_checked = read.bytes;
  return report;
}

}  // namespace resus::imaging
