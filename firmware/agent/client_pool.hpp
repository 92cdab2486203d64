#pragma once
// As many connections to the depot as there are calls at once.
#include <memory>
#include <mutex>
#include <vector>

#include "web/transport/http_client.hpp"

namespace resus::agent {

/// Threads: any. A connection is used by one call at a time and kept for the next.
class ClientPool {
 public:
  explicit ClientPool(transport::ClientSettings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] hw::Result<transport::ClientAnswer> call(const transport::ClientRequest& request);
  [[nodiscard]] hw::Result<transport::ClientAnswer> download(const transport::ClientRequest& request,
                                                             const transport::HttpClient::Sink& sink);
  void cancel();

 private:
  using Client = std::shared_ptr<transport::HttpClient>;
  [[nodiscard]] hw::Result<Client> take();
  void give_back(Client client);

  transport::ClientSettings settings_;
  std::mutex mutex_;
  std::vector<Client> idle_;
  std::vector<std::weak_ptr<transport::HttpClient>> all_;
  bool cancelled_ = false;
};

}  // namespace resus::agent
