#pragma once
// The signing key of a store and those before it. imaging/FORMAT.md section 9.
#include <memory>
#include <string>
#include <vector>

#include "hw/clock.hpp"
#include "hw/file_system.hpp"
#include "imaging/custody.hpp"
#include "imaging/envelope.hpp"

namespace resus::imaging {

/// The key under `<store>/keys`, made if there is none; a rotation that a power cut interrupted is finished first.
/// Does not open the store. Errors: kRead, kWrite, kBadInput.
[[nodiscard]] Result<std::unique_ptr<SigningKey>> open_signing_key(hw::FileSystem& files, const std::string& store_path);

struct KeyRotation {
  PublicKey former, current;
  std::string retired_file;  ///< name under keys/
};
/// Makes a new key and retires the present one: its public half stays and what it signed stays verifiable; a hand-over
/// signed by it names the new one, and a line signed by it stands in `custody`. Crash-safe: after a power cut the old key
/// signs as before or the new one does. @pre nobody else uses the store; `custody` was opened with the present key, and is
/// to be opened anew afterwards. Errors: kWrite, kSpace, those of the log.
[[nodiscard]] Result<KeyRotation> rotate_signing_key(hw::FileSystem& files, const std::string& store_path, CustodyLog& custody,
                                                     const hw::Clock& clock, const std::string& actor, const std::string& reason);

/// Every hand-over that lies in the store, oldest first. Errors: kRead.
[[nodiscard]] Result<std::vector<std::string>> key_handovers(hw::FileSystem& files, const std::string& store_path);
/// `trusted` and every key that one of them, or one so added, has handed over to. What does not verify adds nothing.
[[nodiscard]] std::vector<PublicKey> with_handovers(std::vector<PublicKey> trusted, std::span<const std::string> handovers);

}  // namespace resus::imaging
