#pragma once
// A machine without file systems and without a sandbox, for work that needs neither.
#include "hw/console.hpp"
#include "hw/file_tree.hpp"
#include "hw/sandbox.hpp"

namespace resus::test {

class NoTrees : public hw::FileTrees {
 public:
  hw::Result<std::unique_ptr<hw::FileTree>> open(const std::string& root) override { return hw::fail(hw::Code::kNotFound, root); }
};

class NoSandbox : public hw::Sandbox {
 public:
  hw::Result<int> run(const hw::SandboxPolicy&, const hw::SandboxTalk&, const std::function<int(hw::SandboxChild&)>&) override {
    return hw::fail(hw::Code::kProcess, "no sandbox");
  }
};

class QuietConsole : public hw::Console {
 public:
  void screen(std::string_view) override {}
  void line(std::string_view) override {}
  void keyboard_lights(bool) override {}
};

}  // namespace resus::test
