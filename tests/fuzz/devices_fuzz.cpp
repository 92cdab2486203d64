// What devices and the kernel say of them: serial numbers, counters, mounts, module tables.
#include <cstdlib>

#include "hw/linux/disk_identity.hpp"
#include "hw/linux/module_index.hpp"
#include "hw/plain_text.hpp"

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (hw::serial_of_vpd_page(text).size() > size) std::abort();
  (void)hw::written_of_stat(text).has_value();
  (void)hw::is_mounted(text, {"8:1"});
  const auto plain = hw::plain_text(text);
  if (plain != hw::plain_text(plain)) std::abort();
  modules(text);
  return 0;
}
