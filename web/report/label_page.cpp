#include "web/report/label_page.hpp"

#include <algorithm>
#include <array>

#include "web/report/html_text.hpp"
#include "web/report/qr_code.hpp"

namespace resus::report {

/// Millimetres as CSS writes them.
struct Paper {
  std::string_view name;
  std::string_view page;      ///< of @page
  std::string_view margin;    ///< top and side of a sheet
  std::string_view width, height;
  std::string_view gap;       ///< between columns
  std::size_t columns, rows;
};

namespace {

constexpr std::array kPapers = {
    Paper{"a4", "A4", "15.15mm 7.25mm", "63.5mm", "38.1mm", "2.5mm", 3, 7},  // Source: Avery L7160 data sheet
    Paper{"89x36", "89mm 36mm", "0", "89mm", "36mm", "0", 1, 1},
    Paper{"62x29", "62mm 29mm", "0", "62mm", "29mm", "0", 1, 1},
    Paper{"100x50", "100mm 50mm", "0", "100mm", "50mm", "0", 1, 1},
};

std::string line(std::string_view style, std::string_view text) {
  if (text.empty()) return {};
  return "<span class=\"" + std::string(style) + "\">" + escaped(text) + "</span>";
}

hw::Result<std::string> label_html(const Label& label) {
  const auto place = label.slot.empty() ? label.machine : label.slot;
  RESUS_TRY(const auto code, qr_svg(label_code(label), "Page of " + place));
  return "<li>" + code + "<div>" + line("place", place) + line("host", label.host) + line("small", label.machine) +
         line("small", label.disk_serial.empty() ? "" : "Disk " + label.disk_serial) +
         line("code", label.evidence.empty() ? "no verified copy yet" : label.evidence) + line("code", "head " + short_head(label.head)) +
         line("small", label.printed_at) + "</div></li>\n";
}

}  // namespace

hw::Result<const Paper*> find_paper(std::string_view name) {
  const auto* found = std::ranges::find(kPapers, name, &Paper::name);
  if (found != kPapers.end()) return found;
  return hw::fail(hw::Code::kBadInput, "there is no paper '" + std::string(name) + "'; there are a4, 89x36, 62x29 and 100x50");
}

std::string short_head(std::string_view head) {
  const auto colon = head.find(':');
  return std::string(colon == std::string_view::npos ? head : head.substr(0, std::min(head.size(), colon + 17)));
}

std::string label_code(const Label& label) {
  return label.link + "?" + (label.evidence.empty() ? "" : "ev=" + label.evidence + "&") + "head=" + short_head(label.head);
}

std::string label_style(const Paper& paper) {
  const std::string width(paper.width), height(paper.height);
  return "@page { size: " + std::string(paper.page) + "; margin: " + std::string(paper.margin) + " }\n"
         ":root { color-scheme: light }\n"
         "body { margin: 0; background: #fff; color: #000; font: 7pt/1.25 \"DejaVu Sans\", Arial, sans-serif }\n"
         "h1 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); margin: 0 }\n"
         "ul { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(" + std::to_string(paper.columns) + ", " + width +
         "); column-gap: " + std::string(paper.gap) + " }\n"
         "ul + ul { break-before: page }\n"
         "li { display: flex; align-items: center; gap: 2mm; box-sizing: border-box; width: " + width + "; height: " + height +
         "; padding: 2mm; overflow: hidden; break-inside: avoid }\n"
         ".qr { flex: none; height: calc(" + height + " - 4mm); width: calc(" + height + " - 4mm); max-width: 45% }\n"
         "div { min-width: 0 }\n"
         "span { display: block; overflow-wrap: anywhere }\n"
         ".place { font-size: 13pt; font-weight: bold; line-height: 1.1 }\n"
         ".host { font-size: 8pt; font-weight: bold }\n"
         ".small { font-size: 6pt }\n"
         ".code { font: 5.5pt/1.25 \"DejaVu Sans Mono\", monospace }\n";
}

hw::Result<std::string> label_page(const std::vector<Label>& labels, const Paper& paper) {
  const auto on_a_page = paper.columns * paper.rows;
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Labels</title>\n<style>" + label_style(paper) +
                    "</style></head><body><main>\n<h1>Labels</h1>\n";
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (i % on_a_page == 0) out += i == 0 ? "<ul>\n" : "</ul>\n<ul>\n";
    RESUS_TRY(const auto label, label_html(labels[i]));
    out += label;
  }
  return out + (labels.empty() ? "" : "</ul>\n") + "</main></body></html>\n";
}

}  // namespace resus::report
