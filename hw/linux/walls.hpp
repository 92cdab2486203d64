#pragma once
// Walls around a helper program that reads hostile bytes: hw::Confinement as the kernel knows it. For hw/linux only.
#include <linux/filter.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "hw/fd.hpp"
#include "hw/process.hpp"

namespace resus::hw {

/// Prepared before the fork, put up by the child between fork and exec with system calls alone.
///
/// Two walls keep the program away from files: a root of its own (user and mount namespace; only the system's programs,
/// read-only, and the folder are in it) and Landlock. Either is enough and both are put up where the kernel grants them;
/// without any it does not start. Besides, always: a filter of system calls (no sockets, no processes, no changes of
/// owners and modes by name), limits, no new privileges, no capabilities; as root another user; and a network of its own
/// where namespaces are granted.
class Walls {
 public:
  /// Errors: kProcess (the folder cannot be opened).
  [[nodiscard]] static Result<Walls> prepare(const Confinement& confinement);
  /// In the child, which must end when this gives the name of the step that failed (errno says why); null when all stand.
  [[nodiscard]] const char* put_up(pid_t parent) const noexcept;

 private:
  /// Something of "/" that the program sees: a folder, or a link like /lib on a system with one /usr.
  struct Seen {
    std::string source;
    std::string place;   ///< below the new root
    std::string target;  ///< of the link; empty: a folder
  };
  Walls() = default;
  void list_system();
  void make_rules();
  [[nodiscard]] bool add_rule(const std::string& path, std::uint64_t access);
  [[nodiscard]] bool leave_namespaces(bool& still_root) const noexcept;
  [[nodiscard]] bool enter_own_root() const noexcept;
  [[nodiscard]] const char* limit() const noexcept;

  Confinement confinement_;
  std::vector<Seen> system_;
  UniqueFd rules_;  ///< Landlock's; not valid where the kernel has none
  std::vector<sock_filter> filter_;
  std::string user_map_, group_map_;
};

}  // namespace resus::hw
