#include "hw/plain_text.hpp"

#include <gtest/gtest.h>

namespace resus::hw {
namespace {

TEST(PlainText, LeavesWordsOfEveryLanguage) { EXPECT_EQ(plain_text("Größe 5 – 日本"), "Größe 5 – 日本"); }

TEST(PlainText, TakesAwayWhatATerminalObeys) {
  EXPECT_EQ(plain_text("a\x1b[2Jb\x7f\r\n\tc"), "a [2Jb    c");
  EXPECT_EQ(plain_text("a\xc2\x9b" "31mb"), "a  31mb");
}

TEST(PlainText, KeepsLinesApartWhereTheyAreWanted) { EXPECT_EQ(plain_lines("a\nb\x1b"), "a\nb "); }

TEST(PlainText, EndsInTheMiddleOfACharacter) { EXPECT_EQ(plain_text("a\xc2"), "a\xc2"); }

}  // namespace
}  // namespace resus::hw
