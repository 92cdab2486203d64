#pragma once
// Which kernel module serves which device: the files depmod(8) writes. No system calls.
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hw/result.hpp"

namespace resus::hw {

/// Texts of modules.dep, modules.alias, modules.softdep and modules.builtin; the last two may be empty.
struct ModuleFiles {
  std::string dependencies;
  std::string aliases;
  std::string soft_dependencies;
  std::string builtin;
};

/// Names have '_' where files have '-', as the kernel has it. Source: modules.dep(5), kmod's documentation.
class ModuleIndex {
 public:
  /// Lines that make no sense are skipped: an index with a damaged line still starts the machine.
  explicit ModuleIndex(const ModuleFiles& files);

  /// Modules whose alias patterns match a device's modalias ("pci:v00008086d000010D3sv…"), each once.
  [[nodiscard]] std::vector<std::string> matching(std::string_view modalias) const;
  /// Files to insert for a module, what it needs first, itself last; relative to the modules' folder.
  /// Empty for one that is built into the kernel. `name` may be an alias ("crypto-crc32c").
  /// Errors: kNotFound.
  [[nodiscard]] Result<std::vector<std::string>> load_order(std::string_view name) const;
  [[nodiscard]] std::size_t module_count() const { return modules_.size(); }

 private:
  struct Module {
    std::string file;
    std::vector<std::string> needs;  ///< names
    std::vector<std::string> soft;   ///< names or aliases, loaded before it if they exist
  };
  void add_dependencies(std::string_view line);
  void add_alias(std::string_view line);
  void add_soft_dependencies(std::string_view line);
  void order(const std::string& name, std::set<std::string>& seen, std::vector<std::string>& files) const;

  std::map<std::string, Module> modules_;
  std::set<std::string> builtin_;
  /// (pattern, module) by the part before the first colon ("pci", "usb", "virtio").
  std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> aliases_;
};

/// "kernel/drivers/net/virtio-net.ko.xz" gives "virtio_net".
[[nodiscard]] std::string module_name_of(std::string_view file);

/// Words of a kernel command line, as parse_command_line() gives them.
using KernelWords = std::vector<std::pair<std::string, std::string>>;

/// What the command line gives a module, as finit_module(2) takes it: "libata.ignore_hpa=1" is "ignore_hpa=1" for "libata".
/// Source: Documentation/admin-guide/kernel-parameters.rst.
[[nodiscard]] std::string module_parameters(const KernelWords& command_line, std::string_view module);

}  // namespace resus::hw
