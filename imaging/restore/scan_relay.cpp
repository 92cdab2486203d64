#include "imaging/restore/scan_relay.hpp"

#include <algorithm>

namespace resus::imaging {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;

/// Names are collected, the first reason stays; malware makes a reason needless.
void add(Finding& finding, const Look& look) {
  for (const auto& name : look.malware) {
    const bool known = std::ranges::find(finding.malware, name) != finding.malware.end();
    if (!known && finding.malware.size() < kMostMalwareNames) finding.malware.push_back(name);
  }
  if (!finding.malware.empty()) {
    finding.why = NotScanned::kNo;
    finding.detail.clear();
  } else if (finding.why == NotScanned::kNo) {
    finding.why = look.why;
    finding.detail = look.detail;
  }
}

}  // namespace

Look RelayedSamples::look(const Sample& sample) {
  // A parent that hears nothing any more ends the child; the next message fails, too.
  (void)relay(sample).has_value();
  return inner_ ? inner_->look(sample) : Look{};
}

Result<void> RelayedSamples::relay(const Sample& sample) {
  RESUS_TRY(say(child_, Said::kSample, std::to_string(sample.index)));
  for (auto rest = sample.content; !rest.empty();) {
    const auto piece = rest.first(std::min(rest.size(), kPieceBytes));
    RESUS_TRY(say(child_, Said::kBytes, {reinterpret_cast<const char*>(piece.data()), piece.size()}));
    rest = rest.subspan(piece.size());
  }
  return say(child_, Said::kSampleEnd, "");
}

Result<void> ServiceFindings::hear(Said letter, std::string_view text) {
  const bool begins = letter == Said::kSample;
  const bool ours = begins || letter == Said::kBytes || letter == Said::kSampleEnd;
  if (service_ == nullptr || !ours || begins == within_) return hw::fail(hw::Code::kProcess, "the scanner says what it should not");
  if (begins) {
    RESUS_TRY(const auto numbers, numbers_from_child(text, 1));
    index_ = numbers.front();
    within_ = true;
    service_->begin();
  } else if (letter == Said::kBytes) {
    service_->add(std::as_bytes(std::span(text)));
  } else {
    within_ = false;
    auto look = service_->end();
    if (look.malware.empty() && look.why == NotScanned::kNo) return hw::success();
    Finding both{.index = index_, .malware = {}, .why = looks_[index_].why, .detail = looks_[index_].detail};
    both.malware = looks_[index_].malware;
    add(both, look);
    looks_[index_] = {.malware = both.malware, .why = both.why, .detail = both.detail};
  }
  return hw::success();
}

void ServiceFindings::merge_into(std::vector<Finding>& findings) const {
  std::vector<Finding> all;
  auto own = findings.begin();
  for (const auto& [index, look] : looks_) {
    for (; own != findings.end() && own->index < index; ++own) all.push_back(std::move(*own));
    Finding finding{.index = index};
    if (own != findings.end() && own->index == index) finding = std::move(*own++);
    add(finding, look);
    all.push_back(std::move(finding));
  }
  std::move(own, findings.end(), std::back_inserter(all));
  findings = std::move(all);
}

}  // namespace resus::imaging
