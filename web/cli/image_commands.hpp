#pragma once
// `resus image …` on a store of one's own.
#include <stop_token>
#include <string>

#include "web/cli/workbench.hpp"

namespace resus::web {

struct ImportArguments {
  std::string source;  ///< disk, image file, or evidence id ("ev-…")
  std::string name;
};
[[nodiscard]] hw::Result<int> image_import(Environment& environment, const std::string& store,
                                           const ImportArguments& arguments, const std::stop_token& stop);
[[nodiscard]] hw::Result<int> image_list(Environment& environment, const std::string& store);
[[nodiscard]] hw::Result<int> image_show(Environment& environment, const std::string& store, const std::string& image);
[[nodiscard]] hw::Result<int> image_verify(Environment& environment, const std::string& store, const std::string& image,
                                           const std::stop_token& stop);

struct DeployArguments {
  std::string image;
  std::string disk;
  std::string store;
  std::string evidence_id;    ///< evidence of this very disk; verified again before the permit is signed
  std::string waiver_reason;  ///< write without evidence; the reason stands in the permit and the custody log
  std::string operator_name;
  bool dry_run = false;
};
/// Lays an image onto a disk. Without evidence and waiver the disk is copied and verified first.
/// **Destroys** the disk's content once the permit is signed.
[[nodiscard]] int image_deploy(Environment& environment, const DeployArguments& arguments,
                               const std::stop_token& stop);

}  // namespace resus::web
