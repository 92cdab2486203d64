#pragma once
// The one error type of the project and the table of codes a person can meet.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace resus::hw {

/// Stable codes. Each has one row in error_codes.cpp: what happened, what is safe, what to do next.
/// The printed form ("E-READ-01") is an interface: pages under /help/{code} and scripts rely on it.
enum class Code : std::uint16_t {
  kInternal,           // E-INTERNAL-01  our bug
  kBadInput,           // E-INPUT-01     malformed bytes from outside
  kUsage,              // E-USAGE-01     wrong command line or config value
  kNotFound,           // E-FOUND-01
  kConflict,           // E-CONFLICT-01  state or version differs from what the caller assumed
  kRead,               // E-READ-01      a device or file could not be read (not a bad sector)
  kWrite,              // E-WRITE-01
  kSpace,              // E-SPACE-01     evidence disk full: machines pause, nothing is lost
  kDeviceGone,         // E-DISK-01      the disk vanished
  kDiskChanged,        // E-DISK-02      serial or size differs from the bound disk
  kManyDisks,          // E-DISK-03      more than one candidate disk
  kWriteBlock,         // E-DISK-04      write block could not be set or proven
  kImageTooLarge,      // E-IMAGE-01     golden image does not fit the disk
  kImageSignature,     // E-IMAGE-02     golden image signature or hash does not verify
  kImageTruncated,     // E-IMAGE-03
  kPermitSignature,    // E-PERMIT-01
  kPermitExpired,      // E-PERMIT-02
  kPermitMismatch,     // E-PERMIT-03    permit names another machine, boot, disk or evidence
  kEvidenceIncomplete, // E-EVID-01
  kEvidenceDamaged,    // E-EVID-02      stored bytes do not match their ids or record
  kReadBack,           // E-DEPLOY-01    what was read back differs from what was written
  kArchive,            // E-RESTORE-01   archive damaged or truncated
  kArchiveHostile,     // E-RESTORE-02   entry refused: escape, device node, privilege
  kArchiveLimit,       // E-RESTORE-03   ratio, size or count limit
  kRestoreVerify,      // E-RESTORE-04   restored bytes differ from the manifest
  kNotApproved,        // E-AUTH-01      machine not approved
  kIdentity,           // E-AUTH-02      another agent presents this machine's identity
  kUnauthorized,       // E-AUTH-03      sign-in or role missing
  kRecordUnreadable,   // E-RECORD-01    the depot cannot read what it stored about a machine
  kNetwork,            // E-NET-01       peer not reachable, timed out, connection broken (retryable)
  kPeerUntrusted,      // E-NET-02       TLS peer's key is not the pinned one
  kProtocol,           // E-NET-03       peer sent something the protocol does not allow
  kProcess,            // E-PROC-01      helper program failed
  kCancelled,          // E-CANCEL-01
  kScanMissing,        // E-SCAN-01      the plan wants a backup that was wholly scanned for malware
  kScanRules,          // E-SCAN-02      rules missing, wrong or unusable
  kScanWeaker,         // E-SCAN-03      a new scan would clear what an earlier one found
  kEvidenceKept,       // E-EVID-03      held, needed, or its retention has not ended: not deleted
  kStampRefused,       // E-STAMP-01     time-stamp authority refused, or its answer does not verify
  kDiskQuestion,       // E-DISK-05      part of the disk is hidden, locked or encrypted: somebody decides
};

/// What a code means to the person who meets it. Strings live for the whole program.
struct CodeInfo {
  Code code;
  std::string_view id;             ///< "E-READ-01"
  std::string_view what_happened;  ///< one sentence
  std::string_view what_is_safe;   ///< one sentence: which data is untouched
  std::string_view next_action;    ///< one sentence, imperative
};

[[nodiscard]] const CodeInfo& info(Code code);
/// Row for a printed id such as "E-READ-01", or nullptr.
[[nodiscard]] const CodeInfo* find_code(std::string_view id);

/// One failure. Each layer adds its context once, outermost first ("acquire: read /dev/sda at byte
/// 4096: Input/output error"). A cleanup failure goes to `secondary`, it never replaces the first.
struct Error {
  Code code = Code::kInternal;
  std::string context;
  bool permanent = true;  ///< false: the retry wrapper may try again
  std::vector<std::string> secondary = {};

  /// Puts "where: " in front of the context.
  [[nodiscard]] Error within(std::string_view where) &&;
  /// "E-READ-01: context (also: …)".
  [[nodiscard]] std::string to_string() const;
};

[[nodiscard]] Error make_error(Code code, std::string context);
/// From errno: ENOSPC/EDQUOT give kSpace, ENOENT kNotFound, the rest `code`; text is appended.
[[nodiscard]] Error errno_error(Code code, std::string context, int errno_value);

}  // namespace resus::hw
