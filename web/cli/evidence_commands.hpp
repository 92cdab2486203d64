#pragma once
// `resus evidence …` on a store of one's own.
#include <functional>
#include <stop_token>
#include <string>

#include "imaging/acquisition.hpp"
#include "imaging/labs/e01_encoder.hpp"
#include "web/cli/raw_output.hpp"
#include "web/cli/workbench.hpp"

namespace resus::web {

struct AcquireArguments {
  std::string disk;
  std::string store;
  std::string operator_name;
  int zstd_level = 1;
  bool reread = false;  ///< read everything back from the device before the record is signed
  unsigned rescue_minutes = static_cast<unsigned>(std::chrono::duration_cast<std::chrono::minutes>(imaging::kRescueTime).count());
  imaging::RereadPolicy second_reading = imaging::RereadPolicy::kNone;
  bool as_it_is = false;  ///< copy although part of the disk is hidden, locked or encrypted
  bool md5 = false;
  bool sha1 = false;
  bool stats = false;  ///< say where the time went
};

/// Copies a disk into the store. The last line printed with --json is one object (see acquired_json()).
[[nodiscard]] int evidence_acquire(Environment& environment, const AcquireArguments& arguments,
                                   const std::stop_token& stop);
[[nodiscard]] hw::Result<int> evidence_list(Environment& environment, const std::string& store);
[[nodiscard]] hw::Result<int> evidence_show(Environment& environment, const std::string& store, const std::string& id);
/// Where evidence lies, and who is believed. With `keys` the store is only looked at, for example a copy on read-only
/// media: nobody but these keys is believed, and no custody line is written.
struct Source {
  std::string store;
  std::string keys;  ///< file of public keys; empty: the store's own, and what is done stands in its custody log
  std::string tsa_ca = {};  ///< file of a time-stamp authority's certificates; empty: stamps are not checked
};
[[nodiscard]] hw::Result<int> evidence_verify(Environment& environment, const Source& source, const std::string& id,
                                              const std::stop_token& stop);

/// For --format e01 alone.
struct E01Arguments {
  imaging::e01::CaseData data;       ///< what the command line gives of it; the record fills in the rest
  std::string compression = "fast";  ///< as in FORMAT.md section 15
  std::uint64_t segment_bytes = imaging::E01Encoder::kUsualSegmentBytes;
};
struct ExportArguments {
  std::string id;
  std::string format = "raw";
  std::string output;  ///< a file that does not exist yet, or "-" for stdout (raw only)
  E01Arguments e01;
};
[[nodiscard]] hw::Result<int> evidence_export(Environment& environment, const Source& source,
                                              const ExportArguments& arguments, const std::stop_token& stop);
struct StampArguments {
  std::string id, store, url, ca_file, policy;
};
/// Has an authority stamp the record and keeps the stamp beside it. Errors: as depot::ask_for_stamp().
[[nodiscard]] hw::Result<int> evidence_stamp(Environment& environment, const StampArguments& arguments, const std::stop_token& stop);

struct ReportArguments {
  std::string id;
  std::string format = "html";
  std::string output;  ///< a file that does not exist yet, or "-" for stdout
};
/// What is known of the evidence, for people and for courts. Changes nothing in the store.
[[nodiscard]] hw::Result<int> evidence_report(Environment& environment, const Source& source, const ReportArguments& arguments);
/// Where a report goes, wherever it comes from. Errors: kConflict when the file exists.
[[nodiscard]] hw::Result<int> write_document(Environment& environment, const std::string& output, const std::string& text);
/// Checks the whole custody log from public keys. Changes nothing.
[[nodiscard]] hw::Result<int> custody_verify(Environment& environment, const Source& source);

/// What is to come out of an export.
struct Expected {
  std::uint64_t bytes = 0;
  imaging::Digest sha256;  ///< of the record
};
/// The way of every export, wherever the bytes come from: `produce(HashedOutput&)` gives them. A file gets its name
/// only when length and SHA-256 are the record's. Errors: kConflict, kEvidenceDamaged, kCancelled, those of `produce`.
[[nodiscard]] hw::Result<int> export_to(Environment& environment, const ExportArguments& arguments, const Expected& expected,
                                        const std::stop_token& stop,
                                        const std::function<hw::Result<void>(HashedOutput&)>& produce);

/// One acquisition as a function, for those who go on with it (image deploy).
[[nodiscard]] hw::Result<imaging::AcquisitionResult> acquire(Environment& environment, Workbench& bench,
                                                             const AcquireArguments& arguments,
                                                             const std::stop_token& stop);

}  // namespace resus::web
