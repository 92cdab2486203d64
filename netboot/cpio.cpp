#include "netboot/cpio.hpp"

#include <array>
#include <cstdio>
#include <set>

namespace resus::netboot {
namespace {

constexpr unsigned kDirectory = 0040755;
constexpr unsigned kRegularFile = 0100000;

void pad(std::string& archive) { archive.append((4 - archive.size() % 4) % 4, '\0'); }

void add_entry(std::string& archive, unsigned inode, const std::string& name, unsigned mode, const std::string& content) {
  const unsigned links = mode == kDirectory ? 2 : 1;
  std::array<char, 111> header{};
  std::snprintf(header.data(), header.size(), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", inode, mode,
                0U, 0U, links, 0U, static_cast<unsigned>(content.size()), 0U, 0U, 0U, 0U,
                static_cast<unsigned>(name.size() + 1), 0U);
  archive += header.data();
  archive += name;
  archive += '\0';
  pad(archive);
  archive += content;
  pad(archive);
}

}  // namespace

std::string cpio_archive(const std::vector<CpioFile>& files) {
  std::string archive;
  std::set<std::string> directories;
  unsigned inode = 0;
  for (const CpioFile& file : files) {
    for (auto slash = file.path.find('/'); slash != std::string::npos; slash = file.path.find('/', slash + 1)) {
      const std::string directory = file.path.substr(0, slash);
      if (directories.insert(directory).second) add_entry(archive, ++inode, directory, kDirectory, "");
    }
    add_entry(archive, ++inode, file.path, kRegularFile | (file.mode & 07777U), file.content);
  }
  add_entry(archive, 0, "TRAILER!!!", 0, "");
  return archive;
}

}  // namespace resus::netboot
