#include "netboot/boot_files.hpp"

#include <array>
#include <string_view>

#include "netboot/cpio.hpp"

namespace resus::netboot {
namespace {

// The image recipe stops at 40 MB for kernel and image together; this only guards against a wrong file.
constexpr std::size_t kLargestFile = 256U << 20;
constexpr std::array<std::string_view, 2> kNeeded = {"undionly.kpxe", "snponly.efi"};
constexpr std::array<std::string_view, 2> kFallbacks = {"ipxe.pxe", "ipxe.efi"};

hw::Result<std::string> read(hw::FileSystem& files, const std::string& directory, std::string_view name) {
  return files.read_all(directory + "/" + std::string(name), kLargestFile);
}

SharedBytes share(std::string bytes) { return std::make_shared<const std::string>(std::move(bytes)); }

}  // namespace

hw::Result<BootFiles> BootFiles::load(hw::FileSystem& files, const std::string& image_directory,
                                      const std::string& ipxe_directory, const ImageConfig& config) {
  BootFiles loaded;
  RESUS_TRY(auto kernel, read(files, image_directory, "vmlinuz"));
  RESUS_TRY(auto image, read(files, image_directory, "initrd.img"));
  image.append((4 - image.size() % 4) % 4, '\0');
  image += cpio_archive({{.path = "etc/resus/agent.json", .content = config.agent_json}});
  loaded.by_name_["vmlinuz"] = share(std::move(kernel));
  loaded.by_name_["initrd.img"] = share(std::move(image));
  for (const auto name : kNeeded) {
    RESUS_TRY(auto bytes, read(files, ipxe_directory, name));
    loaded.by_name_[std::string(name)] = share(std::move(bytes));
  }
  for (const auto name : kFallbacks) {
    auto bytes = read(files, ipxe_directory, name);
    if (bytes) loaded.by_name_[std::string(name)] = share(std::move(bytes.value()));
  }
  return loaded;
}

SharedBytes BootFiles::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace resus::netboot
