#include "web/cli/shell_help.hpp"

#include <CLI/CLI.hpp>

namespace resus::web {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_name().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->nonpositional(); });
}

std::vector<const CLI::Option*> arguments_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

/// "--output", "-o".
std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> words;
  for (const auto& name : option.get_lnames()) words.push_back("--" + name);
  for (const auto& name : option.get_snames()) words.push_back("-" + name);
  return words;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

/// Words of "TEXT:{full,proxy,off}", as CLI::IsMember describes itself.
std::string choices_of(const CLI::Option& option) {
  const auto type = option.get_type_name();
  const auto open = type.find('{');
  const auto close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return {};
  auto words = type.substr(open + 1, close - open - 1);
  std::replace(words.begin(), words.end(), ',', ' ');
  return words;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string quoted(const std::string& words) { return "'" + words + "'"; }

void add_case(std::string& cases, const std::string& pattern, const std::string& words) {
  cases += "    " + quoted(pattern) + ") words=" + quoted(words) + " ;;\n";
}

/// What may follow each chain of commands, the options above it included.
struct Cases {
  std::string commands, options, values;
};

void collect(const CLI::App& app, const std::string& path, std::vector<std::string> inherited, Cases& cases) {
  std::vector<std::string> names;
  for (const auto* command : commands_of(app)) names.push_back(command->get_name());
  if (!names.empty()) add_case(cases.commands, path, joined(names, " "));
  std::vector<std::string> own;
  for (const auto* option : options_of(app)) {
    for (const auto& word : spellings(*option)) {
      own.push_back(word);
      if (takes_value(*option)) add_case(cases.values, path + " " + word, choices_of(*option));
    }
  }
  add_case(cases.options, path, joined(own, " ") + (own.empty() || inherited.empty() ? "" : " ") + joined(inherited, " "));
  for (const auto* option : options_of(app)) {
    if (option != app.get_help_ptr() && option->get_lnames() != std::vector<std::string>{"version"}) {
      for (const auto& word : spellings(*option)) inherited.push_back(word);
    }
  }
  for (const auto* command : commands_of(app)) collect(*command, path + " " + command->get_name(), inherited, cases);
}

constexpr const char* kScript = R"BASH(# bash completion for resus; made by `resus completion bash`
_resus_commands() {
  case $1 in
@COMMANDS@  esac
}
_resus_options() {
  case $1 in
@OPTIONS@  esac
}
# Fails where the word before takes no value. No words: a file, or anything.
_resus_values() {
  case $1 in
@VALUES@    *) return 1 ;;
  esac
}
_resus() {
  local cur=${COMP_WORDS[COMP_CWORD]} path=resus words= i word
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
    words=
    _resus_commands "$path"
    [[ $word != -* && " $words " == *" $word "* ]] && path+=" $word"
  done
  words=
  COMPREPLY=()
  if ! _resus_values "$path ${COMP_WORDS[COMP_CWORD - 1]}"; then
    if [[ $cur == -* ]]; then _resus_options "$path"; else _resus_commands "$path"; fi
  fi
  [[ -n $words ]] && mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o default -F _resus resus
)BASH";

void put(std::string& text, const std::string& mark, const std::string& what) {
  text.replace(text.find(mark), mark.size(), what);
}

/// Text as roff shows it: nothing in it is a request or an escape, and a hyphen is one that can be copied.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if ((c == '.' || c == '\'') && out.empty()) out += std::string("\\&") + c;
    else out += c;
  }
  return out;
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string argument_word(const CLI::Option& option) {
  const auto word = upper(option.get_name(true));
  return option.get_items_expected_max() > 1 ? word + "..." : word;
}

void add_entry(std::string& page, const std::string& head, const std::string& text) {
  page += ".TP\n" + head + "\n" + roff(text) + "\n";
}

void add_options(std::string& page, const CLI::App& app) {
  for (const auto* argument : arguments_of(app)) add_entry(page, ".I " + roff(argument_word(*argument)), argument->get_description());
  for (const auto* option : options_of(app)) {
    if (option == app.get_help_ptr()) continue;
    std::string head = ".B " + roff(joined(spellings(*option), ", "));
    const auto choices = choices_of(*option);
    if (takes_value(*option)) head += choices.empty() ? " VALUE" : " " + roff(choices);
    auto text = option->get_description();
    if (option->get_required()) text += " (needed)";
    if (!option->get_default_str().empty()) text += " (default: " + option->get_default_str() + ")";
    add_entry(page, head, text);
  }
}

/// A command and, where it is a group of its own, those below it.
void add_command_section(std::string& page, const CLI::App& command, const std::string& path) {
  page += ".SS " + roff(path) + "\n" + roff(command.get_description()) + ".\n";
  add_options(page, command);
  for (const auto* below : commands_of(command)) add_command_section(page, *below, path + " " + below->get_name());
}

void add_synopsis(std::string& page, const CLI::App& command, const std::string& path) {
  for (const auto* below : commands_of(command)) add_synopsis(page, *below, path + " " + below->get_name());
  if (!commands_of(command).empty()) return;
  page += ".B " + roff(path) + "\n.RI [ options ]";
  for (const auto* argument : arguments_of(command)) page += " \" " + roff(argument_word(*argument)) + "\"";
  page += "\n.br\n";
}

std::string header(const std::string& name, const std::string& description) {
  return ".TH " + upper(roff(name)) + " 1 \"\" \"resus " RESUS_VERSION "\" \"Resus\"\n.SH NAME\n" + roff(name) + " \\- " + roff(description) + "\n";
}

/// Source: ExitStatus in web/cli/output.hpp.
constexpr const char* kExitStatuses = R"(.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Failed; standard error says what happened, what is safe and what to do.
.TP
.B 2
The command line or a configuration is wrong.
.TP
.B 3
A batch was done for some machines and failed for others.
.TP
.B 4
Not signed in, not approved, or not the peer that was expected.
.TP
.B 5
Not found, or the state is another than was assumed.
.TP
.B 6
No contact to the depot.
.TP
.B 130
Interrupted; everything done so far stays valid.
)";

}  // namespace

std::string bash_completion(const CLI::App& app) {
  Cases cases;
  collect(app, app.get_name(), {}, cases);
  std::string script = kScript;
  put(script, "@COMMANDS@", cases.commands);
  put(script, "@OPTIONS@", cases.options);
  put(script, "@VALUES@", cases.values);
  return script;
}

std::string man_page(const CLI::App& app) {
  auto page = header(app.get_name(), app.get_description());
  page += ".SH SYNOPSIS\n.B " + app.get_name() + "\n.RI [ options ] \" group command \" ...\n.SH COMMANDS\n";
  std::string also;
  for (const auto* group : commands_of(app)) {
    add_entry(page, ".B " + roff(group->get_name()), group->get_description());
    if (!commands_of(*group).empty()) also += std::string(also.empty() ? "" : ",\n") + ".BR " + roff(app.get_name() + "-" + group->get_name()) + " (1)";
  }
  page += ".SH OPTIONS\n";
  add_options(page, app);
  page += kExitStatuses;
  page += ".SH FILES\n.TP\n.I /etc/resus/resus.toml\nConfiguration of the depot.\n.TP\n.I /var/lib/resus\nEvidence, images, backups, keys and catalogue.\n";
  page += ".SH SEE ALSO\n" + also + "\n";
  return page;
}

std::string man_page_of_group(const CLI::App& group) {
  const auto root = group.get_parent()->get_name();
  auto page = header(root + "-" + group.get_name(), group.get_description());
  page += ".SH SYNOPSIS\n";
  add_synopsis(page, group, root + " " + group.get_name());
  page += ".SH COMMANDS\n";
  for (const auto* command : commands_of(group)) add_command_section(page, *command, root + " " + group.get_name() + " " + command->get_name());
  page += kExitStatuses;
  page += ".SH SEE ALSO\n.BR " + roff(root) + " (1)\n";
  return page;
}

}  // namespace resus::web
