#include "hw/linux/module_index.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <sstream>

namespace resus::hw {
namespace {

std::string with_underscores(std::string_view name) {
  std::string result(name);
  std::ranges::replace(result, '-', '_');
  return result;
}

std::vector<std::string> words_of(std::string_view line) {
  std::istringstream stream{std::string(line)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

template <class Each>
void for_each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (end > 0 && text[0] != '#') each(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string_view bus_of(std::string_view modalias) { return modalias.substr(0, modalias.find(':')); }

/// Most patterns differ from the device before their first wildcard; that is far quicker seen.
bool matches(const std::string& pattern, const std::string& modalias) {
  const auto literal = std::string_view(pattern).substr(0, pattern.find_first_of("*?["));
  return modalias.starts_with(literal) && ::fnmatch(pattern.c_str(), modalias.c_str(), 0) == 0;
}

}  // namespace

std::string module_name_of(std::string_view file) {
  const auto name = file.substr(file.rfind('/') + 1);
  return with_underscores(name.substr(0, name.find(".ko")));
}

std::string module_parameters(const KernelWords& command_line, std::string_view module) {
  std::string parameters;
  for (const auto& [key, value] : command_line) {
    const auto dot = key.find('.');
    if (dot == std::string::npos || with_underscores(std::string_view(key).substr(0, dot)) != module) continue;
    if (!parameters.empty()) parameters += ' ';
    parameters += key.substr(dot + 1);
    if (!value.empty()) parameters += value.find(' ') == std::string::npos ? "=" + value : "=\"" + value + "\"";
  }
  return parameters;
}

ModuleIndex::ModuleIndex(const ModuleFiles& files) {
  for_each_line(files.dependencies, [&](auto line) { add_dependencies(line); });
  for_each_line(files.builtin, [&](auto line) { builtin_.insert(module_name_of(line)); });
  for_each_line(files.aliases, [&](auto line) { add_alias(line); });
  for_each_line(files.soft_dependencies, [&](auto line) { add_soft_dependencies(line); });
}

void ModuleIndex::add_dependencies(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return;
  Module& module = modules_[module_name_of(line.substr(0, colon))];
  module.file = line.substr(0, colon);
  for (const auto& file : words_of(line.substr(colon + 1))) module.needs.push_back(module_name_of(file));
}

void ModuleIndex::add_alias(std::string_view line) {
  const auto words = words_of(line);
  if (words.size() != 3 || words[0] != "alias") return;
  aliases_[std::string(bus_of(words[1]))].emplace_back(words[1], with_underscores(words[2]));
}

void ModuleIndex::add_soft_dependencies(std::string_view line) {
  const auto words = words_of(line);
  if (words.size() < 4 || words[0] != "softdep") return;
  const auto found = modules_.find(with_underscores(words[1]));
  if (found == modules_.end()) return;
  bool before = false;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "pre:" || words[i] == "post:") {
      before = words[i] == "pre:";
    } else if (before) {
      found->second.soft.push_back(words[i]);
    }
  }
}

std::vector<std::string> ModuleIndex::matching(std::string_view modalias) const {
  std::vector<std::string> found;
  const auto bus = aliases_.find(bus_of(modalias));
  if (bus == aliases_.end()) return found;
  const std::string device(modalias);
  for (const auto& [pattern, module] : bus->second) {
    if (std::ranges::find(found, module) == found.end() && matches(pattern, device)) found.push_back(module);
  }
  return found;
}

void ModuleIndex::order(const std::string& name, std::set<std::string>& seen, std::vector<std::string>& files) const {
  const auto found = modules_.find(name);
  if (found == modules_.end() || !seen.insert(name).second) return;
  for (const auto& soft : found->second.soft) {
    order(with_underscores(soft), seen, files);
    for (const auto& module : matching(soft)) order(module, seen, files);
  }
  // modules.dep lists everything a module needs, the most basic last.
  for (auto need = found->second.needs.rbegin(); need != found->second.needs.rend(); ++need) order(*need, seen, files);
  files.push_back(found->second.file);
}

Result<std::vector<std::string>> ModuleIndex::load_order(std::string_view name) const {
  const std::string wanted = with_underscores(name);
  std::set<std::string> seen;
  std::vector<std::string> files;
  order(wanted, seen, files);
  if (!files.empty() || builtin_.contains(wanted)) return files;
  for (const auto& module : matching(name)) order(module, seen, files);
  if (files.empty()) return fail(Code::kNotFound, "kernel module " + std::string(name));
  return files;
}

}  // namespace resus::hw
