#include "web/depot/router.hpp"

#include <algorithm>

#include "hw/log.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {
namespace {

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    parts.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path, std::vector<std::string>& args) {
  if (pattern.size() != path.size()) return false;
  args.clear();
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (pattern[i] == "{}") args.push_back(path[i]);
    else if (pattern[i] != path[i]) return false;
  }
  return true;
}

}  // namespace

void Router::add(std::string method, const std::string& pattern, Answer answer) {
  add_later(std::move(method), pattern,
            [answer = std::move(answer)](const Call& call, const transport::Responder& respond) { respond(answer(call)); });
}

void Router::add_later(std::string method, const std::string& pattern, Later call) {
  routes_.push_back({std::move(method), parts_of(pattern), std::move(call)});
}

void Router::dispatch(transport::Request request, const transport::Responder& respond) const {
  const auto path = parts_of(request.path);
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  Call call{.request = std::move(request), .args = {}};
  bool known = false;
  for (const auto& route : routes_) {
    if (!matches(route.parts, path, call.args)) continue;
    known = true;
    if (route.method == method) return route.call(call, respond);
  }
  if (known) return respond(transport::problem(hw::Code::kUsage, "this address does not take " + call.request.method, 405));
  if (otherwise_) return respond(otherwise_(call));
  respond(transport::problem(hw::Code::kNotFound, "there is nothing at " + call.request.path));
}

transport::Handler Router::handler(Workers& workers) const {
  return [this, &workers](transport::Request request, transport::Responder respond) {
    auto shared = std::make_shared<transport::Request>(std::move(request));
    workers.post([this, shared, respond] { dispatch(std::move(*shared), respond); });
  };
}

transport::Response reply(hw::Result<transport::Response> result) {
  if (result) return std::move(result).value();
  const auto& error = result.error();
  if (transport::status_of(error.code) == 500) hw::log(hw::LogLevel::kError, "depot", error.to_string());
  return transport::problem(error);
}

transport::Response json_reply(std::string body, unsigned status) {
  auto response = transport::text_response(status, "application/json", std::move(body));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

transport::Response no_content() {
  transport::Response response;
  response.status = 204;
  return response;
}

transport::Response binary_reply(std::string body) {
  return transport::text_response(200, "application/octet-stream", std::move(body));
}

}  // namespace resus::depot
