// What devices and the kernel say of them: serial numbers, counters, mounts, module tables.
#include <algorithm>
#include <cstdlib>
#include <span>

#include "hw/device_facts.hpp"
#include "hw/firmware_state.hpp"
#include "hw/linux/disk_identity.hpp"
#include "hw/linux/kernel_lines.hpp"
#include "hw/linux/module_index.hpp"
#include "hw/plain_text.hpp"
#include "imaging/disk_survey.hpp"

using namespace resus;  // NOLINT: one program, one file

namespace {

/// All four tables from one text, and every module they name.
void modules(std::string_view text) {
  const std::string table(text);
  const hw::ModuleIndex index({.dependencies = table, .aliases = table, .soft_dependencies = table, .builtin = table});
  for (const auto& name : index.matching(text.substr(0, 200))) (void)index.load_order(name).has_value();
  const auto name = hw::module_name_of(text.substr(0, text.find(':')));
  if (name.find('-') != std::string::npos) std::abort();
  if (const auto files = index.load_order(name); files && files.value().size() > index.module_count()) std::abort();
}

/// Every answer of a device from the same bytes: cut to the lengths that are believed, and as they are.
void answers(std::span<const std::byte> bytes) {
  const auto cut = [&](std::size_t size) {
    std::vector<std::byte> page(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(size, bytes.size())));
    page.resize(size);
    return page;
  };
  const std::vector<std::byte> whole(bytes.begin(), bytes.end());
  const hw::DeviceAnswers believed{.ata_identify = cut(512), .dco_identify = cut(512), .smart_data = cut(512),
                                   .native_max_sense = whole, .smart_status_sense = whole, .nvme_controller = cut(4096),
                                   .nvme_namespaces = cut(4096), .nvme_health = cut(512), .opal_discovery = whole};
  const auto facts = hw::facts_of(believed);
  if (facts.smart.size() > 30 || facts.nvme_namespaces.size() > 1024) std::abort();
  for (const auto& question : hw::questions_of(facts, {.size_bytes = 1 << 20})) {
    if (question.text.empty()) std::abort();
  }
  (void)imaging::encryption_sign(bytes);
}

void firmware(std::span<const std::byte> bytes) {
  const auto entry = hw::parse_boot_entry(0, bytes);
  if (entry && entry.value().file.size() + entry.value().description.size() > 2 * bytes.size()) std::abort();
  if (!hw::is_utf8(hw::utf8_of_utf16(bytes))) std::abort();
  const std::string value(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string global = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
  hw::FirmwareState state;
  for (const char* name : {"BootOrder", "BootCurrent", "Boot0001"}) state.variables.push_back({.name = name, .vendor = global, .attributes = 0, .value = value});
  const auto boot = hw::boot_order_of(state);
  if (boot.order.size() != bytes.size() / 2 || boot.entries.size() != (entry ? 1U : 0U)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (hw::serial_of_vpd_page(text).size() > size) std::abort();
  (void)hw::written_of_stat(text).has_value();
  (void)hw::is_mounted(text, {"8:1"});
  const auto plain = hw::plain_text(text);
  if (plain != hw::plain_text(plain)) std::abort();
  for (const auto& line : hw::write_error_lines(text, "sda")) {
    if (line.find("sda") == std::string::npos) std::abort();
  }
  for (const auto& line : hw::lifted_area_lines(text, "sda", "ata1")) {
    if (line.find("sda") == std::string::npos && line.find("ata1.") == std::string::npos) std::abort();
  }
  if (const auto before = hw::sectors_before_lift(text, "ata1", 40000000); before >= 40000000) std::abort();
  answers(std::as_bytes(std::span(data, size)));
  firmware(std::as_bytes(std::span(data, size)));
  modules(text);
  return 0;
}
