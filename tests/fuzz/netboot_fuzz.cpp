// What anybody on the boot network may ask and say: MAC addresses, tickets, queries of the boot script, and through
// the names of DHCP clients the log of dnsmasq.
#include <cstdlib>

#include "hw/log.hpp"
#include "netboot/boot_service.hpp"
#include "netboot/dnsmasq_supervisor.hpp"
#include "tests/support/fake_processes.hpp"
#include "tests/support/memory_file_system.hpp"

using namespace resus;  // NOLINT: one program, one file

namespace {

constexpr hw::UtcTime kNow{std::chrono::hours{490'000}};

bool is_mac(std::string_view text) {
  return text.size() == 17 && text.find_first_not_of("0123456789abcdef:") == std::string_view::npos;
}

netboot::BootFiles boot_files() {
  test::MemoryFileSystem files;
  for (const auto* name : {"/boot/vmlinuz", "/boot/initrd.img", "/boot/undionly.kpxe", "/boot/snponly.efi"}) {
    if (!files.make_directories("/boot") || !files.replace(name, name)) std::abort();
  }
  return netboot::BootFiles::load(files, "/boot", "/boot", {}).value();
}

void script(std::string_view text) {
  static const netboot::BootFiles files = boot_files();
  static const netboot::BootTickets tickets("key");
  const auto lookup = [](const netboot::BootClient& client) {
    if (!is_mac(client.mac)) std::abort();
    return netboot::BootFacts{};
  };
  netboot::BootService service(files, tickets, lookup, [](const auto&, auto) {});
  const auto split = text.find('?');
  const std::string path(text.substr(0, split));
  const std::string query(split == std::string_view::npos ? "" : text.substr(split + 1));
  for (const auto& asked : {path, std::string("/boot.ipxe")}) {
    const auto answer = service.answer(asked, query, "10.0.0.9", kNow);
    if (answer.body == nullptr) std::abort();
    // What a stranger says never becomes a line of a script.
    if (answer.status == 200 && asked == "/boot.ipxe" && !answer.body->starts_with("#!ipxe\n")) std::abort();
  }
}

void dnsmasq_log(std::string_view text) {
  test::MemoryFileSystem files;
  test::FakeProcesses processes;
  if (!files.make_directories("/run/depot")) std::abort();
  netboot::DnsmasqSupervisor supervisor(processes, files, "dnsmasq", "/run/depot");
  if (!supervisor.configure("port=0\n")) std::abort();
  netboot::RestartPolicy::Time now{};
  supervisor.tick(now);
  if (!files.replace("/run/depot/dnsmasq.log", text)) std::abort();
  processes.die(1000);
  supervisor.tick(now + std::chrono::milliseconds(1));
  for (const char c : supervisor.health().detail) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) std::abort();  // one line, and nothing a terminal obeys
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const netboot::BootTickets tickets("key");
  hw::set_log_sink([](auto, auto, auto) {});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto mac = netboot::canonical_mac(text); mac && !is_mac(mac.value())) std::abort();
  if (tickets.check(text, kNow)) std::abort();  // nobody guesses a proof
  script(text);
  dnsmasq_log(text);
  return 0;
}
