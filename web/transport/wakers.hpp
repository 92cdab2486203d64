#pragma once
// How an answer from any thread finds the connection that sleeps until it comes, also when the server has ended
// meanwhile. Internal to the server; names Asio.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace resus::transport {

/// The sleeping connections of one server. It owns their suspended coroutines, so that they end with the server and
/// not with whoever still holds a way to answer them: a coroutine freed after its I/O context uses freed memory.
/// Threads: any.
class Wakers {
 public:
  template <class T>
  class Alarm;

  /// Keeps `handler` until the alarm rings; it then runs on `executor` with the value. An alarm that is dropped
  /// without ringing ends the handler there.
  template <class T, class Handler>
  [[nodiscard]] static std::shared_ptr<Alarm<T>> sleep(const std::shared_ptr<Wakers>& wakers,
                                                       boost::asio::any_io_executor executor, Handler handler) {
    auto sleeper = std::make_unique<SleeperWith<T, Handler>>(std::move(executor), std::move(handler));
    const std::lock_guard lock(wakers->mutex_);
    const auto number = wakers->next_++;
    wakers->sleeping_.emplace(number, std::move(sleeper));
    return std::make_shared<Alarm<T>>(wakers, number);
  }

  /// Frees everything that sleeps; alarms that ring later do nothing.
  /// @pre the context's threads have ended, the context itself is still there
  void detach() {
    std::map<std::uint64_t, std::unique_ptr<Sleeper>> sleeping;
    {
      const std::lock_guard lock(mutex_);
      sleeping.swap(sleeping_);
    }
  }

 private:
  struct Sleeper {
    virtual ~Sleeper() = default;
    virtual void end() = 0;
  };
  template <class T>
  struct SleeperFor : Sleeper {
    virtual void wake(T value) = 0;
  };
  template <class T, class Handler>
  struct SleeperWith final : SleeperFor<T> {
    SleeperWith(boost::asio::any_io_executor e, Handler h) : executor(std::move(e)), handler(std::move(h)) {}
    void wake(T value) override {
      boost::asio::post(executor, [h = std::move(handler), v = std::move(value)]() mutable { std::move(h)(std::move(v)); });
    }
    void end() override {
      boost::asio::post(executor, [h = std::move(handler)] {});
    }
    boost::asio::any_io_executor executor;
    Handler handler;
  };

  /// Under the lock: detach(), and with it the end of the context, waits until the post is done.
  template <class Act>
  void take(std::uint64_t number, Act act) {
    const std::lock_guard lock(mutex_);
    const auto found = sleeping_.find(number);
    if (found == sleeping_.end()) return;
    act(*found->second);
    sleeping_.erase(found);
  }

  std::mutex mutex_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, std::unique_ptr<Sleeper>> sleeping_;
};

/// Rings once; later calls do nothing. Threads: any. May outlive the server.
template <class T>
class Wakers::Alarm {
 public:
  Alarm(std::shared_ptr<Wakers> wakers, std::uint64_t number) : wakers_(std::move(wakers)), number_(number) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;
  ~Alarm() {
    wakers_->take(number_, [](Sleeper& sleeper) { sleeper.end(); });
  }
  void ring(T value) {
    wakers_->take(number_, [&](Sleeper& sleeper) { static_cast<SleeperFor<T>&>(sleeper).wake(std::move(value)); });
  }

 private:
  std::shared_ptr<Wakers> wakers_;
  std::uint64_t number_;
};

}  // namespace resus::transport
