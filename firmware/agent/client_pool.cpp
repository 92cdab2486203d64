#include "firmware/agent/client_pool.hpp"

namespace resus::agent {

hw::Result<ClientPool::Client> ClientPool::take() {
  const std::scoped_lock lock(mutex_);
  if (cancelled_) return hw::fail(hw::Code::kCancelled, "the agent is stopping");
  if (!idle_.empty()) {
    auto client = std::move(idle_.back());
    idle_.pop_back();
    return client;
  }
  RESUS_TRY(auto opened, transport::HttpClient::open(settings_));
  auto client = std::make_shared<transport::HttpClient>(std::move(opened));
  std::erase_if(all_, [](const auto& known) { return known.expired(); });
  all_.push_back(client);
  return client;
}

void ClientPool::give_back(Client client) {
  const std::scoped_lock lock(mutex_);
  idle_.push_back(std::move(client));
}

hw::Result<transport::ClientAnswer> ClientPool::call(const transport::ClientRequest& request) {
  RESUS_TRY(auto client, take());
  auto answer = client->call(request);
  give_back(std::move(client));
  return answer;
}

hw::Result<transport::ClientAnswer> ClientPool::download(const transport::ClientRequest& request,
                                                         const transport::HttpClient::Sink& sink) {
  RESUS_TRY(auto client, take());
  auto answer = client->download(request, sink);
  give_back(std::move(client));
  return answer;
}

void ClientPool::cancel() {
  const std::scoped_lock lock(mutex_);
  cancelled_ = true;
  for (const auto& known : all_) {
    if (const auto client = known.lock()) client->cancel();
  }
}

}  // namespace resus::agent
