#include "web/messages/firmware_json.hpp"

#include <array>
#include <boost/json.hpp>

#include "hw/plain_text.hpp"
#include "imaging/base64.hpp"
#include "imaging/block.hpp"

namespace resus::messages {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostValueBytes = 1024;
constexpr std::size_t kMostLogBytes = 128 * 1024;
constexpr std::size_t kMostValuesBytes = 128 * 1024;  ///< of all values together

/// As the firmware's menus write it: "0003".
std::string four_digits(std::uint16_t number) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (unsigned shift = 16; shift > 0; shift -= 4) text += kDigits[number >> (shift - 4) & 15U];
  return text;
}

json::object boot_object(const hw::FirmwareState& state, json::array& notes) {
  const auto boot = hw::boot_order_of(state);
  json::array order, entries;
  for (const auto number : boot.order) order.emplace_back(four_digits(number));
  for (const auto& entry : boot.entries) {
    entries.push_back(json::object{{"number", four_digits(entry.number)}, {"active", entry.active},
                                   {"description", entry.description}, {"file", entry.file}});
  }
  for (const auto& note : boot.notes) notes.emplace_back(note);
  json::object object{{"order", std::move(order)}, {"entries", std::move(entries)}};
  if (boot.current) object["current"] = four_digits(*boot.current);
  if (boot.next) object["next"] = four_digits(*boot.next);
  return object;
}

std::string hash_of(const std::string& bytes) { return to_hex(imaging::sha256(std::as_bytes(std::span(bytes)))); }

json::array variables_array(const hw::FirmwareState& state) {
  json::array variables;
  std::size_t budget = kMostValuesBytes;
  for (const auto& variable : state.variables) {
    json::object object{{"name", hw::shown_text(variable.name)}, {"vendor", hw::shown_text(variable.vendor)}, {"attributes", variable.attributes},
                        {"bytes", variable.value.size()}, {"sha256", hash_of(variable.value)}};
    if (variable.value.size() <= std::min(kMostValueBytes, budget)) {
      object["value"] = imaging::base64_encode(variable.value);
      budget -= variable.value.size();
    }
    variables.push_back(std::move(object));
  }
  return variables;
}

}  // namespace

json::object firmware_object(const hw::FirmwareState& state) {
  json::object object;
  json::array notes;
  for (const auto& note : state.notes) notes.emplace_back(hw::shown_text(note));
  if (!state.variables.empty()) {
    object["boot"] = boot_object(state, notes);
    object["variables"] = variables_array(state);
  }
  if (!state.tpm_log.empty()) {
    json::object log{{"bytes", state.tpm_log.size()}, {"sha256", hash_of(state.tpm_log)}};
    if (state.tpm_log.size() <= kMostLogBytes) log["log"] = imaging::base64_encode(state.tpm_log);
    object["tpm_log"] = std::move(log);
  }
  if (!notes.empty()) object["notes"] = std::move(notes);
  return object;
}

}  // namespace resus::messages
