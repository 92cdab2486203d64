#include "hw/linux/firmware_state.hpp"

#include <algorithm>

#include "hw/byte_fields.hpp"
#include "hw/linux/file_io.hpp"
#include "hw/linux/file_system.hpp"

namespace resus::hw {
namespace {

constexpr std::size_t kGuidText = 36;
constexpr std::size_t kAttributes = 4;
constexpr std::size_t kMostVariables = 1000;  ///< PCs have some two hundred

/// "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c": four bytes of attributes, then the value. Source: the kernel's
/// Documentation/filesystems/efivarfs.rst.
Result<UefiVariable> read_variable(const std::string& folder, const std::string& file) {
  if (file.size() < kGuidText + 2 || file[file.size() - kGuidText - 1] != '-') return fail(Code::kBadInput, "is no variable's name");
  RESUS_TRY(const auto content, read_text(folder + "/" + file));
  if (content.size() < kAttributes) return fail(Code::kBadInput, "has no attributes");
  const auto bytes = std::as_bytes(std::span(content));
  return UefiVariable{.name = file.substr(0, file.size() - kGuidText - 1),
                      .vendor = file.substr(file.size() - kGuidText),
                      .attributes = static_cast<std::uint32_t>(little_endian(bytes, 0, kAttributes)),
                      .value = content.substr(kAttributes)};
}

}  // namespace

FirmwareState read_firmware_state(const MachineRoots& roots) {
  constexpr std::size_t kMostLogBytes = 16 << 20;
  FirmwareState state;
  const std::string folder = roots.sys + paths::kSysEfiVariables;
  if (auto names = LinuxFileSystem().list(folder)) {
    std::ranges::sort(names.value());
    if (names.value().size() > kMostVariables) state.notes.push_back("of " + std::to_string(names.value().size()) + " variables the first " + std::to_string(kMostVariables));
    names.value().resize(std::min(names.value().size(), kMostVariables));
    for (const auto& name : names.value()) {
      if (auto variable = read_variable(folder, name)) state.variables.push_back(std::move(variable.value()));
      else state.notes.push_back(name + ": " + variable.error().to_string());
    }
  }
  auto log = read_text(roots.sys + paths::kSysTpmLog, kMostLogBytes);
  if (log) state.tpm_log = std::move(log.value());
  else if (log.error().code != Code::kNotFound) state.notes.push_back("the TPM's log: " + log.error().to_string());
  return state;
}

}  // namespace resus::hw
