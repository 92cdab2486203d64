#pragma once
// Routes of the operators' API: who may call what.
#include <boost/json.hpp>
#include <functional>

#include "web/depot/once.hpp"
#include "web/depot/router.hpp"
#include "web/depot/sign_in.hpp"

namespace resus::depot {

/// Adds routes to a router; outlives it, as do `sign_in` and `catalogue`. Threads: routes are added by one, called by any.
class OperatorRoutes {
 public:
  using Answer = std::function<Result<transport::Response>(const Call&, const Person&)>;
  OperatorRoutes(Router& router, SignIn& sign_in, Catalogue& catalogue) : router_(router), sign_in_(sign_in), once_(catalogue) {}
  /// For everybody, signed in or not.
  void open(const char* method, const char* pattern, std::function<Result<transport::Response>(const Call&)> call);
  void read(const char* pattern, Answer call, Role least = Role::kViewer);
  /// Checks that a browser's write comes from our own pages, too. A POST with an Idempotency-Key is done once.
  void write(const char* method, const char* pattern, Role least, Answer call);
  /// The same for a request or an answer that holds a secret: nothing of it is kept, so its Idempotency-Key is passed over.
  void write_secret(const char* method, const char* pattern, Role least, Answer call);

 private:
  static transport::Response lacks(Role least);
  Router& router_;
  SignIn& sign_in_;
  Once once_;
};

[[nodiscard]] transport::Response reply_json(const boost::json::value& value, unsigned status = 200);
/// `limit` of the query between 1 and `most`.
[[nodiscard]] std::size_t limit_of(const Call& call, std::size_t fallback, std::size_t most);
/// One line of a history.
[[nodiscard]] boost::json::object entry_object(const TimelineEntry& entry);

}  // namespace resus::depot
