#pragma once
// What stands on the machine's own console, as text. Pure.
#include <string>

#include "firmware/agent/status.hpp"

namespace resus::agent {

/// The whole screen, 80 columns, with terminal sequences that clear it first. With `locate` the slot (or the
/// machine's id) fills it in big letters.
[[nodiscard]] std::string render_screen(const Snapshot& snapshot);
/// One line for the serial console and the log: phase, sentence, progress.
[[nodiscard]] std::string render_line(const Snapshot& snapshot);
/// Letters of seven rows; what has no shape is left out. Lines end with "\n".
[[nodiscard]] std::string big_letters(const std::string& text);
/// "12.3 GB", decimal as on the disk's label.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

}  // namespace resus::agent
