#pragma once
// The people and screens that may sign in: added, listed and removed by an admin.
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "imaging/custody.hpp"
#include "web/depot/catalogue.hpp"

namespace resus::depot {

struct NewOperator {
  std::string name;
  std::string role;      ///< "viewer", "technician", "supervisor", "admin"; "wall" for a screen
  std::string password;  ///< of a person, at least kLeastPassword bytes; empty for a wall
};

/// What a wall screen signs in with. Kept as a hash only, so it is told once.
struct WallToken {
  std::string name;
  std::string token;  ///< 64 hex digits
};

/// Every change stands in the custody log. Threads: any. `catalogue` and `custody` outlive the object.
class Operators {
 public:
  static constexpr std::size_t kLeastPassword = 12;  ///< bytes; NIST SP 800-63B-4 asks 15 of a password that stands alone, 8 beside limits on guessing
  static constexpr std::size_t kMostPassword = 1024;

  Operators(Catalogue& catalogue, imaging::CustodyLog& custody) : catalogue_(catalogue), custody_(custody) {}
  /// Sorted by name; without anything that opens a door.
  [[nodiscard]] Result<std::vector<Operator>> list();
  /// @param actor  who does it, for the custody log
  /// Returns the token for a wall, an empty one for a person.
  /// Errors: kBadInput (name, role or password), kConflict when the name is taken.
  [[nodiscard]] Result<WallToken> add(std::string_view actor, const NewOperator& wanted);
  /// Ends the sessions too; open event streams are the caller's.
  /// Errors: kNotFound; kConflict for the last admin: nobody could undo it.
  [[nodiscard]] Result<void> remove(std::string_view actor, std::string_view name);

 private:
  [[nodiscard]] Result<void> note(std::string_view actor, std::string_view action, std::string_view name, std::string_view role);
  Catalogue& catalogue_;
  imaging::CustodyLog& custody_;
  std::mutex changing_;  ///< of two who remove each other one stays
};

/// What the catalogue keeps of a wall's token, in place of a password hash; no password ever matches it.
[[nodiscard]] std::string kept_token(std::string_view token);

}  // namespace resus::depot
