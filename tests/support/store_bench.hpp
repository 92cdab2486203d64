#pragma once
// A small store in memory and acquisitions into it, without disks and threads.
#include "imaging/frame.hpp"
#include "imaging/store.hpp"
#include "tests/support/disk_content.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_file_system.hpp"

namespace resus::test {

/// Offers of a disk that is read without trouble.
inline imaging::SegmentOffer offer_of(std::span<const std::byte> disk, std::uint64_t segment) {
  imaging::SegmentOffer offer{.segment = segment, .states = {}, .ids = {}, .unreadable = {}};
  const auto begin = segment * imaging::kSegmentBytes;
  const auto end = std::min<std::size_t>(begin + imaging::kSegmentBytes, disk.size());
  for (auto at = begin; at < end; at += imaging::kBlockBytes) {
    const auto block = disk.subspan(at, std::min(imaging::kBlockBytes, end - at));
    const bool zero = imaging::is_zero(block);
    offer.states.push_back(zero ? imaging::BlockState::kZero : imaging::BlockState::kData);
    if (!zero) offer.ids.push_back(imaging::block_id(block));
  }
  return offer;
}

inline imaging::AcquisitionSummary summary_of(std::span<const std::byte> disk) {
  return {.root = root_of_bytes(disk),
          .sha256 = sha256_of(disk),
          .md5 = {},
          .sha1 = {},
          .bytes_read = disk.size(),
          .unreadable_bytes = 0,
          .device_json = R"({"serial":"S1"})",
          .seconds = 1.5};
}

/// Raw blocks of one segment that the sink wants, as one frame; nothing when it wants none.
inline std::optional<imaging::Frame> frame_of(std::span<const std::byte> disk, const imaging::SegmentOffer& offer,
                                              const imaging::Wanted& wanted) {
  imaging::FrameBuilder builder(1);
  std::size_t next = 0;
  for (std::size_t i = 0; i < offer.states.size(); ++i) {
    if (offer.states[i] != imaging::BlockState::kData) continue;
    const auto at = offer.segment * imaging::kSegmentBytes + i * imaging::kBlockBytes;
    const auto block = disk.subspan(at, std::min(imaging::kBlockBytes, disk.size() - at));
    if (wanted.deliver[next]) builder.add(offer.ids[next], block);
    ++next;
  }
  if (builder.empty()) return std::nullopt;
  return builder.finish().value();
}

struct Copied {
  std::uint64_t blocks_sent = 0;
};

/// Everything up to finish().
inline hw::Result<Copied> copy_to(imaging::EvidenceSink& sink, std::span<const std::byte> disk) {
  Copied copied;
  for (std::uint64_t segment = 0; segment < imaging::segment_count(disk.size()); ++segment) {
    const auto offer = offer_of(disk, segment);
    RESUS_TRY(const auto wanted, sink.offer(offer));
    const auto frame = frame_of(disk, offer, wanted);
    if (!frame) continue;
    copied.blocks_sent += frame->ids.size();
    RESUS_TRY(sink.deliver(*frame));
  }
  return copied;
}

/// A store that survives power cuts of its file system. Members are declared in the order they depend.
struct StoreBench {
  MemoryFileSystem files;
  FakeClock clock;
  imaging::SigningKey key = imaging::SigningKey::generate().value();
  imaging::StoreOptions options{.reserve_bytes = 0,
                                .index_memory_bytes = 1 << 20,
                                .pack_bytes = 4ull << 30,
                                .sync_every_bytes = 1 << 20};
  std::unique_ptr<imaging::Store> store;

  StoreBench() { reopen(); }
  void reopen() {
    store.reset();
    store = imaging::Store::open(files, "store", options).value();
  }
  imaging::EvidenceOptions evidence_options(const std::string& machine = {}) const {
    imaging::EvidenceOptions evidence;
    evidence.context = {.machine_id = machine, .attempt = machine.empty() ? "" : "1", .incident = "i",
                        .operator_name = "o", .tool = "test"};
    evidence.key = &key;
    evidence.clock = &clock;
    return evidence;
  }
  std::unique_ptr<imaging::EvidenceSink> begin(std::uint64_t disk_bytes, const std::string& machine = {}) {
    return store->begin_evidence(disk_bytes, evidence_options(machine)).value();
  }
  hw::Result<imaging::EvidenceReceipt> acquire(std::span<const std::byte> disk, Copied* copied = nullptr) {
    auto sink = begin(disk.size());
    RESUS_TRY(const auto sent, copy_to(*sink, disk));
    if (copied != nullptr) *copied = sent;
    return sink->finish(summary_of(disk));
  }
  std::vector<std::byte> read(const std::string& id) {
    const auto reader = store->open_evidence(id).value();
    std::vector<std::byte> bytes(reader->map().disk_bytes());
    reader->read(0, bytes).value();
    return bytes;
  }
  imaging::VerifyReport verify(const std::string& id) {
    return store->verify_evidence(id, {&key.public_key(), 1}).value();
  }
};

}  // namespace resus::test
