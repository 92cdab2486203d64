#include <gtest/gtest.h>

#include "web/analysis/evidence_search.hpp"

namespace resus::analysis {
namespace {

TEST(SearchPattern, IsTextUnlessItSaysHex) {
  EXPECT_EQ(pattern_bytes("deadbeef", false).value(), "deadbeef");
  EXPECT_EQ(pattern_bytes("hex:DEadbe00", false).value(), std::string("\xde\xad\xbe\0", 4));
}

TEST(SearchPattern, RefusesHalfABytePlainWordsAndWideHex) {
  for (const char* wrong : {"hex:abc", "hex:zz", "hex:0x41"}) EXPECT_EQ(pattern_bytes(wrong, false).error().code, hw::Code::kUsage) << wrong;
  EXPECT_EQ(pattern_bytes("hex:41", true).error().code, hw::Code::kUsage);
  EXPECT_EQ(pattern_bytes("\xff\xfe", true).error().code, hw::Code::kUsage);
}

TEST(SearchPattern, WritesTextAsWindowsDoes) {
  EXPECT_EQ(pattern_bytes("aß€", true).value(), std::string("a\0\xdf\0\xac\x20", 6));
  EXPECT_EQ(pattern_bytes("😀", true).value(), std::string("\x3d\xd8\0\xde", 4));
}

}  // namespace
}  // namespace resus::analysis
