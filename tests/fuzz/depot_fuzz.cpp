// What the depot reads from a person or from its own disk: resus.toml, batches, a machine's row, sessions.
#include <cstdlib>

#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_file_system.hpp"
#include "web/depot/batches.hpp"
#include "web/depot/catalogue.hpp"
#include "web/depot/config.hpp"
#include "web/depot/sign_in.hpp"

using namespace resus;  // NOLINT: one program, one file

namespace {

/// A depot's records, all in memory.
struct Room {
  test::MemoryFileSystem files;
  test::FakeClock clock;
  imaging::SigningKey key = imaging::SigningKey::generate().value();
  std::unique_ptr<depot::Catalogue> catalogue = depot::open_sqlite_catalogue(":memory:").value();
  std::unique_ptr<imaging::CustodyLog> custody = imaging::CustodyLog::open(files, "/custody.log", key, clock).value();
  std::unique_ptr<depot::Machines> machines = depot::Machines::open(*catalogue, *custody, clock, "depot").value();
  depot::SignIn sign_in{*catalogue, clock, "0123456789abcdef0123456789abcdef"};
};

void config(std::string_view text) {
  depot::Config config;
  const auto applied = depot::apply_toml(config, text, "resus.toml");
  if (applied) {
    (void)depot::check_config(config).has_value();
    return;
  }
  // Whoever wrote it is told where.
  if (applied.error().code != hw::Code::kUsage || !applied.error().context.starts_with("resus.toml:")) std::abort();
}

void batch(const Room& room, std::string_view text) {
  const auto request = depot::parse_batch(text, *room.machines);
  if (request && request.value().ids.size() > 10'000) std::abort();
}

void machine(std::string_view text) {
  const auto record = depot::machine_from_json(text);
  if (!record) return;
  const auto json = depot::to_json(record.value());
  const auto again = depot::machine_from_json(json);
  if (!again || depot::to_json(again.value()) != json) std::abort();
}

/// Nobody is signed in here.
void session(const Room& room, std::string_view text) {
  for (const char* name : {"Cookie", "Authorization"}) {
    transport::Request request;
    request.headers.add(name, std::string(text));
    if (room.sign_in.who(request)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Room room;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  config(text);
  batch(room, text);
  machine(text);
  session(room, text);
  return 0;
}
