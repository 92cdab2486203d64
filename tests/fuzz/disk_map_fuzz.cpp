// Disk maps and deploy plans. What is accepted must be exactly what would be written.
#include <cstdlib>

#include "imaging/bytes.hpp"
#include "imaging/deploy_plan.hpp"
#include "imaging/disk_map.hpp"

using namespace resus::imaging;  // NOLINT: one program, one file

namespace {

void check(std::string_view bytes) {
  const auto map = DiskMap::decode(bytes);
  if (map && map.value().encode() != bytes) std::abort();
  const auto plan = DeployPlan::decode(bytes);
  if (plan && plan.value().encode() != bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  // A checksum no fuzzer would guess, so that the inner parser is reached.
  if (size < 32) return 0;
  ByteWriter digest;
  digest.digest(sha256(as_bytes(std::string_view(bytes).substr(0, size - 32))));
  bytes.replace(size - 32, 32, digest.view());
  check(bytes);
  return 0;
}
