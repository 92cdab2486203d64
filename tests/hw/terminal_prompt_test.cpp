#include "hw/linux/terminal_prompt.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "hw/fd.hpp"

namespace resus::hw {
namespace {

void type(int fd, std::string_view text) { ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size())); }

class Piped : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    out_ = UniqueFd(ends[0]);
    in_ = UniqueFd(ends[1]);
  }
  std::stop_source stop_;
  UniqueFd out_, in_;
};

TEST_F(Piped, ReadsOneLineAndLeavesTheRest) {
  TerminalPrompt prompt(stop_.get_token(), out_.get());
  type(in_.get(), "night shift\r\nanother line\n");
  EXPECT_FALSE(prompt.interactive());
  EXPECT_EQ(prompt.secret("").value(), "night shift");
  EXPECT_EQ(prompt.secret("").value(), "another line");
}

TEST_F(Piped, RefusesNothingAndTooMuch) {
  TerminalPrompt prompt(stop_.get_token(), out_.get());
  type(in_.get(), std::string(5000, 'x') + "\n");
  EXPECT_EQ(prompt.secret("").error().code, Code::kBadInput);
  in_ = UniqueFd();
  EXPECT_EQ(prompt.secret("").value().size(), 5000u - 4097u);  // what was left of the long line
  EXPECT_EQ(prompt.secret("").error().code, Code::kBadInput);
}

TEST_F(Piped, StopsWhenItIsInterrupted) {
  TerminalPrompt prompt(stop_.get_token(), out_.get());
  stop_.request_stop();
  EXPECT_EQ(prompt.secret("").error().code, Code::kCancelled);
}

class Typed : public testing::Test {
 protected:
  void SetUp() override {
    person_ = UniqueFd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_GE(person_.get(), 0);
    ASSERT_EQ(::grantpt(person_.get()), 0);
    ASSERT_EQ(::unlockpt(person_.get()), 0);
    program_ = UniqueFd(::open(::ptsname(person_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_GE(program_.get(), 0);
  }
  bool shows() const {
    termios state{};
    EXPECT_EQ(::tcgetattr(program_.get(), &state), 0);
    return (state.c_lflag & ECHO) != 0;
  }
  std::stop_source stop_;
  UniqueFd person_, program_;
};

TEST_F(Typed, IsNotShownAndTheTerminalIsAsBefore) {
  TerminalPrompt prompt(stop_.get_token(), program_.get());
  EXPECT_TRUE(prompt.interactive());
  ASSERT_TRUE(shows());
  std::jthread person([this] {
    while (shows()) std::this_thread::yield();  // what is typed before the question is thrown away
    type(person_.get(), "night shift\n");
  });
  EXPECT_EQ(prompt.secret("Password").value(), "night shift");
  person.join();
  EXPECT_TRUE(shows());
  type(program_.get(), "end");
  std::array<char, 256> seen{};
  const auto count = ::read(person_.get(), seen.data(), seen.size());
  ASSERT_GT(count, 0);
  EXPECT_EQ(std::string_view(seen.data(), static_cast<std::size_t>(count)).find("night"), std::string_view::npos);
}

TEST_F(Typed, IsShownAgainAfterAnInterruption) {
  TerminalPrompt prompt(stop_.get_token(), program_.get());
  std::jthread person([this] {
    while (shows()) std::this_thread::yield();
    stop_.request_stop();
  });
  EXPECT_EQ(prompt.secret("Password").error().code, Code::kCancelled);
  EXPECT_TRUE(shows());
}

}  // namespace
}  // namespace resus::hw
