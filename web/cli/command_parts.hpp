#pragma once
// What the groups of commands are made of. Only the *_group.cpp files include it.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "web/cli/command_line.hpp"

namespace resus::web {

/// Which store a command works on.
struct Place {
  std::string store;                     ///< a folder of one's own; empty: the running depot
  std::string data = "/var/lib/resus";   ///< the running depot's folder, where it leaves its address and a token
  [[nodiscard]] bool online() const { return store.empty(); }
};

inline void add_place(CLI::App& command, Place& place) {
  auto* store = command.add_option("--store", place.store, "A store of your own (workbench, copied evidence); without it the running depot is asked");
  command.add_option("--data", place.data, "The running depot's folder")->capture_default_str()->excludes(store);
}

inline void add_detach(CLI::App& command, bool& detach) {
  command.add_flag("--detach", detach, "Start the job at the running depot, print it and return; see resus job");
}

/// Arguments of one subcommand live as long as the parser: the callback owns them.
/// `run(environment, arguments)` gives a `Result<int>`; its error is printed and becomes the exit status. So does an answer
/// of the depot that lacks a field (another version): Boost.JSON throws there.
template <class Arguments, class Run>
void on_run(CLI::App* command, CommandContext& context, std::shared_ptr<Arguments> arguments, Run run) {
  command->callback([&context, arguments, run] {
    context.run = [arguments, run](Environment& environment) {
      try {
        const hw::Result<int> done = run(environment, *arguments);
        return done ? done.value() : environment.output.fail(done.error());
      } catch (const std::exception& bug) {
        return environment.output.fail(hw::make_error(hw::Code::kInternal, bug.what()));
      }
    };
  });
}

}  // namespace resus::web
