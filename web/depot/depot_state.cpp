#include "web/depot/depot_state.hpp"

#include "web/depot/machine_view.hpp"

namespace resus::depot {

namespace json = boost::json;

void DepotState::beat(const Outlook& outlook) {
  received_per_s_ = received_bytes_.exchange(0);
  const auto statistics = store_.statistics();
  const auto now = clock_.now().time_since_epoch().count();
  const std::lock_guard lock(mutex_);
  if (statistics) fill_rate_.add(now, statistics.value().space.free_bytes);
  done_ = outlook.done;
  done_at_ms_ = now;
}

json::object DepotState::object(json::object netboot) const {
  json::object object{{"used_bytes", nullptr}, {"total_bytes", nullptr}, {"full_at", nullptr},
                      {"rx_bps", received_per_s_.load()}, {"address", address_},
                      {"version", RESUS_VERSION}, {"netboot", std::move(netboot)},
                      {"done_lo", nullptr}, {"done_hi", nullptr}};
  if (const auto statistics = store_.statistics()) {
    const auto& space = statistics.value().space;
    object["total_bytes"] = space.total_bytes;
    object["used_bytes"] = space.total_bytes - space.free_bytes;
  }
  const std::lock_guard lock(mutex_);
  if (const auto full = fill_rate_.full_at_ms(imaging::StoreOptions{}.reserve_bytes)) object["full_at"] = time_value(*full);
  if (!done_) return object;
  const auto at = [this](double seconds) { return time_value(done_at_ms_ + static_cast<std::int64_t>(seconds * 1000)); };
  object["done_lo"] = at(done_->lo);
  object["done_hi"] = at(done_->hi);
  return object;
}

}  // namespace resus::depot
