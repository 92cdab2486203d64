#pragma once
#include <string>

#include "hw/console.hpp"
#include "hw/fd.hpp"

namespace resus::hw {

class LinuxConsole : public Console {
 public:
  /// Opens what there is of the screen and the first serial port.
  LinuxConsole();
  void screen(std::string_view text) override;
  void line(std::string_view text) override;
  void keyboard_lights(bool on) override;

 private:
  UniqueFd screen_, serial_;
};

}  // namespace resus::hw
