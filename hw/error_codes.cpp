#include <algorithm>
#include <array>

#include "hw/error.hpp"

namespace resus::hw {
namespace {

// One row a code, in the order of the enumeration (checked by tests/hw/error_test.cpp). Words are for
// the person at the bench: what happened, which data is untouched, what to do next.
constexpr std::array kCodes = {
    CodeInfo{Code::kInternal, "E-INTERNAL-01", "Resus met a situation its makers did not foresee.",
             "Evidence already stored stays as it is, and no step goes on from here by itself.",
             "Save the log and report it; then retry the machine."},
    CodeInfo{Code::kBadInput, "E-INPUT-01", "Data from outside is malformed and was refused.",
             "Nothing was taken over from it.",
             "Look at the detail for the place of the fault and supply a sound file or request."},
    CodeInfo{Code::kUsage, "E-USAGE-01", "A command or a configuration value is wrong.",
             "Nothing was started, read or changed.",
             "Correct the value named in the detail and run the command again."},
    CodeInfo{Code::kNotFound, "E-FOUND-01", "What was asked for does not exist.",
             "Nothing was changed.", "Check the name or id against the list and try again."},
    CodeInfo{Code::kConflict, "E-CONFLICT-01", "The state changed before the request arrived.",
             "Nothing was changed by this request.",
             "Look at the present state and repeat the request if it is still wanted."},
    CodeInfo{Code::kRead, "E-READ-01", "A disk or file could not be read.",
             "The disk was not written to, and what was copied before is kept.",
             "Check the cable and the power of the disk, then retry the machine."},
    CodeInfo{Code::kWrite, "E-WRITE-01", "Data could not be written.",
             "The evidence is complete and unharmed; the target of the write is not finished.",
             "Check the disk named in the detail, replace it if it fails again, then retry."},
    CodeInfo{Code::kSpace, "E-SPACE-01", "There is no room left where the data has to go.",
             "Everything stored so far is intact; machines pause and lose nothing.",
             "Free or add space on the disk named in the detail; machines go on by themselves."},
    CodeInfo{Code::kDeviceGone, "E-DISK-01", "The disk disappeared while it was in use.",
             "What was copied before is kept, and nothing more is written to that disk.",
             "Reseat cable and power, restart the machine, and let it go on."},
    CodeInfo{Code::kDiskChanged, "E-DISK-02",
             "The disk is not the one this recovery was approved for: serial or size differ.",
             "The disk was not written to.",
             "Put the approved disk back, or approve the machine again with this disk."},
    CodeInfo{Code::kManyDisks, "E-DISK-03", "More than one disk could be meant.",
             "No disk was written to.",
             "Choose the disk by its serial on the machine's page, or unplug the others."},
    CodeInfo{Code::kWriteBlock, "E-DISK-04", "The write block of a disk could not be set or proven.",
             "Work on this machine stopped before anything was read from or written to the disk.",
             "Take the disk out and copy it behind a hardware write blocker."},
    CodeInfo{Code::kImageTooLarge, "E-IMAGE-01", "The golden image is larger than the disk.",
             "The disk was not written to and its evidence is complete.",
             "Choose a smaller golden image or fit a larger disk, then retry."},
    CodeInfo{Code::kImageSignature, "E-IMAGE-02",
             "The golden image does not match its signature or its hashes.",
             "No byte of it that failed the check was written to the disk.",
             "Verify the image at the depot and import it again from a trusted source."},
    CodeInfo{Code::kImageTruncated, "E-IMAGE-03", "The golden image ends too early.",
             "The evidence is complete; the disk holds an unfinished image and is not released.",
             "Import the image again, then retry the machine."},
    CodeInfo{Code::kPermitSignature, "E-PERMIT-01",
             "The permit to write is not signed by this depot's key.",
             "The disk was not written to and is still write-blocked.",
             "Check that the machine boots from the right depot; do not work around this."},
    CodeInfo{Code::kPermitExpired, "E-PERMIT-02", "The permit to write has expired.",
             "The disk was not written to and is still write-blocked.",
             "Check the clocks of depot and machine, then retry to get a fresh permit."},
    CodeInfo{Code::kPermitMismatch, "E-PERMIT-03",
             "The permit to write is for another machine, boot, disk, copy or image.",
             "The disk was not written to and is still write-blocked.",
             "Check which disk is in the machine, then retry to get a permit of its own."},
    CodeInfo{Code::kEvidenceIncomplete, "E-EVID-01", "The forensic copy is not complete yet.",
             "The disk was not written to, and what was copied is kept.",
             "Let the copy finish, or retry the machine if it stands still."},
    CodeInfo{Code::kEvidenceDamaged, "E-EVID-02",
             "Stored evidence does not match its hashes or its record.",
             "The disk was not written to on the strength of this copy.",
             "Keep the evidence disk as it is, check its health, and copy the machine again."},
    CodeInfo{Code::kReadBack, "E-DEPLOY-01", "The disk does not give back what was written to it.",
             "The evidence is complete at the depot; the machine is not released.",
             "Replace the disk and retry; the machine must not be used with this one."},
    CodeInfo{Code::kArchive, "E-RESTORE-01", "The backup archive is damaged or ends too early.",
             "The golden image on the disk is sound, and no half-restored file was put in place.",
             "Choose another restore point, or get the archive again and retry."},
    CodeInfo{Code::kArchiveHostile, "E-RESTORE-02",
             "The backup archive holds entries that try to leave the restore folder or gain rights.",
             "Those entries were refused, and nothing outside the restore folder was touched.",
             "Have the archive examined; exclude the entries listed before restoring it."},
    CodeInfo{Code::kArchiveLimit, "E-RESTORE-03",
             "The backup archive unpacks to more than the limits allow.",
             "Unpacking stopped, and nothing of it was put in place.",
             "Check the archive; raise the limit only if the size is expected."},
    CodeInfo{Code::kRestoreVerify, "E-RESTORE-04",
             "Restored files differ from the backup's manifest.",
             "The evidence and the backup are untouched; the files were not put in place.",
             "Check the disk of the machine, then retry the restore."},
    CodeInfo{Code::kNotApproved, "E-AUTH-01", "The machine is not approved.",
             "Its disk is write-blocked and untouched.",
             "Compare the short code on its screen with its page and approve it there."},
    CodeInfo{Code::kIdentity, "E-AUTH-02", "Another computer presents this machine's identity.",
             "The second one gets nothing; the first one's work goes on.",
             "Find both computers by their addresses and remove the one that does not belong."},
    CodeInfo{Code::kUnauthorized, "E-AUTH-03", "The sign-in is missing or has not the right role.",
             "Nothing was shown or changed.", "Sign in with an account that has the role named."},
    CodeInfo{Code::kRecordUnreadable, "E-RECORD-01",
             "What the depot had stored about a machine could not be read.",
             "It was set aside as it is; evidence and all other machines are untouched.",
             "Start the machine from the network and approve it again; keep the catalogue for support."},
    CodeInfo{Code::kNetwork, "E-NET-01", "The other side could not be reached.",
             "Nothing is lost; the work goes on where it stopped.",
             "Check cable and switch port if it does not come back within a few minutes."},
    CodeInfo{Code::kPeerUntrusted, "E-NET-02", "The server that answered is not the trusted depot.",
             "No data was sent to it.",
             "Look for a foreign server at this address, or boot the machine from its own depot."},
    CodeInfo{Code::kProtocol, "E-NET-03", "The other side sent something the protocol forbids.",
             "The message was refused and changed nothing.",
             "Restart the machine so that it runs the depot's own version; report it if it recurs."},
    CodeInfo{Code::kProcess, "E-PROC-01", "A helper program failed.",
             "Its result was not used.", "Look at the detail for its message, then retry."},
    CodeInfo{Code::kCancelled, "E-CANCEL-01", "The work was stopped on request.",
             "What was finished before is kept.", "Retry when the work is wanted again."},
    CodeInfo{Code::kScanMissing, "E-SCAN-01", "The plan wants a backup that was scanned for malware, and this one was not, or not wholly.",
             "The evidence is complete and the golden image is written; nothing of the backup is on the disk.",
             "Scan it (`resus backup scan NAME --online`) and the machine goes on; or let it pass with a reason, which stands in the custody log."},
    CodeInfo{Code::kScanRules, "E-SCAN-02", "The rules of the malware scanner are missing or wrong.",
             "Backups and what was found in them before are unchanged.",
             "Mend the rules named (`resus depot check-config`), then scan again."},
    CodeInfo{Code::kScanWeaker, "E-SCAN-03", "The new scan no longer finds malware that an earlier one found.",
             "The earlier verdict stands; infected files are still left out of every restore.",
             "Check the rules; if the earlier finding was false, scan again with --reason."},
};

static_assert(kCodes.size() == static_cast<std::size_t>(Code::kScanWeaker) + 1);

}  // namespace

const CodeInfo& info(Code code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kCodes.size() ? kCodes[index] : kCodes[0];
}

const CodeInfo* find_code(std::string_view id) {
  const auto row = std::ranges::find(kCodes, id, &CodeInfo::id);
  return row == kCodes.end() ? nullptr : &*row;
}

}  // namespace resus::hw
