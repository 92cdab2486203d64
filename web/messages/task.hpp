#pragma once
// What the depot wants of a machine, and what the machine says while it does it. web/API.md, /task to /trouble.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "web/messages/codec.hpp"

namespace resus::messages {

enum class TaskKind : std::uint8_t { kWait, kAcquire, kDeploy, kRestore, kReboot, kStop };
[[nodiscard]] std::string_view to_string(TaskKind kind);
/// Errors: kBadInput.
[[nodiscard]] Result<TaskKind> task_kind_from(std::string_view word);

/// The disk the task is about. Empty serial: not bound yet, the machine proposes its only candidate.
struct TaskDisk {
  std::string path;
  std::string serial;
  std::uint64_t size_bytes = 0;
  bool operator==(const TaskDisk&) const = default;
};

/// Answer of GET /task. `task_id` names this very answer: whatever changes in it gives it another one, and the long
/// poll returns when it differs from `seen`. The work itself is known by attempt and task.
struct Task {
  std::string task_id;
  std::uint32_t attempt = 0;
  std::string phase;      ///< imaging::to_string(Phase)
  std::string condition;  ///< imaging::to_string(Condition)
  std::string code;       ///< what stands against the machine, "E-EVID-02"; empty when nothing does
  TaskKind task = TaskKind::kWait;
  std::string sentence;   ///< what the console and the status page say
  std::string slot;
  bool locate = false;
  TaskDisk disk;
  std::string image_id;     ///< deploy
  std::string evidence_id;  ///< deploy: verified evidence of this attempt
  std::string evidence_root;  ///< 64 hexadecimal digits, empty until the copy is verified
  bool md5_sha1 = false;    ///< acquire: compute these as well (an E01 export will be wanted)
  bool operator==(const Task&) const = default;
};

/// Body of POST /progress. Units: bytes, or files where the stage counts files.
struct Progress {
  std::uint32_t attempt = 0;
  std::string stage;  ///< "copy", "check", "install", "restore"
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::uint64_t bps = 0;
};

struct ProgressReply {
  bool cancel = false;  ///< stop what this attempt does at the next safe point
};

struct LogLine {
  std::string t;  ///< RFC 3339
  std::string level;
  std::string text;
};

inline constexpr std::size_t kMaxLogLines = 200;

struct LogBatch {
  std::vector<LogLine> lines;
};

/// Body of POST /trouble: the work cannot go on without a person, or failed.
struct Trouble {
  std::uint32_t attempt = 0;
  std::string code;    ///< "E-DISK-03"
  std::string detail;
  std::vector<std::pair<std::string, std::string>> params;
};

[[nodiscard]] std::string encode(const Task& task);
[[nodiscard]] std::string encode(const Progress& progress);
[[nodiscard]] std::string encode(const ProgressReply& reply);
[[nodiscard]] std::string encode(const LogBatch& batch);
[[nodiscard]] std::string encode(const Trouble& trouble);
template <>
[[nodiscard]] Result<Task> decode<Task>(std::string_view body);
template <>
[[nodiscard]] Result<Progress> decode<Progress>(std::string_view body);
template <>
[[nodiscard]] Result<ProgressReply> decode<ProgressReply>(std::string_view body);
template <>
[[nodiscard]] Result<LogBatch> decode<LogBatch>(std::string_view body);
template <>
[[nodiscard]] Result<Trouble> decode<Trouble>(std::string_view body);

}  // namespace resus::messages
