// A custody log of which somebody else wrote any bytes: opened, checked, gone on with.
#include <cstdlib>

#include "imaging/custody.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_file_system.hpp"

using namespace resus;  // NOLINT: one program, one file

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key = imaging::SigningKey::generate().value();
  const auto trusted = key.public_key();
  const test::FakeClock clock;
  test::MemoryFileSystem files;
  // One good line first, so that the input stands where a tail or a forged line would.
  const auto path = "/custody.jsonl";
  if (!imaging::CustodyLog::open(files, path, key, clock).value()->append({.actor = "a", .action = "b"})) std::abort();
  auto text = *files.content(path);
  text.append(reinterpret_cast<const char*>(data), size);
  if (!files.replace(path, text)) std::abort();

  const auto report = imaging::verify_custody(files, path, std::span(&trusted, 1));
  if (!report || report.value().entries != 1) std::abort();
  if (auto log = imaging::CustodyLog::open(files, path, key, clock)) {
    // It was only a torn tail: the log goes on, whole again.
    if (!log.value()->append({.actor = "a", .action = "c"})) std::abort();
    const auto after = imaging::verify_custody(files, path, std::span(&trusted, 1));
    if (!after || after.value().first_broken_line || after.value().entries < 2) std::abort();
  }
  return 0;
}
