#pragma once
// How many connections may be open, in all and from one address.
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace resus::transport {

/// Threads: any. A Pass must not outlive its gate's shared_ptr chain: it holds the gate itself.
class ConnectionGate : public std::enable_shared_from_this<ConnectionGate> {
 public:
  ConnectionGate(std::size_t total, std::size_t per_address)
      : total_(total), per_address_(per_address) {}

  /// Gives its place back when destroyed.
  class Pass {
   public:
    Pass() = default;
    Pass(std::shared_ptr<ConnectionGate> gate, std::string address)
        : gate_(std::move(gate)), address_(std::move(address)) {}
    Pass(Pass&&) noexcept = default;
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_) gate_->leave(address_);
    }
    explicit operator bool() const { return gate_ != nullptr; }

   private:
    std::shared_ptr<ConnectionGate> gate_;
    std::string address_;
  };

  /// An empty pass: full.
  [[nodiscard]] Pass enter(const std::string& address) {
    const std::lock_guard lock(mutex_);
    if (open_ >= total_ || by_address_[address] >= per_address_) return {};
    ++open_;
    ++by_address_[address];
    return {shared_from_this(), address};
  }

 private:
  void leave(const std::string& address) {
    const std::lock_guard lock(mutex_);
    --open_;
    if (--by_address_[address] == 0) by_address_.erase(address);
  }
  std::size_t total_;
  std::size_t per_address_;
  std::mutex mutex_;
  std::size_t open_ = 0;
  std::map<std::string, std::size_t> by_address_;
};

}  // namespace resus::transport
