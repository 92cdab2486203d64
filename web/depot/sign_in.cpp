#include "web/depot/sign_in.hpp"

#include <array>

#include "web/depot/operators.hpp"
#include "web/depot/secrets.hpp"

namespace resus::depot {
namespace {

constexpr std::array<std::string_view, 5> kRoles = {"wall", "viewer", "technician", "supervisor", "admin"};
constexpr std::string_view kCookie = "__Host-resus=";
constexpr std::string_view kBearer = "Bearer ";
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::size_t kMostAddresses = 4096;

std::string_view cookie_of(const transport::Request& request) {
  std::string_view text = request.headers.get("Cookie");
  while (!text.empty()) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    const auto end = std::min(text.find(';'), text.size());
    const auto part = text.substr(0, end);
    if (part.starts_with(kCookie)) return part.substr(kCookie.size());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace

Result<Role> role_from(std::string_view word) {
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    if (kRoles[i] == word) return static_cast<Role>(i);
  }
  return hw::fail(hw::Code::kBadInput, "unknown role " + std::string(word));
}

std::string_view to_string(Role role) { return kRoles[static_cast<std::size_t>(role)]; }

SignIn::SignIn(Catalogue& catalogue, const hw::Clock& clock, std::string local_token)
    : catalogue_(catalogue), clock_(clock), local_token_(std::move(local_token)) {}

bool SignIn::too_many(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.now().time_since_epoch().count();
  if (failures_.size() > kMostAddresses) failures_.clear();
  auto& entry = failures_[address];
  if (now - entry.since_ms > kMinuteMs) entry = {now, 0};
  return entry.count >= kMostFailures;
}

Result<std::pair<Person, std::string>> SignIn::sign_in(std::string_view user, std::string_view password,
                                                       const std::string& address) {
  if (too_many(address)) return hw::fail(hw::Code::kNetwork, "too many failed sign-ins; wait a minute");
  RESUS_TRY(const auto found, catalogue_.find_operator(user));
  // The same work for an unknown name, so that the time says nothing.
  static const std::string nobody = hash_password(random_hex(16)).value();
  const bool matches = password_matches(password, found ? found->password : nobody);
  if (!found || !matches) {
    count_failure(address);
    return hw::fail(hw::Code::kUnauthorized, "name or password is wrong");
  }
  return open_session(*found, kSession);
}

Result<std::pair<Person, std::string>> SignIn::show_token(std::string_view token, const std::string& address) {
  if (too_many(address)) return hw::fail(hw::Code::kNetwork, "too many failed sign-ins; wait a minute");
  RESUS_TRY(const auto wall, wall_of(token));
  if (!wall) {
    count_failure(address);
    return hw::fail(hw::Code::kUnauthorized, "this link is not valid any more; ask an admin for a new one");
  }
  return open_session(*wall, kWallSession);
}

void SignIn::count_failure(const std::string& address) {
  const std::lock_guard lock(mutex_);
  ++failures_[address].count;
}

Result<std::pair<Person, std::string>> SignIn::open_session(const Operator& who, std::chrono::milliseconds length) {
  RESUS_TRY(const auto role, role_from(who.role));
  auto token = random_hex(32);
  const auto now = clock_.now().time_since_epoch().count();
  RESUS_TRY(catalogue_.remove_expired(now));
  RESUS_TRY(catalogue_.put_session(
      {.token_sha256 = sha256_hex(token), .user = who.name, .role = who.role, .expires_at_ms = now + length.count()}));
  return std::pair(Person{.name = who.name, .role = role, .by_token = false}, std::move(token));
}

Result<std::optional<Operator>> SignIn::wall_of(std::string_view token) const {
  const auto kept = kept_token(token);
  RESUS_TRY(const auto all, catalogue_.operators());
  for (const auto& one : all) {
    if (one.role == to_string(Role::kWall) && same_secret(one.password, kept)) return std::optional(one);
  }
  return std::optional<Operator>();
}

Result<void> SignIn::sign_out(const transport::Request& request) {
  return catalogue_.remove_session(sha256_hex(cookie_of(request)));
}

Result<Person> SignIn::who(const transport::Request& request) const {
  const auto authorization = request.headers.get("Authorization");
  const bool bearer = authorization.starts_with(kBearer);
  const auto token = bearer ? authorization.substr(kBearer.size()) : cookie_of(request);
  if (token.empty()) return hw::fail(hw::Code::kUnauthorized, "not signed in");
  if (bearer && same_secret(token, local_token_)) return Person{.name = "local", .role = Role::kAdmin, .by_token = true};
  RESUS_TRY(const auto session, catalogue_.find_session(sha256_hex(token)));
  if (!session && bearer) {
    RESUS_TRY(const auto wall, wall_of(token));
    if (wall) return Person{.name = wall->name, .role = Role::kWall, .by_token = true};
  }
  if (!session || session->expires_at_ms < clock_.now().time_since_epoch().count()) {
    return hw::fail(hw::Code::kUnauthorized, "the session has ended; sign in again");
  }
  RESUS_TRY(const auto role, role_from(session->role));
  return Person{.name = session->user, .role = role, .by_token = bearer};
}

Result<void> SignIn::check_write(const transport::Request& request, const Person& person) {
  if (!request.headers.get("Content-Type").starts_with("application/json")) {
    return hw::fail(hw::Code::kBadInput, "Content-Type must be application/json");
  }
  if (person.by_token) return hw::success();
  const auto origin = request.headers.get("Origin");
  const auto own = "https://" + std::string(request.headers.get("Host"));
  if (request.headers.get("X-Resus") != "1" || (!origin.empty() && origin != own)) {
    return hw::fail(hw::Code::kUnauthorized, "writes need the header X-Resus and the depot's own origin");
  }
  return hw::success();
}

}  // namespace resus::depot
