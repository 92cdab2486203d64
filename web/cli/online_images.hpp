#pragma once
// `resus image …` at the running depot.
#include "web/cli/image_commands.hpp"

namespace resus::web {

/// As the commands of the same names on a store of one's own. `data`: the running depot's folder.
[[nodiscard]] hw::Result<int> online_image_import(Environment& environment, const std::string& data,
                                                  const ImportArguments& arguments, bool detach, const std::stop_token& stop);
[[nodiscard]] hw::Result<int> online_image_list(Environment& environment, const std::string& data);
[[nodiscard]] hw::Result<int> online_image_show(Environment& environment, const std::string& data, const std::string& image);
[[nodiscard]] hw::Result<int> online_image_verify(Environment& environment, const std::string& data, const std::string& image,
                                                  bool detach, const std::stop_token& stop);

}  // namespace resus::web
