#pragma once
// Calls of the operators' API from the depot's own box, with the token it leaves there for local tools.
#include <boost/json.hpp>
#include <string>

#include "hw/file_system.hpp"
#include "web/transport/http_client.hpp"

namespace resus::web {

class DepotClient {
 public:
  /// Reads `<data>/run/ports.json` and `<data>/run/admin.token`.
  /// Errors: kNetwork when no depot has left them there, kBadInput.
  [[nodiscard]] static hw::Result<DepotClient> open(hw::FileSystem& files, const std::string& data);
  /// JSON in and out; a problem+json answer becomes an Error with its code.
  [[nodiscard]] hw::Result<boost::json::value> get(const std::string& target);
  [[nodiscard]] hw::Result<boost::json::value> post(const std::string& target, const boost::json::value& body);
  [[nodiscard]] hw::Result<boost::json::value> remove(const std::string& target);
  [[nodiscard]] hw::Result<boost::json::value> put(const std::string& target, const boost::json::value& body);
  /// "https://10.77.0.1:8443", as a browser needs it.
  [[nodiscard]] const std::string& origin() const { return origin_; }

 private:
  DepotClient(transport::HttpClient client, std::string token, std::string origin)
      : client_(std::move(client)), token_(std::move(token)), origin_(std::move(origin)) {}
  hw::Result<boost::json::value> call(transport::ClientRequest request);
  hw::Result<boost::json::value> send(const std::string& method, const std::string& target,
                                      const boost::json::value& body);
  transport::HttpClient client_;
  std::string token_;
  std::string origin_;
};

}  // namespace resus::web
