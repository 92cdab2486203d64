// Which configurations toml++ is spared.
#include "web/depot/toml_letters.hpp"

#include <gtest/gtest.h>

namespace resus::depot {
namespace {

TEST(TomlLetters, MayStandInStringsAndComments) {
  EXPECT_EQ(line_of_bare_letter("\xEF\xBB\xBFname = \"Wärd\" # Größe\n'ö' = 'ü'\n"), 0u);
  EXPECT_EQ(line_of_bare_letter("a = \"\"\"\nä\"ö\n\"\"\"\"\"\nb = '''ü'''\nc = \"\\\"ß\"\n"), 0u);
  EXPECT_EQ(line_of_bare_letter("a=[\"ä\",'ö', \"ü\"]\nb={c=\"ß\",d='ä'}\n"), 0u);
  EXPECT_EQ(line_of_bare_letter(""), 0u);
}

TEST(TomlLetters, AreFoundWhereNoneMayStand) {
  EXPECT_EQ(line_of_bare_letter("a = 1\nb\xC5\x9B = 2\n"), 2u);
  EXPECT_EQ(line_of_bare_letter("a = \"\"\"\n\n\"\"\" ś"), 3u);
  EXPECT_EQ(line_of_bare_letter("a = \"not closed\n\xFF"), 2u);
  EXPECT_EQ(line_of_bare_letter("a = '\\' ś"), 1u);
}

TEST(TomlLetters, AreFoundBehindABackslashInAString) {
  EXPECT_EQ(line_of_bare_letter("a = \"\"\"s\\\xEF\xB3\xBF\"\"\"\n"), 1u);
  EXPECT_EQ(line_of_bare_letter("a = \"\"\"\nb \\\n  ś\"\"\"\n"), 3u) << "a line that goes on";
  EXPECT_EQ(line_of_bare_letter("a = \"\"\"\nb \\\n  c ś\"\"\"\n"), 0u);
  EXPECT_EQ(line_of_bare_letter("a = \"x\\\\ś \\\" ś\"\n"), 0u) << "an escaped backslash and an escaped mark";
  EXPECT_EQ(line_of_bare_letter("a = 'x\\ś'\n"), 0u) << "no escapes between single marks";
}

TEST(TomlLetters, AreFoundBehindAMarkThatBeginsNoString) {
  EXPECT_EQ(line_of_bare_letter("a=0;b\":\xC4\xA0"), 1u);
  EXPECT_EQ(line_of_bare_letter("a=0=\"ö\""), 1u);
  EXPECT_EQ(line_of_bare_letter("a=0[\"ö\""), 1u);
}

}  // namespace
}  // namespace resus::depot
