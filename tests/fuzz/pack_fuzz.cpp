// Pack files as a crash, a bad disk or a stranger may leave them: opened, read, recovered.
#include <algorithm>
#include <cstdlib>

#include "hw/log.hpp"
#include "imaging/pack.hpp"
#include "tests/support/memory_file_system.hpp"

using namespace resus;  // NOLINT: one program, one file

namespace {

void read_all(const imaging::Pack& pack) {
  for (std::uint32_t frame = 0; frame < std::min(pack.frame_count(), 64u); ++frame) {
    const auto entry = pack.entry(frame);
    if (!entry) std::abort();
    std::vector<std::byte> raw(entry.value().raw_bytes);
    const auto ids = pack.ids(frame);
    if (ids && ids.value().size() != entry.value().blocks()) std::abort();
    const bool whole = pack.read(frame, raw).has_value();
    std::vector<std::byte> front(raw.size() / 2 + 1);
    if (pack.read_front(frame, front) && whole && !std::equal(front.begin(), front.end(), raw.begin())) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hw::set_log_sink([](auto, auto, auto) {});
  test::MemoryFileSystem files;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!files.replace("a", bytes) || !files.replace("b", bytes)) std::abort();
  if (const auto pack = imaging::Pack::open(files, "a", 1)) read_all(*pack.value());
  auto writer = imaging::PackWriter::recover(files, "b", 1);
  if (!writer || !writer.value()->seal("c")) std::abort();
  const auto again = imaging::Pack::open(files, "c", 1);
  if (!again || again.value()->frame_count() != writer.value()->pack()->frame_count()) std::abort();
  read_all(*again.value());
  return 0;
}
