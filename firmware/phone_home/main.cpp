// phone-home: run once by the restored system, it tells the depot that the machine starts from its own disk again.
// Ends with 0 when the depot has taken the message; its service starts it again until then.
#include <csignal>
#include <iostream>
#include <vector>

#include "hw/linux/clock.hpp"
#include "hw/linux/file_system.hpp"
#include "web/messages/problem.hpp"
#include "web/messages/recovery.hpp"
#include "web/transport/http_client.hpp"

namespace resus::phone_home {
namespace {

constexpr std::size_t kMaxFileBytes = 64 * 1024;

std::string first_line(hw::FileSystem& files, const std::string& path) {
  const auto text = files.read_all(path, kMaxFileBytes);
  return text ? text.value().substr(0, text.value().find_first_of("\n ")) : std::string();
}

hw::Result<void> report(const std::string& config_path) {
  hw::LinuxFileSystem files;
  RESUS_TRY(const auto text, files.read_all(config_path, kMaxFileBytes));
  RESUS_TRY(const auto depot, messages::decode<messages::PhoneHomeTarget>(text));
  const messages::PhoneHome message{.token = depot.token,
                                    .hostname = first_line(files, "/proc/sys/kernel/hostname"),
                                    .boot_time = hw::to_rfc3339(hw::SystemClock().now())};
  const auto body = encode(message);
  RESUS_TRY(auto client, transport::HttpClient::open(
                             {.address = depot.host, .port = depot.port, .server_spki_sha256 = depot.spki_sha256}));
  const transport::ClientRequest request{.method = "POST", .target = "/phone-home", .body = body};
  RESUS_TRY(const auto answer, client.call(request));
  if (!answer.ok()) return hw::failure(messages::error_from_problem(static_cast<int>(answer.status), answer.body));
  return hw::success();
}

}  // namespace
}  // namespace resus::phone_home

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 2 || arguments[0] != "--config") {
    std::cerr << "usage: phone-home --config FILE\n";
    return 2;
  }
  const auto outcome = resus::phone_home::report(arguments[1]);
  if (outcome) return 0;
  std::cerr << outcome.error().to_string() << "\n";
  return 1;
}
