#include "web/report/label_page.hpp"

#include <gtest/gtest.h>

#include "web/report/qr_code.hpp"

namespace resus::report {
namespace {

Label sample() {
  return {.machine = "m-abc234", .slot = "B07", .host = "<b>ward</b>", .disk_serial = "S1", .evidence = "ev-0123456789abcdef",
          .head = "42:" + std::string(16, 'a') + std::string(48, 'b'), .link = "https://depot/m/m-abc234", .printed_at = "2026-11-25T10:00:00.000Z"};
}

TEST(Label, ItsCodeNamesTheEvidenceAndTheBeginningOfTheHead) {
  EXPECT_EQ(label_code(sample()), "https://depot/m/m-abc234?ev=ev-0123456789abcdef&head=42:aaaaaaaaaaaaaaaa");
}

TEST(Label, WithoutEvidenceItSaysSo) {
  auto label = sample();
  label.evidence.clear();
  EXPECT_EQ(label_code(label), "https://depot/m/m-abc234?head=42:aaaaaaaaaaaaaaaa");
  EXPECT_NE(label_page({label}, *find_paper("a4").value()).value().find("no verified copy yet"), std::string::npos);
}

TEST(Label, NothingOnItIsMarkup) {
  const auto page = label_page({sample()}, *find_paper("a4").value()).value();
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("&lt;b&gt;ward"), std::string::npos);
}

TEST(Label, UnknownPaperIsRefusedWithWhatThereIs) {
  const auto none = find_paper("a5");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().context.find("62x29"), std::string::npos);
}

TEST(QrCode, RefusesWhatNoCodeHolds) {
  EXPECT_TRUE(qr_svg(std::string(2331, 'x'), "t"));
  EXPECT_FALSE(qr_svg(std::string(2332, 'x'), "t"));
  EXPECT_FALSE(qr_svg("", "t"));
}

}  // namespace
}  // namespace resus::report
