#include "web/depot/stamping.hpp"

#include <algorithm>

#include "hw/log.hpp"
#include "web/report/stamp_facts.hpp"
#include "web/transport/web_post.hpp"

namespace resus::depot {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostCertificateBytes = 1 << 20;
constexpr std::chrono::seconds kFirstPause{1};
constexpr std::chrono::seconds kLongestPause{600};

imaging::Digest imprint_of(std::string_view envelope) { return imaging::sha256(std::as_bytes(std::span(envelope))); }

}  // namespace

Result<StampAuthority> stamp_authority(hw::FileSystem& files, const std::string& url, const std::string& ca_file,
                                       const std::string& policy) {
  RESUS_TRY(transport::parse_web_address(url));
  if (ca_file.empty()) return hw::fail(hw::Code::kUsage, "a stamp counts only when it verifies: name the authority's certificates (ca_file)");
  RESUS_TRY(imaging::stamp_query({}, policy));
  StampAuthority authority{.url = url, .ca_pem = {}, .policy = policy};
  RESUS_TRY(authority.ca_pem, files.read_all(ca_file, kMostCertificateBytes));
  if (authority.ca_pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos) return hw::fail(hw::Code::kUsage, ca_file + " holds no certificate (PEM)");
  return authority;
}

Result<std::optional<StampAuthority>> authority_of(const Config& config, hw::FileSystem& files) {
  if (config.stamp_url.empty()) return std::optional<StampAuthority>();
  auto authority = stamp_authority(files, config.stamp_url, config.stamp_ca_file, config.stamp_policy);
  if (!authority) return hw::failure(std::move(authority.error()).within("timestamp"));
  return std::optional(std::move(authority.value()));
}

Result<imaging::StampFacts> ask_for_stamp(imaging::Store& store, const std::string& evidence_id, const StampAuthority& authority,
                                          const std::stop_token& stop) {
  RESUS_TRY(const auto envelope, store.record_envelope(evidence_id));
  RESUS_TRY(const auto query, imaging::stamp_query(imprint_of(envelope), authority.policy));
  RESUS_TRY(const auto address, transport::parse_web_address(authority.url));
  const transport::WebPost post{.content_type = "application/timestamp-query", .body = query, .ca_pem = authority.ca_pem,
                                .max_answer_bytes = imaging::kMaxStampBytes};
  RESUS_TRY(const auto answer, transport::web_post(address, post, stop));
  RESUS_TRY(auto facts, imaging::check_stamp(answer, query, authority.ca_pem));
  RESUS_TRY(store.put_stamp(evidence_id, answer));
  return facts;
}

Stamper::Stamper(imaging::Store& store, imaging::CustodyLog& custody, std::optional<StampAuthority> authority)
    : store_(store), custody_(custody), authority_(std::move(authority)) {
  if (authority_) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Stamper::wake() {
  const std::lock_guard lock(mutex_);
  wake_ = true;
  woken_.notify_all();
}

void Stamper::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

const std::string& Stamper::authority_certificates() const {
  static const std::string kNone;
  return authority_ ? authority_->ca_pem : kNone;
}

json::object Stamper::state(const std::string& evidence_id) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = stamped_.find(evidence_id); found != stamped_.end()) return found->second;
  }
  auto facts = report::stamp_facts(store_, evidence_id, authority_certificates());
  const auto info = store_.find_evidence(evidence_id);
  if (!authority_ || facts.at("state") == "stamped" || !info) return facts;
  const auto& record = info.value().record;
  facts["state"] = "pending";
  facts["since"] = record.verified_at.empty() ? record.copied_at : record.verified_at;
  const std::lock_guard lock(mutex_);
  if (const auto problem = problems_.find(evidence_id); problem != problems_.end()) facts["problem"] = problem->second;
  return facts;
}

void Stamper::remember(const std::string& evidence_id, const imaging::StampFacts& facts) {
  const std::lock_guard lock(mutex_);
  problems_.erase(evidence_id);
  stamped_[evidence_id] = report::stamped_facts(facts);
}

bool Stamper::has_good_stamp(const std::string& evidence_id) {
  {
    const std::lock_guard lock(mutex_);
    if (stamped_.contains(evidence_id)) return true;
  }
  const auto stamp = store_.stamp(evidence_id);
  const auto envelope = store_.record_envelope(evidence_id);
  if (!stamp || !envelope) return false;
  const auto facts = imaging::check_stored_stamp(stamp.value(), imprint_of(envelope.value()), authority_->ca_pem);
  if (facts) remember(evidence_id, facts.value());
  return facts.has_value();
}

bool Stamper::stamp_one(const imaging::EvidenceInfo& info, const std::stop_token& stop) {
  const auto facts = ask_for_stamp(store_, info.id, *authority_, stop);
  if (!facts) {
    hw::log(hw::LogLevel::kWarning, "depot", "time stamp of " + info.id + ": " + facts.error().to_string());
    const std::lock_guard lock(mutex_);
    problems_[info.id] = facts.error().to_string();
    return facts.error().code == hw::Code::kStampRefused;  // it has answered: others may have more luck
  }
  remember(info.id, facts.value());
  const json::object details{{"evidence", info.id}, {"time", facts.value().time}, {"authority", facts.value().authority}, {"serial", facts.value().serial}};
  const auto noted = custody_.append({.actor = "depot", .machine = info.record.context.machine_id, .action = "evidence.stamp", .reason = {},
                                      .details = json::serialize(details)});
  if (!noted) hw::log(hw::LogLevel::kError, "depot", noted.error().to_string());
  return true;
}

bool Stamper::stamp_all(const std::stop_token& stop) {
  bool all = true;
  for (const auto& info : store_.evidence()) {
    if (stop.stop_requested()) return true;
    if (has_good_stamp(info.id)) continue;
    if (!stamp_one(info, stop)) return false;
    const std::lock_guard lock(mutex_);
    all = all && !problems_.contains(info.id);
  }
  return all;
}

void Stamper::run(const std::stop_token& stop) {
  auto pause = kFirstPause;
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    wake_ = false;
    lock.unlock();
    const bool all = stamp_all(stop);
    lock.lock();
    if (all) {
      pause = kFirstPause;
      woken_.wait(lock, stop, [this] { return wake_; });
    } else {
      // New evidence does not shorten the pause: the authority is as silent to it.
      woken_.wait_for(lock, stop, pause, [] { return false; });
      pause = std::min(pause * 2, kLongestPause);
    }
  }
}

}  // namespace resus::depot
