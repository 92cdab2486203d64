#pragma once
// Asks a time-stamp authority for stamps over evidence records, and keeps asking until it has them.
#include <boost/json.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "hw/file_system.hpp"
#include "imaging/custody.hpp"
#include "imaging/store.hpp"
#include "imaging/time_stamp.hpp"
#include "web/depot/config.hpp"

namespace resus::depot {

using hw::Result;

/// Whom to ask and whom to believe.
struct StampAuthority {
  std::string url;
  std::string ca_pem;
  std::string policy;  ///< object identifier; empty: the authority's own choice
};
/// Reads the file of certificates and looks at address and policy. Errors: kUsage, kNotFound.
[[nodiscard]] Result<StampAuthority> stamp_authority(hw::FileSystem& files, const std::string& url, const std::string& ca_file,
                                                     const std::string& policy);
/// The configuration's, if it names one. Errors: as above, prefixed with "timestamp".
[[nodiscard]] Result<std::optional<StampAuthority>> authority_of(const Config& config, hw::FileSystem& files);
/// Asks once. The stamp is in the store, durable, only when it verified. Errors: kNotFound, kNetwork, kPeerUntrusted,
/// kProtocol, kStampRefused, kCancelled, the store's.
[[nodiscard]] Result<imaging::StampFacts> ask_for_stamp(imaging::Store& store, const std::string& evidence_id,
                                                        const StampAuthority& authority, const std::stop_token& stop = {});

/// A thread that stamps what has no good stamp yet: at the start, and when it is woken. Nobody ever waits for it. While
/// the authority is silent it asks again after 1 s, 2 s … up to 10 minutes. Threads: any. Everything outlives the object.
class Stamper {
 public:
  /// Without an authority nothing is asked for.
  Stamper(imaging::Store& store, imaging::CustodyLog& custody, std::optional<StampAuthority> authority);
  ~Stamper() { stop(); }
  Stamper(const Stamper&) = delete;
  Stamper& operator=(const Stamper&) = delete;
  /// There may be new evidence.
  void wake();
  /// As report::stamp_facts(), and while an authority is asked `pending`, with `since` (when the copy was complete) and the last `problem`.
  [[nodiscard]] boost::json::object state(const std::string& evidence_id) const;
  [[nodiscard]] const std::string& authority_certificates() const;
  void stop();

 private:
  void run(const std::stop_token& stop);
  /// True when the authority answered; false: it is of no use to go on now.
  bool stamp_all(const std::stop_token& stop);
  bool stamp_one(const imaging::EvidenceInfo& info, const std::stop_token& stop);
  bool has_good_stamp(const std::string& evidence_id);
  void remember(const std::string& evidence_id, const imaging::StampFacts& facts);
  imaging::Store& store_;
  imaging::CustodyLog& custody_;
  const std::optional<StampAuthority> authority_;
  mutable std::mutex mutex_;
  std::condition_variable_any woken_;
  bool wake_ = true;
  std::map<std::string, boost::json::object> stamped_;
  std::map<std::string, std::string> problems_;
  std::jthread thread_;  ///< last: runs while everything above lives
};

}  // namespace resus::depot
