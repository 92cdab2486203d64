#pragma once
// The segments of an E01 set as files, and what goes beside them.
#include <memory>
#include <string>
#include <vector>

#include "hw/file_system.hpp"
#include "imaging/labs/e01_encoder.hpp"

namespace resus::imaging {

/// Every file is called `<name>.partial` until finish(): what was interrupted never looks whole. Unfinished, all of them
/// are removed again, those that had their names already, too. Threads: one at a time.
class E01Files final : public E01Output {
 public:
  /// `path` ends in ".E01". Errors: kUsage when it does not, kConflict when files of such a set are there.
  [[nodiscard]] static Result<std::unique_ptr<E01Files>> create(hw::FileSystem& files, const std::string& path);
  ~E01Files() override;
  E01Files(const E01Files&) = delete;
  E01Files& operator=(const E01Files&) = delete;

  /// Errors: kConflict when the segment's file exists, kSpace, kWrite.
  [[nodiscard]] Result<void> begin_segment(std::uint32_t number) override;
  [[nodiscard]] Result<void> write(std::string_view bytes) override;
  [[nodiscard]] Result<void> end_segment() override;  ///< durable, but for its name

  /// Names without folder, in order.
  [[nodiscard]] std::vector<std::string> segment_names() const;
  [[nodiscard]] std::string record_name() const;
  /// Side file and signed record beside them, then the names, ".E01" last: a set that has it is whole.
  /// Errors: kConflict when somebody made one of these files meanwhile, or a longer set of that name is there; kSpace, kWrite.
  [[nodiscard]] Result<void> finish(std::string_view side_file, std::string_view record);

 private:
  E01Files(hw::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  [[nodiscard]] std::string segment_path(std::uint32_t number) const;
  [[nodiscard]] Result<void> free_name(const std::string& path) const;
  [[nodiscard]] Result<void> begin(const std::string& path);
  [[nodiscard]] Result<void> end();
  [[nodiscard]] Result<void> give_names();

  hw::FileSystem& files_;
  const std::string path_;
  std::vector<std::string> paths_;    ///< segments, then what goes beside them
  std::size_t segments_ = 0;
  std::size_t named_ = 0;             ///< so many of paths_, from the end, have their names
  std::unique_ptr<hw::AppendFile> file_;
  bool finished_ = false;
};

}  // namespace resus::imaging
