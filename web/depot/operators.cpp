#include "web/depot/operators.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "web/depot/secrets.hpp"
#include "web/depot/sign_in.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostName = 64;
/// The depot's own words in the custody log; a person of that name could not be told from it.
constexpr std::array<std::string_view, 3> kReserved = {"depot", "agent", "local"};

/// Names stand in addresses, logs and reports.
bool is_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '@';
  };
  return !name.empty() && name.size() <= kMostName && std::ranges::all_of(name, allowed) && std::ranges::count(kReserved, name) == 0;
}

Result<void> check_password(std::string_view password) {
  if (password.size() < Operators::kLeastPassword) {
    return hw::fail(hw::Code::kBadInput, "password: at least " + std::to_string(Operators::kLeastPassword) + " characters are expected");
  }
  if (password.size() > Operators::kMostPassword) return hw::fail(hw::Code::kBadInput, "password: it is too long");
  return hw::success();
}

}  // namespace

std::string kept_token(std::string_view token) { return "token$" + sha256_hex(token); }

Result<std::vector<Operator>> Operators::list() {
  RESUS_TRY(auto all, catalogue_.operators());
  for (auto& one : all) one.password.clear();
  return all;
}

Result<WallToken> Operators::add(std::string_view actor, const NewOperator& wanted) {
  if (!is_name(wanted.name)) {
    return hw::fail(hw::Code::kBadInput, "name: 1 to 64 letters, digits or . - _ @ are expected, and not depot, agent or local");
  }
  RESUS_TRY(const auto role, role_from(wanted.role));
  WallToken made{.name = wanted.name, .token = {}};
  Operator row{.name = wanted.name, .role = wanted.role, .password = {}};
  if (role == Role::kWall) {
    if (!wanted.password.empty()) return hw::fail(hw::Code::kBadInput, "password: a wall has a token, no password");
    made.token = random_hex(32);
    row.password = kept_token(made.token);
  } else {
    RESUS_TRY(check_password(wanted.password));
    RESUS_TRY(row.password, hash_password(wanted.password));
  }
  const std::lock_guard lock(changing_);
  RESUS_TRY(const auto known, catalogue_.find_operator(wanted.name));
  if (known) return hw::fail(hw::Code::kConflict, wanted.name + " is an operator already; remove it first");
  RESUS_TRY(note(actor, "operator.add", wanted.name, wanted.role));
  RESUS_TRY(catalogue_.put_operator(row));
  return made;
}

Result<void> Operators::remove(std::string_view actor, std::string_view name) {
  const std::lock_guard lock(changing_);
  RESUS_TRY(const auto all, catalogue_.operators());
  const auto found = std::ranges::find(all, name, &Operator::name);
  if (found == all.end()) return hw::fail(hw::Code::kNotFound, "there is no operator " + std::string(name));
  if (found->role == "admin" && std::ranges::count(all, "admin", &Operator::role) == 1) {
    return hw::fail(hw::Code::kConflict, std::string(name) + " is the last admin; add another one first");
  }
  RESUS_TRY(note(actor, "operator.remove", name, found->role));
  return catalogue_.remove_operator(name);
}

Result<void> Operators::note(std::string_view actor, std::string_view action, std::string_view name, std::string_view role) {
  RESUS_TRY(custody_.append({.actor = std::string(actor), .machine = {}, .action = std::string(action), .reason = {},
                             .details = json::serialize(json::object{{"operator", name}, {"role", role}})}));
  return hw::success();
}

}  // namespace resus::depot
