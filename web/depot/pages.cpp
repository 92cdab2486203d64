#include "web/depot/pages.hpp"

#include <algorithm>

#include "web/depot/compression.hpp"
#include "web/depot/ui_assets.hpp"
#include "web/transport/problem.hpp"

namespace resus::depot {
namespace {

using transport::Response;

// Source: the dashboard's design, "How it is made".
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

std::string_view media_type(std::string_view path) {
  const auto dot = path.rfind('.');
  const auto ending = dot == std::string_view::npos ? std::string_view() : path.substr(dot);
  if (ending == ".js" || ending == ".mjs") return "text/javascript; charset=utf-8";
  if (ending == ".css") return "text/css; charset=utf-8";
  if (ending == ".html") return "text/html; charset=utf-8";
  if (ending == ".svg") return "image/svg+xml";
  if (ending == ".png") return "image/png";
  if (ending == ".json") return "application/json";
  if (ending == ".woff2") return "font/woff2";
  return "text/plain; charset=utf-8";
}

Response asset_response(const transport::Request& request, const UiAsset& asset, std::string_view caching) {
  Response response;
  response.headers.add("Content-Type", std::string(media_type(asset.path)));
  response.headers.add("Cache-Control", std::string(caching));
  response.headers.add("ETag", std::string(asset.etag));
  response.headers.add("Vary", "Accept-Encoding");
  if (request.headers.get("If-None-Match") == asset.etag) {
    response.status = 304;
    return response;
  }
  const bool gzip = accepts_gzip(request);
  if (gzip) response.headers.add("Content-Encoding", "gzip");
  response.body = std::string(gzip ? asset.gzip : asset.plain);
  return response;
}

const UiAsset* find_asset(std::string_view path) {
  const auto& assets = ui_assets();
  const auto found = std::ranges::find(assets, path, &UiAsset::path);
  return found == assets.end() ? nullptr : &*found;
}

Response page(const Call& call) {
  const auto* index = find_asset("index.html");
  if (index == nullptr) return transport::problem(hw::Code::kNotFound, "the program was built without its pages");
  return asset_response(call.request, *index, "no-cache");
}

}  // namespace

void add_security_headers(Response& response) {
  if (response.headers.get("Content-Security-Policy").empty()) response.headers.add("Content-Security-Policy", std::string(kPolicy));
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Referrer-Policy", "no-referrer");
}

void add_pages(Router& router) {
  for (const char* address : {"/", "/m/{}", "/approve", "/evidence", "/images", "/jobs", "/reports", "/audit", "/settings", "/wall", "/help/{}"}) {
    router.add("GET", address, page);
  }
  router.otherwise([prefix = "/ui/" + std::string(ui_tree_hash()) + "/"](const Call& call) {
    const auto& request = call.request;
    const bool reads = request.method == "GET" || request.method == "HEAD";
    const bool ours = reads && request.path.starts_with(prefix);
    const auto* asset = ours ? find_asset(std::string_view(request.path).substr(prefix.size())) : nullptr;
    if (asset == nullptr) return transport::problem(hw::Code::kNotFound, "there is nothing at " + request.path);
    return asset_response(request, *asset, "public, max-age=31536000, immutable");
  });
}

}  // namespace resus::depot
