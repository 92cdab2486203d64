#include "firmware/agent/screen.hpp"

#include <gtest/gtest.h>

#include "firmware/agent/status_page.hpp"
#include "tests/support/fake_clock.hpp"

namespace resus::agent {
namespace {

Snapshot sample() {
  Snapshot s;
  s.machine_id = "m-7Q2K";
  s.short_code = "7KQ2XW";
  s.task = {.phase = "copying", .sentence = "Copying evidence.", .slot = "B07"};
  s.contact = true;
  s.stage = "copy";
  s.done = 250'000'000;
  s.total = 1'000'000'000;
  return s;
}

TEST(Screen, ShowsSlotCodeSentenceAndProgress) {
  const auto screen = render_screen(sample());
  for (const auto* part : {"B07", "m-7Q2K", "7KQ2XW", "Copying evidence.", "25 %", "250.0 MB of 1.0 GB"}) {
    EXPECT_NE(screen.find(part), std::string::npos) << part;
  }
}

TEST(Screen, LocateShowsTheSlotInBigLetters) {
  auto s = sample();
  s.task.locate = true;
  EXPECT_NE(render_screen(s).find("####"), std::string::npos);
  EXPECT_EQ(big_letters("T").substr(0, 8), "#####  \n");
}

TEST(Screen, TroubleSaysWhatIsSafeAndWhatToDo) {
  auto s = sample();
  s.trouble = hw::make_error(hw::Code::kManyDisks, "sda, sdb");
  const auto screen = render_screen(s);
  EXPECT_NE(screen.find("E-DISK-03"), std::string::npos);
  EXPECT_NE(screen.find("Safe: "), std::string::npos);
  EXPECT_NE(screen.find("Next: "), std::string::npos);
}

TEST(Screen, WhatTheDepotFoundStandsThereToo) {
  auto s = sample();
  s.task.code = "E-EVID-02";
  const auto screen = render_screen(s);
  EXPECT_NE(screen.find("E-EVID-02"), std::string::npos);
  EXPECT_NE(screen.find("Next: Keep the evidence disk as it is"), std::string::npos);
  EXPECT_NE(render_line(s).find("E-EVID-02"), std::string::npos);
  s.trouble = hw::make_error(hw::Code::kManyDisks, "sda, sdb");
  EXPECT_EQ(render_screen(s).find("E-EVID-02"), std::string::npos) << "what the machine found itself comes first";
}

TEST(Screen, ADiskCannotSendCommandsToTheTerminal) {
  auto s = sample();
  s.disk = "evil\033]0;x\007";
  EXPECT_EQ(render_screen(s).find("\033]"), std::string::npos);
}

TEST(StatusPage, DoesNotTellTheWireTheCodeThatStandsOnTheScreen) {
  const auto s = sample();
  EXPECT_EQ(render_page(s).find(s.short_code), std::string::npos);
  EXPECT_EQ(render_json(s).find(s.short_code), std::string::npos);
}

TEST(StatusPage, EscapesWhatComesFromOutside) {
  auto s = sample();
  s.disk = "<script>alert(1)</script>";
  s.log = {"<b>"};
  const auto page = render_page(s);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("Copying evidence."), std::string::npos);
}

TEST(StatusPage, AnswersReadsOnly) {
  test::FakeClock clock;
  Status status(clock);
  const auto listen = status_page(status, 0);
  const auto ask = [&](const std::string& method, const std::string& path) {
    unsigned code = 0;
    listen.handler({.method = method, .path = path}, transport::Responder([&](transport::Response r) { code = r.status; }));
    return code;
  };
  EXPECT_EQ(ask("GET", "/"), 200U);
  EXPECT_EQ(ask("GET", "/status.json"), 200U);
  EXPECT_EQ(ask("POST", "/"), 405U);
  EXPECT_EQ(ask("GET", "/etc/passwd"), 404U);
}

TEST(Status, MeasuresSpeedOverTimeAndKeepsUnsentLogLinesInOrder) {
  test::FakeClock clock;
  Status status(clock);
  status.begin_stage("copy", 1000);
  clock.advance(std::chrono::seconds(4));
  status.set_progress(400, 1000);
  EXPECT_EQ(status.snapshot().bps, 100U);
  status.add_log("info", "one");
  auto lines = status.take_log();
  status.add_log("info", "two");
  status.give_back(std::move(lines));
  EXPECT_EQ(status.take_log().at(0).text, "one");
}

}  // namespace
}  // namespace resus::agent
