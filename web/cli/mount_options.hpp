#pragma once
// What `evidence mount` and `image mount` are told alike. Only the *_group.cpp files include it.
#include <CLI/CLI.hpp>

#include "web/cli/disk_mount.hpp"

namespace resus::web {

inline constexpr const char* kMountFooter =
    "Nothing in the store is\n"
    "changed, nothing is locked, and no line is left in the custody log. Every block is compared with its id before it is given\n"
    "out; reading a damaged one fails (EIO) and stands in damage.txt, the rest can be read.\n"
    "`fusermount3 -u DIRECTORY` ends it, or SIGTERM to the process.";

inline void add_mount_options(CLI::App& command, MountArguments& given) {
  command.add_option("directory", given.directory, "An empty folder")->required();
  command.add_option("--store", given.source.store, "The store, or a copy of one; also while a depot works on it")->required();
  command.add_option("--keys", given.source.keys, "Believe only the public keys of this file (base64, one a line)");
  command.add_flag("--foreground", given.foreground, "Stay until Ctrl-C or fusermount3 -u, and tell of damage on standard error");
  command.add_option("--cache", given.cache_bytes, "Memory for unpacked data, in bytes; without it a quarter of the machine's. A disk whose data fits is kept in the system's cache once it is read here and there");
}

}  // namespace resus::web
