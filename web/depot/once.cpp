#include "web/depot/once.hpp"

#include "web/depot/router.hpp"
#include "web/depot/secrets.hpp"

namespace resus::depot {

using transport::Response;

/// Holds a key while its request is at work.
class Once::Turn {
 public:
  Turn(Once& owner, const std::string& key) : owner_(owner), key_(key) {
    std::unique_lock lock(owner_.mutex_);
    owner_.done_.wait(lock, [&] { return !owner_.at_work_.contains(key_); });
    owner_.at_work_.insert(key_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    {
      const std::lock_guard lock(owner_.mutex_);
      owner_.at_work_.erase(key_);
    }
    owner_.done_.notify_all();
  }

 private:
  Once& owner_;
  const std::string key_;
};

Result<Response> Once::work_and_remember(const std::string& key, const std::string& fingerprint, const Work& work) {
  RESUS_TRY(auto response, work());
  const auto* body = std::get_if<std::string>(&response.body);
  if (body != nullptr && response.status >= 200 && response.status < 300) {
    RESUS_TRY(catalogue_.remember_reply(key, {fingerprint, response.status, *body}));
  }
  return response;
}

Result<Response> Once::answer(const transport::Request& request, std::string_view person, const Work& work) {
  const std::string key(request.headers.get("Idempotency-Key"));
  if (key.empty()) return work();
  if (key.size() > kLongestKey) return hw::fail(hw::Code::kBadInput, "Idempotency-Key: at most " + std::to_string(kLongestKey) + " characters");
  const auto fingerprint = sha256_hex(std::string(person) + "\n" + request.method + " " + request.target + "\n" + request.body);
  const Turn turn(*this, key);
  RESUS_TRY(const auto known, catalogue_.find_reply(key));
  if (!known) return work_and_remember(key, fingerprint, work);
  if (known->fingerprint != fingerprint) return hw::fail(hw::Code::kConflict, "this Idempotency-Key was used for another request");
  if (known->status == 204) return no_content();
  return json_reply(known->body, known->status);
}

}  // namespace resus::depot
