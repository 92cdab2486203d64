#pragma once
// What a person in front of the machine sees.
#include <string_view>

namespace resus::hw {

/// Best effort: a machine without a screen, keyboard or serial port works all the same. Never blocks.
/// Threads: one.
class Console {
 public:
  virtual ~Console() = default;
  /// Text with terminal sequences for the screen.
  virtual void screen(std::string_view text) = 0;
  /// One line, without line end, for the serial port.
  virtual void line(std::string_view text) = 0;
  /// All three keyboard lights; `false` gives them back to their keys.
  virtual void keyboard_lights(bool on) = 0;
};

}  // namespace resus::hw
