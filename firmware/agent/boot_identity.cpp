#include "firmware/agent/boot_identity.hpp"

#include <openssl/rand.h>

#include <array>

#include "imaging/block.hpp"

namespace resus::agent {

namespace {

constexpr std::size_t kMaxPemBytes = 16 * 1024;

hw::Result<BootIdentity> kept(hw::FileSystem& files, const std::string& directory) {
  BootIdentity identity;
  RESUS_TRY(identity.boot_id, files.read_all(directory + "/boot-id", 64));
  RESUS_TRY(identity.key.key_pem, files.read_all(directory + "/agent.key", kMaxPemBytes));
  RESUS_TRY(identity.key.certificate_pem, files.read_all(directory + "/agent.pem", kMaxPemBytes));
  return identity;
}

hw::Result<std::string> random_id() {
  std::array<std::byte, 32> noise{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(noise.data()), static_cast<int>(noise.size())) != 1) {
    return hw::fail(hw::Code::kInternal, "no random bytes");
  }
  return imaging::to_hex(imaging::block_id(noise)).substr(0, 32);
}

}  // namespace

hw::Result<BootIdentity> boot_identity(hw::FileSystem& files, const std::string& directory) {
  if (auto earlier = kept(files, directory)) return earlier;
  BootIdentity identity;
  RESUS_TRY(identity.boot_id, random_id());
  RESUS_TRY(identity.key, transport::make_self_signed("resus-agent"));
  RESUS_TRY(files.make_directories(directory));
  RESUS_TRY(files.replace(directory + "/agent.key", identity.key.key_pem));
  RESUS_TRY(files.replace(directory + "/agent.pem", identity.key.certificate_pem));
  // Written last: without it the others count for nothing.
  RESUS_TRY(files.replace(directory + "/boot-id", identity.boot_id));
  return identity;
}

}  // namespace resus::agent
