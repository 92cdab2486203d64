#include "firmware/agent/status_page.hpp"

#include <boost/json.hpp>

#include "firmware/agent/screen.hpp"
#include "web/transport/problem.hpp"

namespace resus::agent {

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string row(std::string_view name, const std::string& value) {
  return "<tr><th>" + std::string(name) + "</th><td>" + escaped(value.empty() ? "–" : value) + "</td></tr>\n";
}

constexpr std::string_view kHead =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"5\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>Resus</title><style>"
    "body{font:16px/1.5 sans-serif;margin:1rem;max-width:60rem}th{text-align:left;padding-right:1rem;vertical-align:top}"
    "pre{overflow-x:auto;background:#eee;color:#111;padding:.5rem}progress{width:100%}</style></head><body>\n";

transport::Response answer(const Status& status, const transport::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") return transport::problem(hw::Code::kUsage, "read only", 405);
  if (request.path == "/status.json") {
    return transport::text_response(200, "application/json", render_json(status.snapshot()));
  }
  if (request.path != "/") return transport::problem(hw::Code::kNotFound, request.path);
  auto page = transport::text_response(200, "text/html; charset=utf-8", render_page(status.snapshot()));
  page.headers.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
  return page;
}

}  // namespace

std::string render_page(const Snapshot& s) {
  const auto title = s.task.slot.empty() ? s.machine_id : s.task.slot;
  std::string page(kHead);
  page += "<h1>" + escaped(title) + "</h1>\n<p><strong>" + escaped(s.task.sentence) + "</strong></p>\n";
  if (!s.stage.empty()) {
    page += "<progress aria-label=\"progress\" max=\"" + std::to_string(s.total) + "\" value=\"" + std::to_string(s.done) + "\"></progress>\n<p>" +
            escaped(s.stage) + ": " + human_bytes(s.done) + " of " + human_bytes(s.total) + ", " + human_bytes(s.bps) + "/s</p>\n";
  }
  if (const auto trouble = trouble_of(s)) {
    const auto& code = hw::info(trouble->code);
    page += "<h2>" + escaped(code.id) + "</h2><p>" + escaped(code.what_happened) + " " + escaped(code.what_is_safe) + " " +
            escaped(code.next_action) + "</p><p>" + escaped(trouble->context) + "</p>\n";
  }
  page += "<table>" + row("Machine", s.machine_id) + row("Phase", s.task.phase) +
          row("Condition", s.task.condition) + row("Depot", s.contact ? s.depot : s.depot + " (no contact)") + row("Waiting", s.paused) +
          row("Disk", s.disk) + row("Build", s.build) + "</table>\n<h2>Log</h2><pre>";
  for (const auto& text : s.log) page += escaped(text) + "\n";
  return page + "</pre></body></html>\n";
}

std::string render_json(const Snapshot& s) {
  boost::json::object object{{"machine_id", s.machine_id}, {"slot", s.task.slot},
                             {"phase", s.task.phase},      {"condition", s.task.condition}, {"sentence", s.task.sentence},
                             {"contact", s.contact},       {"stage", s.stage},              {"done", s.done},
                             {"total", s.total},           {"bps", s.bps},                  {"paused", s.paused},
                             {"disk", s.disk},             {"build", s.build},              {"code", ""}};
  if (const auto trouble = trouble_of(s)) object["code"] = hw::info(trouble->code).id;
  return boost::json::serialize(object);
}

transport::Listen status_page(const Status& status, std::uint16_t port) {
  transport::Listen listen;
  listen.address = "0.0.0.0";
  listen.port = port;
  listen.limits.header_bytes = 4096;
  listen.limits.body_bytes = [](const transport::RequestHead&) { return std::uint64_t{0}; };
  listen.limits.connections = 16;
  listen.limits.connections_per_address = 4;
  listen.limits.idle = std::chrono::milliseconds(10'000);
  listen.handler = [&status](const transport::Request& request, const transport::Responder& respond) {
    respond(answer(status, request));
  };
  return listen;
}

}  // namespace resus::agent
