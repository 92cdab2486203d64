#include "web/depot/batches.hpp"

#include <array>

#include "web/depot/machine_rules.hpp"
#include "web/depot/secrets.hpp"
#include "web/messages/fields.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using messages::Fields;

constexpr std::size_t kMostMachines = 10'000;

/// Actions besides approve, and the least role for each.
struct Action {
  std::string_view word;
  Role least;
  Result<std::string> (*rule)(MachineRecord&, std::int64_t now_ms);
};
template <auto Rule>
Result<std::string> timeless(MachineRecord& record, std::int64_t) {
  return Rule(record);
}
constexpr std::array kActions = {
    Action{"hold", Role::kTechnician, timeless<hold>},
    Action{"resume", Role::kTechnician, timeless<resume>},
    Action{"retry", Role::kTechnician, retry},
    Action{"cancel", Role::kTechnician, timeless<cancel>},
    Action{"collect", Role::kTechnician, timeless<collect>},
    Action{"accept_gaps", Role::kTechnician, timeless<accept_gaps>},
    Action{"accept_disk", Role::kTechnician, timeless<accept_disk>},
    Action{"accept_unscanned", Role::kSupervisor, timeless<accept_unscanned>},
    Action{"locate", Role::kTechnician, locate},
    Action{"release", Role::kSupervisor, timeless<release>},
};

/// Text, or empty when the field is absent or null.
std::string text_or_empty(Fields& fields, const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? std::string() : fields.text(key);
}

std::optional<std::uint64_t> number_or_none(Fields& fields, const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return fields.number(key);
}

/// The object under `key`, or an empty one.
const json::object& part(const json::object& object, std::string_view key) {
  static const json::object kEmpty;
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_object() ? value->get_object() : kEmpty;
}

Result<std::vector<std::string>> chosen_ids(const json::object& object, const Machines& machines) {
  std::vector<std::string> ids;
  if (const auto* list = object.if_contains("ids"); list != nullptr && list->is_array()) {
    for (const auto& item : list->get_array()) {
      if (!item.is_string() || ids.size() >= kMostMachines) return hw::fail(hw::Code::kBadInput, "batch.ids: expected a list of machine ids");
      ids.emplace_back(item.get_string());
    }
    return ids;
  }
  const auto* filter = object.if_contains("filter");
  if (filter == nullptr || !filter->is_object()) return hw::fail(hw::Code::kBadInput, "batch: ids or filter is missing");
  Fields fields(filter->get_object(), "batch.filter");
  const auto phase = text_or_empty(fields, filter->get_object(), "phase");
  const auto condition = text_or_empty(fields, filter->get_object(), "condition");
  RESUS_TRY(fields.done());
  for (const auto& record : machines.all()) {
    const bool fits = (phase.empty() || phase == to_string(record.phase)) && (condition.empty() || condition == to_string(record.condition));
    if (fits) ids.push_back(record.id);
  }
  return ids;
}

Result<void> read_params(const json::object& params, BatchRequest& request) {
  Fields fields(params, "batch.params");
  auto& a = request.approval;
  a.short_code = text_or_empty(fields, params, "short_code");
  a.slot = text_or_empty(fields, params, "slot");
  a.hostname = text_or_empty(fields, params, "hostname");
  a.image = text_or_empty(fields, params, "image_id");
  a.backup = text_or_empty(fields, params, "backup_id");
  a.disk_serial = text_or_empty(fields, params, "disk_serial");
  if (const auto attempt = number_or_none(fields, params, "attempt")) a.attempt = static_cast<std::uint32_t>(*attempt);
  request.disk_serial = a.disk_serial;
  return fields.done();
}

Result<void> check_confirmation(const BatchRequest& request) {
  const bool slot_differs = !request.confirm_slot.empty() && request.confirm_slot != request.approval.slot;
  if (request.action == "approve" && request.ids.size() == 1 && slot_differs) {
    return hw::fail(hw::Code::kConflict, "the slot typed to confirm differs");
  }
  const bool count_differs = request.confirm_count && *request.confirm_count < request.ids.size();
  if (count_differs || (request.expected_count && *request.expected_count != request.ids.size())) {
    return hw::fail(hw::Code::kConflict, "the batch holds " + std::to_string(request.ids.size()) + " machines, another number was expected");
  }
  return hw::success();
}

bool lacks_reason(const BatchRequest& request) { return request.reason.find_first_not_of(" \t\r\n") == std::string::npos; }

/// A machine that is not ready may still be infected: nobody lets it boot its own disk by a slip.
Result<void> check_release(const BatchRequest& request, const MachineRecord& r) {
  if (r.phase >= imaging::Phase::kReady) return hw::success();
  const auto& place = r.slot.empty() ? r.id : r.slot;  // as the pages show it
  const bool confirmed = request.ids.size() == 1 ? request.confirm_slot == place : request.confirm_count == request.ids.size();
  if (!confirmed) {
    return hw::fail(hw::Code::kConflict, "not ready, its disk may still be infected: confirm with " +
                                             (request.ids.size() == 1 ? "its slot, " + place : "the number of machines"));
  }
  if (lacks_reason(request)) {
    return hw::fail(hw::Code::kBadInput, "not ready, its disk may still be infected: a release needs a reason");
  }
  return hw::success();
}

}  // namespace

Result<BatchRequest> parse_batch(std::string_view body, const Machines& machines) {
  RESUS_TRY(const auto object, messages::parse_object(body, "batch"));
  BatchRequest request;
  Fields fields(object, "batch");
  request.action = fields.text("action");
  request.reason = text_or_empty(fields, object, "reason");
  request.expected_count = number_or_none(fields, object, "expected_count");
  RESUS_TRY(fields.done());
  RESUS_TRY(request.ids, chosen_ids(object, machines));
  RESUS_TRY(read_params(part(object, "params"), request));
  const auto& confirm = part(object, "confirm");
  Fields confirmed(confirm, "batch.confirm");
  request.confirm_slot = text_or_empty(confirmed, confirm, "slot");
  request.confirm_count = number_or_none(confirmed, confirm, "count");
  RESUS_TRY(confirmed.done());
  return request;
}

Result<std::string> Batches::run(std::string_view body, const Person& person, std::optional<std::uint64_t> revision) {
  RESUS_TRY(auto request, parse_batch(body, machines_));
  request.approval.revision = revision;
  RESUS_TRY(check_confirmation(request));
  json::array results;
  for (const auto& id : request.ids) {
    const auto done = act(request, id, person);
    json::object result{{"id", id}, {"ok", done.has_value()}, {"code", nullptr}, {"detail", nullptr}};
    if (!done) {
      result["code"] = hw::info(done.error().code).id;
      result["detail"] = done.error().context;
    }
    results.emplace_back(std::move(result));
  }
  const auto batch_id = "bt-" + random_hex(8);
  const auto text = json::serialize(json::object{{"batch_id", batch_id}, {"action", request.action}, {"results", std::move(results)}});
  RESUS_TRY(catalogue_.put_batch(batch_id, text));
  return text;
}

Result<void> Batches::act(const BatchRequest& request, const std::string& id, const Person& person) {
  const Actor actor{person.name, request.action, request.reason};
  if (request.action == "approve") {
    RESUS_TRY(approvals_.approve(id, actor, request.approval));
    return hw::success();
  }
  for (const auto& action : kActions) {
    if (action.word != request.action) continue;
    if (person.role < action.least) return hw::fail(hw::Code::kUnauthorized, "this needs the role " + std::string(to_string(action.least)));
    const auto now = clock_.now().time_since_epoch().count();
    RESUS_TRY(machines_.change(id, actor, [&](MachineRecord& r) -> Result<std::string> {
      RESUS_TRY(same_revision(r, request.approval.revision));
      if (request.approval.attempt) {
        RESUS_TRY(same_attempt(r, *request.approval.attempt));
      }
      if (!request.disk_serial.empty() && !r.disk.serial.empty() && request.disk_serial != r.disk.serial) {
        return hw::fail(hw::Code::kDiskChanged, "the machine's disk is " + r.disk.serial);
      }
      if (request.action == "release") {
        RESUS_TRY(check_release(request, r));
      }
      if (request.action == "accept_unscanned" && lacks_reason(request)) {
        return hw::fail(hw::Code::kBadInput, "its backup may hold malware: letting it pass needs a reason");
      }
      if (request.action == "accept_disk" && lacks_reason(request)) {
        return hw::fail(hw::Code::kBadInput, "the copy will lack something of the disk: going on needs a reason");
      }
      return action.rule(r, now);
    }));
    return hw::success();
  }
  return hw::fail(hw::Code::kBadInput, "unknown action " + request.action);
}

}  // namespace resus::depot
