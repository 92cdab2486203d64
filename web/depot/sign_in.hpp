#pragma once
// Who is at the other end of a request: sessions, bearer tokens, roles.
#include <map>
#include <mutex>
#include <optional>

#include "hw/clock.hpp"
#include "web/depot/catalogue.hpp"
#include "web/transport/http.hpp"

namespace resus::depot {

enum class Role { kWall, kViewer, kTechnician, kSupervisor, kAdmin };
[[nodiscard]] Result<Role> role_from(std::string_view word);
[[nodiscard]] std::string_view to_string(Role role);

struct Person {
  std::string name;
  Role role = Role::kViewer;
  bool by_token = false;  ///< bearer: a script, no browser to be tricked
};

/// Threads: any. `catalogue` and `clock` outlive the object.
class SignIn {
 public:
  static constexpr std::chrono::hours kSession{12};
  static constexpr std::chrono::hours kWallSession{24 * 400};  ///< browsers keep no cookie longer
  static constexpr int kMostFailures = 8;  ///< per address and minute

  /// @param local_token  good for this run: tools on the same box read it from <data>/run/admin.token
  SignIn(Catalogue& catalogue, const hw::Clock& clock, std::string local_token);
  /// Errors: kUnauthorized; kNetwork after too many failures (the caller answers 429).
  [[nodiscard]] Result<std::pair<Person, std::string>> sign_in(std::string_view user, std::string_view password,
                                                               const std::string& address);
  /// A wall's token for a session of its own. Errors: as sign_in().
  [[nodiscard]] Result<std::pair<Person, std::string>> show_token(std::string_view token, const std::string& address);
  [[nodiscard]] Result<void> sign_out(const transport::Request& request);
  /// Errors: kUnauthorized without a valid session or token.
  [[nodiscard]] Result<Person> who(const transport::Request& request) const;
  /// A browser's write must come from our own pages. Errors: kUnauthorized, kBadInput.
  [[nodiscard]] static Result<void> check_write(const transport::Request& request, const Person& person);

 private:
  struct Failures {
    std::int64_t since_ms = 0;
    int count = 0;
  };
  [[nodiscard]] bool too_many(const std::string& address);
  void count_failure(const std::string& address);
  [[nodiscard]] Result<std::pair<Person, std::string>> open_session(const Operator& who, std::chrono::milliseconds length);
  /// Whose wall token it is.
  [[nodiscard]] Result<std::optional<Operator>> wall_of(std::string_view token) const;
  Catalogue& catalogue_;
  const hw::Clock& clock_;
  std::string local_token_;
  std::mutex mutex_;
  std::map<std::string, Failures> failures_;
};

}  // namespace resus::depot
