#include "web/messages/task.hpp"

#include <algorithm>
#include <array>

#include "web/messages/fields.hpp"

namespace resus::messages {

namespace {
constexpr std::array<std::string_view, 6> kTaskWords = {"wait", "acquire", "deploy", "restore", "reboot", "stop"};
}

std::string_view to_string(TaskKind kind) { return kTaskWords.at(static_cast<std::size_t>(kind)); }

Result<TaskKind> task_kind_from(std::string_view word) {
  const auto* found = std::find(kTaskWords.begin(), kTaskWords.end(), word);
  if (found == kTaskWords.end()) return hw::fail(hw::Code::kBadInput, "no such task: " + std::string(word));
  return static_cast<TaskKind>(found - kTaskWords.begin());
}

std::string encode(const Task& task) {
  return boost::json::serialize(boost::json::object{
      {"task_id", task.task_id},
      {"attempt", task.attempt},
      {"phase", task.phase},
      {"condition", task.condition},
      {"code", task.code},
      {"task", to_string(task.task)},
      {"sentence", task.sentence},
      {"slot", task.slot},
      {"locate", task.locate},
      {"disk", {{"path", task.disk.path}, {"serial", task.disk.serial}, {"size_bytes", task.disk.size_bytes}}},
      {"image_id", task.image_id},
      {"evidence_id", task.evidence_id},
      {"evidence_root", task.evidence_root},
      {"md5_sha1", task.md5_sha1}});
}

template <>
Result<Task> decode<Task>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "task"));
  Fields fields(object, "task");
  Task task;
  task.task_id = fields.text("task_id");
  task.attempt = fields.number32("attempt");
  task.phase = fields.text("phase");
  task.condition = fields.text("condition");
  task.code = fields.text("code");
  const auto kind = task_kind_from(fields.text("task"));
  if (kind) {
    task.task = kind.value();
  } else {
    fields.refuse("task", "wait, acquire, deploy, restore, reboot or stop");
  }
  task.sentence = fields.text("sentence", kLongText);
  task.slot = fields.text("slot");
  task.locate = fields.flag("locate");
  fields.object("disk", [&](Fields& disk) {
    task.disk.path = disk.text("path", kLongText);
    task.disk.serial = disk.text("serial");
    task.disk.size_bytes = disk.number("size_bytes");
  });
  task.image_id = fields.text("image_id");
  task.evidence_id = fields.text("evidence_id");
  task.evidence_root = fields.text("evidence_root");
  task.md5_sha1 = fields.flag("md5_sha1");
  RESUS_TRY(fields.done());
  return task;
}

std::string encode(const Progress& progress) {
  return boost::json::serialize(boost::json::object{{"attempt", progress.attempt},
                                                    {"stage", progress.stage},
                                                    {"done", progress.done},
                                                    {"total", progress.total},
                                                    {"bps", progress.bps}});
}

template <>
Result<Progress> decode<Progress>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "progress"));
  Fields fields(object, "progress");
  Progress progress;
  progress.attempt = fields.number32("attempt");
  progress.stage = fields.text("stage");
  progress.done = fields.number("done");
  progress.total = fields.number("total");
  progress.bps = fields.number("bps");
  RESUS_TRY(fields.done());
  return progress;
}

std::string encode(const ProgressReply& reply) {
  return boost::json::serialize(boost::json::object{{"cancel", reply.cancel}});
}

template <>
Result<ProgressReply> decode<ProgressReply>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "progress reply"));
  Fields fields(object, "progress reply");
  const ProgressReply reply{.cancel = fields.flag("cancel")};
  RESUS_TRY(fields.done());
  return reply;
}

std::string encode(const LogBatch& batch) {
  boost::json::array lines;
  for (const auto& line : batch.lines) {
    lines.emplace_back(boost::json::object{{"t", line.t}, {"level", line.level}, {"text", line.text}});
  }
  return boost::json::serialize(boost::json::object{{"lines", std::move(lines)}});
}

template <>
Result<LogBatch> decode<LogBatch>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "log"));
  Fields fields(object, "log");
  LogBatch batch;
  fields.objects("lines", kMaxLogLines, [&](Fields& line) {
    auto& added = batch.lines.emplace_back();
    added.t = line.text("t");
    added.level = line.text("level");
    added.text = line.text("text", kLongText);
  });
  RESUS_TRY(fields.done());
  return batch;
}

std::string encode(const Trouble& trouble) {
  boost::json::object params;
  for (const auto& [key, value] : trouble.params) params.emplace(key, value);
  return boost::json::serialize(boost::json::object{{"attempt", trouble.attempt},
                                                    {"code", trouble.code},
                                                    {"detail", trouble.detail},
                                                    {"params", std::move(params)}});
}

template <>
Result<Trouble> decode<Trouble>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "trouble"));
  Fields fields(object, "trouble");
  Trouble trouble;
  trouble.attempt = fields.number32("attempt");
  trouble.code = fields.text("code");
  trouble.detail = fields.text("detail", kLongText);
  trouble.params = fields.texts("params", 32);
  RESUS_TRY(fields.done());
  return trouble;
}

}  // namespace resus::messages
