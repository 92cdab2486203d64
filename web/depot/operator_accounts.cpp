// Who may sign in: web/API.md, "Operators and walls".
#include "web/depot/operator_sections.hpp"
#include "web/messages/fields.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using transport::Response;

Result<Response> list(OperatorServices& s, const Call&, const Person&) {
  RESUS_TRY(const auto all, s.operators.list());
  json::array list;
  for (const auto& one : all) list.emplace_back(json::object{{"name", one.name}, {"role", one.role}});
  return reply_json(json::object{{"operators", std::move(list)}});
}

Result<Response> add(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "operator"));
  messages::Fields fields(object, "operator");
  NewOperator wanted;
  wanted.name = fields.text("name");
  wanted.role = fields.text("role");
  if (fields.has("password")) wanted.password = fields.text("password", Operators::kMostPassword);
  RESUS_TRY(fields.done());
  RESUS_TRY(const auto made, s.operators.add(person.name, wanted));
  json::object answer{{"name", wanted.name}, {"role", wanted.role}};
  if (!made.token.empty()) answer["token"] = made.token;
  return reply_json(answer, 201);
}

Result<Response> remove(OperatorServices& s, const Call& call, const Person& person) {
  RESUS_TRY(s.operators.remove(person.name, call.args[0]));
  s.events.end(call.args[0]);
  return no_content();
}

}  // namespace

void add_account_routes(OperatorRoutes& routes, OperatorServices& s) {
  const auto with = [&s](auto call) { return [&s, call](const Call& c, const Person& p) { return call(s, c, p); }; };
  routes.read("/api/v1/operators", with(list), Role::kAdmin);
  routes.write_secret("POST", "/api/v1/operators", Role::kAdmin, with(add));
  routes.write("DELETE", "/api/v1/operators/{}", Role::kAdmin, with(remove));
}

}  // namespace resus::depot
