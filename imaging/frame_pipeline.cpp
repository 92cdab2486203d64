#include "imaging/frame_pipeline.hpp"

#include <algorithm>
#include <cstring>

#include "imaging/frame.hpp"

namespace resus::imaging {

FramePipeline::FramePipeline(Setup setup)
    : setup_(std::move(setup)),
      buffers_(2 * setup_.workers + 1, kSegmentBytes),
      raw_(setup_.workers),
      compressed_(4) {
  setup_.failure.on_failure([this] {
    buffers_.cancel();
    raw_.cancel();
    compressed_.cancel();
  });
  for (unsigned i = 0; i < setup_.workers; ++i) workers_.emplace_back([this] { compress_loop(); });
  deliverer_ = std::jthread([this] { deliver_loop(); });
}

FramePipeline::~FramePipeline() {
  // After a failure nobody calls finish(): the threads must find their queues ended all the same.
  buffers_.cancel();
  raw_.cancel();
  compressed_.cancel();
}

void FramePipeline::add(const SegmentOffer& offer, const Wanted& wanted, DiskPiece piece) {
  if (offer.ids.empty()) return;  // no data: the piece has lost its buffer
  const bool whole = gathering_.ids.empty() && offer.ids.size() == kBlocksPerSegment &&
                     std::ranges::find(wanted.deliver, false) == wanted.deliver.end();
  if (whole) {  // nothing to gather: the segment is the frame
    gathering_ = {.sequence = 0,
                  .ids = offer.ids,
                  .raw_bytes = piece.length_bytes,
                  .buffer = std::move(piece.buffer)};
    return send_gathered();
  }
  const auto bytes = piece.bytes();
  std::size_t data_blocks = 0;
  for (std::size_t block = 0; block < offer.states.size(); ++block) {
    if (offer.states[block] != BlockState::kData) continue;
    const auto number = data_blocks++;
    if (!wanted.deliver[number]) continue;
    if (gathering_.buffer.empty()) gathering_.buffer = buffers_.take();
    if (gathering_.buffer.empty()) return;  // the run has failed
    const auto source = bytes.subspan(block * kBlockBytes, std::min(kBlockBytes, bytes.size() - block * kBlockBytes));
    std::memcpy(gathering_.buffer.bytes().data() + gathering_.raw_bytes, source.data(), source.size());
    gathering_.raw_bytes += source.size();
    gathering_.ids.push_back(offer.ids[number]);
    // The disk's last block may be short and ends its frame, also where segments held back follow it.
    if (gathering_.ids.size() == kBlocksPerSegment || source.size() < kBlockBytes) send_gathered();
  }
}

void FramePipeline::send_gathered() {
  gathering_.sequence = sent_++;
  raw_.push(std::exchange(gathering_, {}));
}

void FramePipeline::finish() {
  if (!gathering_.ids.empty()) send_gathered();
  raw_.close();
  workers_.clear();  // joins
  compressed_.close();
  if (deliverer_.joinable()) deliverer_.join();
}

void FramePipeline::compress_loop() {
  FrameCompressor compressor(setup_.zstd_level);
  while (auto raw = raw_.pop()) {
    auto frame = timed(compressing_, [&] { return compressor.compress(raw->ids, raw->raw()); });
    if (!frame) return setup_.failure.set(std::move(frame).error().within("compress"));
    raw->buffer = {};
    compressed_.push({raw->sequence, std::move(frame).value()});
  }
}

void FramePipeline::deliver_loop() {
  // Workers finish in any order; no more than one frame a worker waits here for its turn.
  std::map<std::uint64_t, Frame> waiting;
  std::uint64_t turn = 0;
  while (auto next = compressed_.pop()) {
    waiting.emplace(next->sequence, std::move(next->frame));
    for (auto first = waiting.begin(); first != waiting.end() && first->first == turn; ++turn) {
      if (!deliver(first->second)) return;
      first = waiting.erase(first);
    }
  }
}

bool FramePipeline::deliver(const Frame& frame) {
  auto delivered = timed(sending_, [&] {
    return retried([&] { return setup_.sink.deliver(frame); }, setup_.pause, setup_.progress, setup_.stop);
  });
  if (!delivered) setup_.failure.set(std::move(delivered).error().within("deliver"));
  return static_cast<bool>(delivered);
}

}  // namespace resus::imaging
