#pragma once
// Labels that are stuck on PCs: what it is, and a code that leads to its page.
#include <string>
#include <string_view>
#include <vector>

#include "hw/result.hpp"

namespace resus::report {

/// What one label says. Empty fields are left out.
struct Label {
  std::string machine;      ///< id
  std::string slot, host;
  std::string disk_serial;
  std::string evidence;     ///< id; empty: there is no verified copy yet
  std::string head;         ///< of the custody log, "42:3f0a…" in full
  std::string link;         ///< of the machine's page
  std::string printed_at;   ///< RFC 3339
};

/// Paper by name: `a4` (sheets of 3 by 7 labels of 63.5 × 38.1 mm, as Avery L7160), or one label a page for a label
/// printer: `89x36` (Dymo 99012), `62x29` (Brother DK-11209), `100x50`.
struct Paper;
/// Errors: kBadInput naming what there is.
[[nodiscard]] hw::Result<const Paper*> find_paper(std::string_view name);

/// What the code holds: `LINK?ev=ID&head=SEQ:FIRST16`; `ev` is left out where there is none.
[[nodiscard]] std::string label_code(const Label& label);
/// "42:" and the first 16 digits: short enough to copy by hand, long enough that no other log has it.
[[nodiscard]] std::string short_head(std::string_view head);
/// Errors: those of qr_svg().
[[nodiscard]] hw::Result<std::string> label_page(const std::vector<Label>& labels, const Paper& paper);
/// The page's style sheet, for a Content-Security-Policy.
[[nodiscard]] std::string label_style(const Paper& paper);

}  // namespace resus::report
