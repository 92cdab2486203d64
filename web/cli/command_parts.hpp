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
  std::string tsa_ca;                    ///< file of a time-stamp authority's certificates; empty: stamps are not checked
  std::string keys;                      ///< file of the public keys that are believed; empty: the store's own
  [[nodiscard]] bool online() const { return store.empty(); }
};

inline void add_place(CLI::App& command, Place& place) {
  auto* store = command.add_option("--store", place.store, "A store of your own (workbench, copied evidence); without it the running depot is asked");
  command.add_option("--data", place.data, "The running depot's folder")->capture_default_str()->excludes(store);
}

/// For what only looks: verification by public keys alone.
inline void add_keys(CLI::App& command, Place& place) {
  command.add_option("--keys", place.keys, "Believe only the public keys of this file (base64, one a line) and change nothing in the store: no lock, no custody line")
      ->needs("--store");
}

inline void add_tsa_ca(CLI::App& command, Place& place) {
  command.add_option("--tsa-ca", place.tsa_ca, "Check the time stamp against these certificates (PEM); a depot uses those of its configuration")
      ->needs("--store");
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

/// A subcommand that works on a depot's folder, or asks the depot that left its address there.
template <class Arguments, class Run>
CLI::App* add_command(CLI::App& group, CommandContext& context, const char* name, const char* help,
                      const std::shared_ptr<Arguments>& given, Run run) {
  auto* command = group.add_subcommand(name, help);
  command->add_option("--data", given->data, "The depot's folder")->capture_default_str();
  on_run(command, context, given, std::move(run));
  return command;
}

}  // namespace resus::web
