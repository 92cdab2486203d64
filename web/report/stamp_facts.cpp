#include "web/report/stamp_facts.hpp"

namespace resus::report {

namespace json = boost::json;

namespace {

json::object without_stamp(std::string_view state, std::string_view problem) {
  return {{"state", state}, {"time", ""}, {"authority", ""}, {"serial", ""}, {"policy", ""}, {"problem", problem}};
}

hw::Result<imaging::StampFacts> judged(const imaging::Store& store, std::string_view id, std::string_view stamp, std::string_view ca_pem) {
  if (ca_pem.empty()) return imaging::claimed_stamp(stamp);
  RESUS_TRY(const auto envelope, store.record_envelope(id));
  return imaging::check_stored_stamp(stamp, imaging::sha256(std::as_bytes(std::span(envelope))), ca_pem);
}

}  // namespace

json::object stamped_facts(const imaging::StampFacts& facts, std::string_view state) {
  return {{"state", state}, {"time", facts.time}, {"authority", facts.authority}, {"serial", facts.serial}, {"policy", facts.policy}, {"problem", ""}};
}

json::object stamp_facts(const imaging::Store& store, std::string_view evidence_id, std::string_view ca_pem) {
  const auto stamp = store.stamp(evidence_id);
  if (!stamp) return without_stamp(stamp.error().code == hw::Code::kNotFound ? "none" : "bad", stamp.error().code == hw::Code::kNotFound ? "" : stamp.error().context);
  const auto facts = judged(store, evidence_id, stamp.value(), ca_pem);
  if (!facts) return without_stamp("bad", facts.error().context);
  return stamped_facts(facts.value(), ca_pem.empty() ? "unchecked" : "stamped");
}

void add_stamp(json::object& report, json::object stamp) {
  if (stamp.at("state") == "bad") report["ok"] = false;
  report["stamp"] = std::move(stamp);
}

}  // namespace resus::report
