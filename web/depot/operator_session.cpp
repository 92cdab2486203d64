// Sign-in and sign-out.
#include "web/depot/operator_sections.hpp"
#include "web/messages/fields.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
using transport::Response;

Result<Response> sign_in(OperatorServices& s, const Call& call) {
  const Person browser;
  RESUS_TRY(SignIn::check_write(call.request, browser));
  RESUS_TRY(const auto object, messages::parse_object(call.request.body, "session"));
  messages::Fields fields(object, "session");
  const bool wall = fields.has("token");
  const auto token = wall ? fields.text("token") : std::string();
  const auto user = wall ? std::string() : fields.text("user");
  const auto password = wall ? std::string() : fields.text("password", Operators::kMostPassword);
  RESUS_TRY(fields.done());
  const auto& address = call.request.client_address;
  auto signed_in = wall ? s.sign_in.show_token(token, address) : s.sign_in.sign_in(user, password, address);
  if (!signed_in && signed_in.error().code == hw::Code::kNetwork) {
    return transport::problem(hw::Code::kUnauthorized, signed_in.error().context, 429);
  }
  RESUS_TRY(const auto person, std::move(signed_in));
  auto response = reply_json(json::object{{"user", person.first.name}, {"role", to_string(person.first.role)}});
  const auto age = std::chrono::seconds(SignIn::kWallSession).count();  // a screen is switched off at night; a person's browser forgets
  const auto lasting = wall ? "; Max-Age=" + std::to_string(age) : std::string();
  response.headers.add("Set-Cookie", "__Host-resus=" + person.second + "; Path=/; Secure; HttpOnly; SameSite=Strict" + lasting);
  return response;
}

Result<Response> session(const Call&, const Person& person) {
  return reply_json(json::object{{"user", person.name}, {"role", to_string(person.role)}});
}

Result<Response> sign_out(OperatorServices& s, const Call& call, const Person&) {
  RESUS_TRY(s.sign_in.sign_out(call.request));
  auto response = no_content();
  response.headers.add("Set-Cookie", "__Host-resus=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
  return response;
}

}  // namespace

void add_session_routes(OperatorRoutes& routes, OperatorServices& s) {
  routes.open("POST", "/api/v1/session", [&s](const Call& c) { return sign_in(s, c); });
  routes.read("/api/v1/session", session, Role::kWall);
  routes.write("DELETE", "/api/v1/session", Role::kWall, [&s](const Call& c, const Person& p) { return sign_out(s, c, p); });
}

}  // namespace resus::depot
