// The EvidenceSink contract, kept by the sink in memory and by the store's own.
#include "tests/imaging/evidence_sink_contract.hpp"

#include "tests/support/memory_sink.hpp"

namespace resus::test {
namespace {

class MemorySinkBench {
 public:
  static constexpr std::size_t kFramesUnderway = 0;
  std::unique_ptr<imaging::EvidenceSink> begin(const std::string&, std::uint64_t disk_bytes) {
    store_.begin(disk_bytes);
    return std::make_unique<Handle>(*this);
  }
  std::vector<std::byte> read(const imaging::EvidenceReceipt&) { return store_.disk(store_.summary->bytes_read); }
  [[nodiscard]] std::size_t evidence() const { return finished_.size(); }
  void set_full(bool full) { store_.full = full; }

 private:
  struct Handle : imaging::EvidenceSink {
    explicit Handle(MemorySinkBench& owner) : bench(owner) {}
    hw::Result<imaging::Wanted> offer(const imaging::SegmentOffer& offer) override { return bench.store_.offer(offer); }
    hw::Result<void> deliver(const imaging::Frame& frame) override { return bench.store_.deliver(frame); }
    hw::Result<imaging::EvidenceReceipt> finish(const imaging::AcquisitionSummary& summary) override {
      RESUS_TRY(auto receipt, bench.store_.finish(summary));
      bench.finished_.insert(receipt.evidence_id);
      return receipt;
    }
    MemorySinkBench& bench;
  };
  MemorySink store_;
  std::set<std::string> finished_;
};

class LocalStoreBench {
 public:
  static constexpr std::size_t kFramesUnderway = 0;
  LocalStoreBench() {
    bench_.options.reserve_bytes = 1 << 20;
    set_full(false);
    bench_.reopen();
  }
  std::unique_ptr<imaging::EvidenceSink> begin(const std::string& machine, std::uint64_t disk_bytes) {
    return bench_.begin(disk_bytes, machine);
  }
  std::vector<std::byte> read(const imaging::EvidenceReceipt& receipt) { return bench_.read(receipt.evidence_id); }
  [[nodiscard]] std::size_t evidence() const { return bench_.store->evidence().size(); }
  void set_full(bool full) { bench_.files.set_capacity(full ? 0 : 256 << 20); }

 private:
  StoreBench bench_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, EvidenceSinkContract, MemorySinkBench);
INSTANTIATE_TYPED_TEST_SUITE_P(Store, EvidenceSinkContract, LocalStoreBench);

}  // namespace
}  // namespace resus::test
