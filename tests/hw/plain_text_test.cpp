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

TEST(ShownText, KeepsUtf8AndMasksWhatIsNone) {
  EXPECT_EQ(shown_text("Größe\n"), "Größe ");
  EXPECT_EQ(shown_text("a\xff\xfe.exe"), "a??.exe");
}

TEST(Utf8, KnowsOverlongFormsSurrogatesAndTheEnd) {
  EXPECT_TRUE(is_utf8("a\xc3\xb6\xe6\x97\xa5\xf0\x9f\x98\x80"));
  for (const char* wrong : {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\x80"}) EXPECT_FALSE(is_utf8(wrong));
}

TEST(Utf8, IsMadeOfUtf16WithPairsAndWithoutThem) {
  const char16_t text[] = u"a\u00f6\u65e5\U0001F600b";
  EXPECT_EQ(utf8_of_utf16(std::as_bytes(std::span(text))), "a\xc3\xb6\xe6\x97\xa5\xf0\x9f\x98\x80" "b");
  const char16_t lone[] = {0xD800, u'x', 0xDC00, u'y', 0xD83D};
  EXPECT_EQ(utf8_of_utf16(std::as_bytes(std::span(lone))), "\xef\xbf\xbdx\xef\xbf\xbdy\xef\xbf\xbd");
}

}  // namespace
}  // namespace resus::hw
