#pragma once
// What a depot's custody log says, from a log that verifies under the depot's own key.
#include <gtest/gtest.h>

#include <array>

#include "hw/linux/file_system.hpp"
#include "imaging/custody.hpp"

namespace resus::test {

/// Every line with this action, oldest first; the whole log must verify. `data`: the depot's folder.
inline std::vector<imaging::CustodyEntry> custody_lines(const std::string& data, const std::string& action) {
  hw::LinuxFileSystem files;
  const auto store = data + "/store";
  const auto key = imaging::SigningKey::from_pem(files.read_all(store + "/keys/signing.pem", 65536).value()).value();
  std::vector<imaging::CustodyEntry> lines;
  const auto report = imaging::verify_custody(files, store + "/custody.log", std::array{key.public_key()}, [&](const auto& entry) {
    if (entry.event.action == action) lines.push_back(entry);
  });
  EXPECT_FALSE(report.value().first_broken_line) << report.value().problem;
  return lines;
}

}  // namespace resus::test
