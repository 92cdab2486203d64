#pragma once
// Loads the drivers of what is plugged in, without udev.
#include <set>
#include <string>
#include <vector>

#include "hw/linux/module_index.hpp"
#include "hw/linux/paths.hpp"
#include "hw/result.hpp"

namespace resus::hw {

/// Inserts one module file into the kernel. A seam: tests have no kernel to give away.
class ModuleLoader {
 public:
  virtual ~ModuleLoader() = default;
  /// One that is loaded already is a success. `parameters`: "ignore_hpa=1", may be empty.
  /// Errors: kNotFound, kInternal with the kernel's words.
  [[nodiscard]] virtual Result<void> insert(const std::string& path, const std::string& parameters) = 0;
};

/// finit_module(2) on uncompressed .ko files.
class LinuxModuleLoader : public ModuleLoader {
 public:
  [[nodiscard]] Result<void> insert(const std::string& path, const std::string& parameters) override;
};

struct ColdPlugReport {
  std::vector<std::string> loaded;    ///< names, in order
  std::vector<std::string> failures;  ///< one line each; a driver that fails must not stop the others
};

/// Walks the devices, loads what matches, and repeats until nothing new appears.
///
/// It loads drivers of devices only; file systems, md, dm and the like have no modalias and come by
/// load() when they are wanted, which is never before the copy (see "Read-only is not a write blocker").
/// Threads: one.
class ColdPlug {
 public:
  /// `modules_directory`: where modules.dep lies. `command_line`: the kernel's, for the parameters of modules in it.
  /// Errors: kNotFound without modules.dep.
  [[nodiscard]] static Result<ColdPlug> open(const std::string& modules_directory, ModuleLoader& loader, KernelWords command_line = {},
                                             std::string sys_root = paths::kSys);

  /// One pass to its end. Disks behind a bus that answers late (USB, SCSI) appear after it: call again;
  /// what was seen before is not tried again.
  ColdPlugReport run();
  /// One module by name or alias with all it needs. Errors: kNotFound, kInternal.
  [[nodiscard]] Result<void> load(const std::string& name);

 private:
  ColdPlug(std::string directory, ModuleIndex index, ModuleLoader& loader, KernelWords command_line, std::string sys_root)
      : directory_(std::move(directory)),
        index_(std::move(index)),
        loader_(&loader),
        command_line_(std::move(command_line)),
        sys_root_(std::move(sys_root)) {}
  [[nodiscard]] std::set<std::string> modaliases() const;
  [[nodiscard]] Result<void> insert_all(const std::vector<std::string>& files, std::vector<std::string>& loaded);

  std::string directory_;
  ModuleIndex index_;
  ModuleLoader* loader_;
  KernelWords command_line_;
  std::string sys_root_;
  std::set<std::string> seen_modaliases_;
  std::set<std::string> inserted_;
  std::set<std::string> failed_;
};

/// "/lib/modules/6.1.0-37-amd64" of the running kernel.
[[nodiscard]] std::string running_modules_directory();

}  // namespace resus::hw
