#pragma once
// One table of routes for each port: method, pattern, call.
#include <functional>
#include <string>
#include <vector>

#include "web/depot/workers.hpp"
#include "web/transport/http.hpp"

namespace resus::depot {

struct Call {
  transport::Request request;
  std::vector<std::string> args;  ///< what stood for each {} of the pattern
};

class Router {
 public:
  using Answer = std::function<transport::Response(const Call&)>;
  using Later = std::function<void(const Call&, const transport::Responder&)>;

  /// `pattern`: "/agent/v1/images/{}/nodes". GET answers HEAD as well.
  void add(std::string method, const std::string& pattern, Answer answer);
  /// For calls that wait or hand on: they answer when they are ready.
  void add_later(std::string method, const std::string& pattern, Later call);
  /// Every path that no route matches.
  void otherwise(Answer answer) { otherwise_ = std::move(answer); }
  /// 404 and 405 as problem+json.
  void dispatch(transport::Request request, const transport::Responder& respond) const;
  /// Dispatches on `workers`. The router must outlive the handler's server.
  [[nodiscard]] transport::Handler handler(Workers& workers) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> parts;
    Later call;
  };
  std::vector<Route> routes_;
  Answer otherwise_;
};

/// The answer, or the error as problem+json; a 500 is logged.
[[nodiscard]] transport::Response reply(hw::Result<transport::Response> result);
[[nodiscard]] transport::Response json_reply(std::string body, unsigned status = 200);
[[nodiscard]] transport::Response no_content();
[[nodiscard]] transport::Response binary_reply(std::string body);

}  // namespace resus::depot
