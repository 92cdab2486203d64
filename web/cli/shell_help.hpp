#pragma once
// What the parser knows of its own commands, for bash and man(1). Pure.
#include <string>

namespace CLI {
class App;
}

namespace resus::web {

/// A script that bash-completion loads: subcommands, options, and the values of options that take one of a few words.
[[nodiscard]] std::string bash_completion(const CLI::App& app);
/// resus(1): what there is, exit statuses, files. Source: man-pages(7).
[[nodiscard]] std::string man_page(const CLI::App& app);
/// resus-GROUP(1): every command of one group with its options.
[[nodiscard]] std::string man_page_of_group(const CLI::App& group);

}  // namespace resus::web
