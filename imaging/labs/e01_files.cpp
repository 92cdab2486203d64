#include "imaging/labs/e01_files.hpp"

#include "imaging/bytes.hpp"

namespace resus::imaging {
namespace {

constexpr std::string_view kExtension = ".E01";
constexpr const char* kPartial = ".partial";
constexpr const char* kSideFile = ".resus.json";
constexpr const char* kRecordFile = ".record.json";

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<E01Files>> E01Files::create(hw::FileSystem& files, const std::string& path) {
  if (!path.ends_with(kExtension) || name_of(path) == kExtension) {
    return hw::fail(hw::Code::kUsage, "'" + path + "': the name of an E01 set ends in .E01; its other segments are called .E02, .E03 …");
  }
  std::unique_ptr<E01Files> set(new E01Files(files, path));
  for (const auto& name : {path, set->segment_path(2), path + kSideFile, path + kRecordFile}) {
    RESUS_TRY(set->free_name(name));
  }
  return set;
}

E01Files::~E01Files() {
  if (finished_) return;
  file_.reset();
  for (std::size_t i = 0; i < paths_.size(); ++i) {  // best effort: their names say what they are
    (void)files_.remove(i + named_ >= paths_.size() ? paths_[i] : paths_[i] + kPartial);
  }
}

std::string E01Files::segment_path(std::uint32_t number) const {
  return path_.substr(0, path_.size() - kExtension.size()) + e01::extension_of(number);
}

Result<void> E01Files::free_name(const std::string& path) const {
  RESUS_TRY(const bool there, files_.exists(path));
  if (there) return hw::fail(hw::Code::kConflict, path + " exists already; an export never overwrites");
  RESUS_TRY(const bool partial, files_.exists(path + kPartial));
  if (partial) {
    return hw::fail(hw::Code::kConflict, path + kPartial + " exists already: another export writes it, or one broke off and left it; then remove it");
  }
  return hw::success();
}

Result<void> E01Files::begin(const std::string& path) {
  RESUS_TRY(free_name(path));
  RESUS_TRY(file_, files_.open_append(path + kPartial));
  paths_.push_back(path);
  return hw::success();
}

Result<void> E01Files::end() {
  RESUS_TRY(file_->sync());
  file_.reset();
  return hw::success();
}

Result<void> E01Files::begin_segment(std::uint32_t number) {
  if (number > e01::kMaxSegments) return hw::fail(hw::Code::kUsage, "no names are left behind .ZZZ; choose longer segments");
  segments_ = number;
  return begin(segment_path(number));
}

Result<void> E01Files::write(std::string_view bytes) { return file_->append(as_bytes(bytes)); }

Result<void> E01Files::end_segment() { return end(); }

std::vector<std::string> E01Files::segment_names() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < segments_; ++i) names.push_back(name_of(paths_[i]));
  return names;
}

std::string E01Files::record_name() const { return name_of(path_) + kRecordFile; }

Result<void> E01Files::finish(std::string_view side_file, std::string_view record) {
  const std::pair<const char*, std::string_view> beside[] = {{kSideFile, side_file}, {kRecordFile, record}};
  for (const auto& [extension, content] : beside) {
    RESUS_TRY(begin(path_ + extension));
    RESUS_TRY(write(content));
    RESUS_TRY(end());
  }
  if (segments_ < e01::kMaxSegments) {
    RESUS_TRY(free_name(segment_path(static_cast<std::uint32_t>(segments_) + 1)));  // lab tools would take it for a part of ours
  }
  return give_names();
}

Result<void> E01Files::give_names() {
  while (named_ < paths_.size()) {
    const auto& path = paths_[paths_.size() - 1 - named_];
    RESUS_TRY(const bool there, files_.exists(path));
    if (there) return hw::fail(hw::Code::kConflict, path + " was made by somebody else meanwhile; an export never overwrites");
    RESUS_TRY(files_.rename(path + kPartial, path));
    ++named_;
  }
  RESUS_TRY(files_.sync_directory(folder_of(path_)));
  finished_ = true;
  return hw::success();
}

}  // namespace resus::imaging
