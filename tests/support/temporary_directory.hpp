#pragma once
// A directory of the test's own, gone with the test.
#include <cstdlib>
#include <filesystem>
#include <string>

namespace resus::test {

class TemporaryDirectory {
 public:
  /// Beneath $TMPDIR or /tmp.
  TemporaryDirectory() {
    path_ = (std::filesystem::temp_directory_path() / "resus-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace resus::test
