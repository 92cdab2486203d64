#pragma once
// A store on a workbench: no network, no depot; its own signing key lies beside the packs.
#include <memory>
#include <string>
#include <vector>

#include "imaging/custody.hpp"
#include "imaging/store.hpp"
#include "imaging/trusted_keys.hpp"
#include "web/cli/environment.hpp"

namespace resus::web {

/// An opened store with the key that signs its records, images and permits.
/// The key is made at first use: `<store>/keys/signing.pem`, the public half beside it in `signing.pub`
/// (base64 of the raw key). Former keys lie beside it, imaging/key_ring.hpp.
class Workbench {
 public:
  /// Errors: kConflict when another process (a running depot) holds the store, kRead, kWrite.
  [[nodiscard]] static hw::Result<Workbench> open(Environment& environment, const std::string& store_path);
  [[nodiscard]] imaging::Store& store() { return *store_; }
  [[nodiscard]] const imaging::SigningKey& key() const { return *key_; }
  [[nodiscard]] const std::vector<imaging::PublicKey>& trusted() const { return trusted_; }
  [[nodiscard]] imaging::CustodyLog& custody() { return *custody_; }
  [[nodiscard]] hw::Result<void> note(const imaging::CustodyEvent& event);

 private:
  Workbench() = default;
  std::unique_ptr<imaging::SigningKey> key_;
  std::vector<imaging::PublicKey> trusted_;
  std::unique_ptr<imaging::CustodyLog> custody_;
  std::unique_ptr<imaging::Store> store_;
};

/// A store that is looked at and not touched: no lock, no key of its own, no custody line. Also beside a running depot.
/// Errors: kNotFound where there is no store, kRead, kBadInput.
[[nodiscard]] hw::Result<std::unique_ptr<imaging::Store>> look_at(Environment& environment, const std::string& store_path);

/// Runs `body(Workbench&) -> Result<int>` on an opened store and turns its error into an exit status.
template <class Body>
int with_bench(Environment& environment, const std::string& store, Body body) {
  auto bench = Workbench::open(environment, store);
  if (!bench) return environment.output.fail(bench.error());
  hw::Result<int> done = body(bench.value());
  return done ? done.value() : environment.output.fail(done.error());
}

}  // namespace resus::web
