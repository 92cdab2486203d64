#include "hw/linux/cold_plug.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "hw/linux/file_io.hpp"

namespace resus::hw {
namespace {

// modules.alias of a whole distribution kernel is 1.5 MB.
constexpr std::size_t kIndexBytes = 16 << 20;

std::string text_or_nothing(const std::string& path) {
  auto text = read_text(path, kIndexBytes);
  return text ? std::move(text).value() : std::string{};
}

/// Devices come and go while this walks: a folder that vanishes is skipped, its neighbours are not.
/// Links are not followed.
void collect_modaliases(const std::filesystem::path& folder, std::set<std::string>& found) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code gone;
    if (entry->symlink_status(gone).type() == fs::file_type::directory) {
      collect_modaliases(entry->path(), found);
    } else if (entry->path().filename() == "modalias") {
      if (auto modalias = read_attribute(entry->path().string()); !modalias.empty()) found.insert(std::move(modalias));
    }
  }
}

}  // namespace

std::string running_modules_directory() {
  utsname name{};
  ::uname(&name);
  return std::string(paths::kModules) + "/" + name.release;
}

Result<void> LinuxModuleLoader::insert(const std::string& path, const std::string& parameters) {
  RESUS_TRY(auto fd, open_file(path, O_RDONLY, Code::kInternal));
  if (::syscall(SYS_finit_module, fd.get(), parameters.c_str(), 0) == 0 || errno == EEXIST) return success();
  Error error = errno_error(Code::kInternal, "load " + path, errno);
  error.code = Code::kInternal;  // ENOENT here is a symbol the kernel misses, no missing file
  return failure(std::move(error));
}

Result<ColdPlug> ColdPlug::open(const std::string& modules_directory, ModuleLoader& loader, KernelWords command_line, std::string sys_root) {
  RESUS_TRY(auto dependencies, read_text(modules_directory + "/modules.dep", kIndexBytes));
  ModuleIndex index({.dependencies = std::move(dependencies),
                     .aliases = text_or_nothing(modules_directory + "/modules.alias"),
                     .soft_dependencies = text_or_nothing(modules_directory + "/modules.softdep"),
                     .builtin = text_or_nothing(modules_directory + "/modules.builtin")});
  return ColdPlug(modules_directory, std::move(index), loader, std::move(command_line), std::move(sys_root));
}

std::set<std::string> ColdPlug::modaliases() const {
  std::set<std::string> found;
  collect_modaliases(sys_root_ + paths::kSysDevices, found);
  return found;
}

Result<void> ColdPlug::insert_all(const std::vector<std::string>& files, std::vector<std::string>& loaded) {
  for (const auto& file : files) {
    if (inserted_.contains(file)) continue;
    auto name = module_name_of(file);
    RESUS_TRY(loader_->insert(directory_ + "/" + file, module_parameters(command_line_, name)));
    inserted_.insert(file);
    loaded.push_back(std::move(name));
  }
  return success();
}

ColdPlugReport ColdPlug::run() {
  ColdPlugReport report;
  for (bool again = true; again;) {
    again = false;
    for (const auto& modalias : modaliases()) {
      if (!seen_modaliases_.insert(modalias).second) continue;
      again = true;
      for (const auto& module : index_.matching(modalias)) {
        if (failed_.contains(module)) continue;
        const auto files = index_.load_order(module);
        if (!files) continue;  // an alias of a module that is not in this image
        if (auto done = insert_all(files.value(), report.loaded); !done) {
          failed_.insert(module);
          report.failures.push_back(module + ": " + done.error().to_string());
        }
      }
    }
  }
  return report;
}

Result<void> ColdPlug::load(const std::string& name) {
  RESUS_TRY(auto files, index_.load_order(name));
  std::vector<std::string> loaded;
  return insert_all(files, loaded);
}

}  // namespace resus::hw
