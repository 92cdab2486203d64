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
  [[nodiscard]] hw::Result<boost::json::value> put(const std::string& target, const boost::json::value& body);
  [[nodiscard]] hw::Result<boost::json::value> remove(const std::string& target);
  /// "https://10.77.0.1:8443", as a browser needs it.
  [[nodiscard]] const std::string& origin() const { return origin_; }
  /// A body of up to `most_bytes` goes to `sink` piece by piece. Errors: the depot's, kNetwork when it breaks off, the
  /// sink's, kCancelled.
  [[nodiscard]] hw::Result<void> download(const std::string& target, std::uint64_t most_bytes,
                                          const transport::HttpClient::Sink& sink);
  /// The call under way and all later ones fail with kCancelled. Threads: any.
  void cancel() { client_.cancel(); }

 private:
  DepotClient(transport::HttpClient client, std::string token, std::string origin)
      : client_(std::move(client)), token_(std::move(token)), origin_(std::move(origin)) {}
  void sign(transport::ClientRequest& request) const;
  hw::Result<boost::json::value> call(transport::ClientRequest request);
  hw::Result<boost::json::value> send(const std::string& method, const std::string& target,
                                      const boost::json::value& body);
  transport::HttpClient client_;
  std::string token_;
  std::string origin_;
};

/// One part of an address, whatever characters it holds.
[[nodiscard]] std::string path_part(std::string_view text);

}  // namespace resus::web
