#include "web/messages/acquisition.hpp"

#include <algorithm>
#include <array>

#include "web/messages/fields.hpp"
#include "web/messages/identity_json.hpp"

namespace resus::messages {

namespace {

constexpr std::size_t kMaxQuestions = 64;
constexpr std::uint64_t kMaxRescueSeconds = 30 * 24 * 3600;
constexpr std::array<std::string_view, 4> kStateWords = {"copying", "verifying", "verified", "mismatch"};

AcquisitionState read_state(Fields& fields) {
  const auto word = fields.text("state");
  const auto* found = std::find(kStateWords.begin(), kStateWords.end(), word);
  if (found != kStateWords.end()) return static_cast<AcquisitionState>(found - kStateWords.begin());
  fields.refuse("state", "copying, verifying, verified or mismatch");
  return AcquisitionState::kCopying;
}

imaging::EvidenceReceipt read_receipt(Fields& fields) {
  imaging::EvidenceReceipt receipt;
  receipt.evidence_id = fields.text("evidence_id");
  receipt.root = fields.digest<imaging::TreeRoot>("root");
  receipt.sha256 = fields.digest<imaging::Digest>("sha256");
  receipt.bytes_added = fields.number("bytes_added");
  receipt.bytes_known = fields.number("bytes_known");
  return receipt;
}

boost::json::value device_value(const std::string& device_json) {
  boost::system::error_code problem;
  auto value = boost::json::parse(device_json, problem);
  if (problem || !value.is_object()) return boost::json::object{};
  return value;
}

}  // namespace

std::string_view to_string(AcquisitionState state) { return kStateWords.at(static_cast<std::size_t>(state)); }

std::string encode(const BeginAcquisition& request) {
  boost::json::array questions;
  for (const auto& question : request.questions) {
    questions.push_back(boost::json::object{{"kind", question.kind}, {"text", question.text}});
  }
  return boost::json::serialize(boost::json::object{
      {"attempt", request.attempt}, {"disk", disk_object(request.disk)}, {"questions", std::move(questions)}});
}

template <>
Result<BeginAcquisition> decode<BeginAcquisition>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "acquisition"));
  Fields fields(object, "acquisition");
  BeginAcquisition request;
  request.attempt = fields.number32("attempt");
  fields.object("disk", [&](Fields& disk) { request.disk = read_disk(disk); });
  if (fields.has("questions")) {
    fields.objects("questions", kMaxQuestions, [&](Fields& one) {
      request.questions.push_back({.kind = one.text("kind"), .text = one.text("text", kLongText)});
    });
  }
  RESUS_TRY(fields.done());
  return request;
}

std::string encode(const AcquisitionBegun& reply) {
  return boost::json::serialize(
      boost::json::object{{"acquisition_id", reply.acquisition_id}, {"rescue_s", reply.rescue_s}, {"reread", imaging::to_string(reply.reread)}, {"time_ms", reply.time_ms}});
}

template <>
Result<AcquisitionBegun> decode<AcquisitionBegun>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "acquisition reply"));
  Fields fields(object, "acquisition reply");
  AcquisitionBegun reply{.acquisition_id = fields.text("acquisition_id")};
  if (fields.has("reread")) {
    if (const auto policy = imaging::reread_policy_from(fields.text("reread"))) reply.reread = policy.value();
    else fields.refuse("reread", "none, sampled or whole");
  }
  if (fields.has("time_ms")) reply.time_ms = fields.number("time_ms");
  if (fields.has("rescue_s")) reply.rescue_s = fields.number("rescue_s", kMaxRescueSeconds);
  RESUS_TRY(fields.done());
  return reply;
}

boost::json::object times_object(const imaging::AcquisitionTimes& times) {
  return {{"read", times.read}, {"hash", times.hash}, {"ask", times.ask}, {"compress", times.compress},
          {"send", times.send}};
}

imaging::AcquisitionTimes read_times(Fields& fields) {
  imaging::AcquisitionTimes times;
  times.read = fields.real("read");
  times.hash = fields.real("hash");
  times.ask = fields.real("ask");
  times.compress = fields.real("compress");
  times.send = fields.real("send");
  return times;
}

std::string encode(const FinishAcquisition& request) {
  const auto& summary = request.summary;
  boost::json::object body{{"root", to_hex(summary.root)},
                           {"md5", summary.md5},
                           {"sha1", summary.sha1},
                           {"bytes_read", summary.bytes_read},
                           {"unreadable_bytes", summary.unreadable_bytes},
                           {"device", device_value(summary.device_json)},
                           {"seconds", summary.seconds},
                           {"busy", times_object(summary.times)}};
  if (summary.held_back) body["held_back"] = true;
  else body["sha256"] = to_hex(summary.sha256);
  return boost::json::serialize(body);
}

template <>
Result<FinishAcquisition> decode<FinishAcquisition>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "finish"));
  Fields fields(object, "finish");
  FinishAcquisition request;
  auto& summary = request.summary;
  summary.root = fields.digest<imaging::TreeRoot>("root");
  summary.held_back = fields.has("held_back") && fields.flag("held_back");
  if (!summary.held_back) summary.sha256 = fields.digest<imaging::Digest>("sha256");
  summary.md5 = fields.text("md5", 32);
  summary.sha1 = fields.text("sha1", 40);
  summary.bytes_read = fields.number("bytes_read");
  summary.unreadable_bytes = fields.number("unreadable_bytes");
  summary.seconds = fields.real("seconds");
  fields.object("busy", [&](Fields& inner) { summary.times = read_times(inner); });
  fields.object("device", [](Fields&) {});
  RESUS_TRY(fields.done());
  summary.device_json = boost::json::serialize(object.at("device"));
  return request;
}

std::string encode(const AcquisitionStatus& status) {
  boost::json::object object{{"state", to_string(status.state)}, {"code", status.code}, {"detail", status.detail}};
  if (status.state == AcquisitionState::kVerified) {
    object["receipt"] = {{"evidence_id", status.receipt.evidence_id},
                         {"root", to_hex(status.receipt.root)},
                         {"sha256", to_hex(status.receipt.sha256)},
                         {"bytes_added", status.receipt.bytes_added},
                         {"bytes_known", status.receipt.bytes_known}};
  }
  return boost::json::serialize(object);
}

template <>
Result<AcquisitionStatus> decode<AcquisitionStatus>(std::string_view body) {
  RESUS_TRY(auto object, parse_object(body, "acquisition status"));
  Fields fields(object, "acquisition status");
  AcquisitionStatus status;
  status.state = read_state(fields);
  if (fields.has("code")) status.code = fields.text("code");
  if (fields.has("detail")) status.detail = fields.text("detail", kLongText);
  if (status.state == AcquisitionState::kVerified) {
    fields.object("receipt", [&](Fields& inner) { status.receipt = read_receipt(inner); });
  }
  RESUS_TRY(fields.done());
  return status;
}

}  // namespace resus::messages
