#include "netboot/boot_script.hpp"

namespace resus::netboot {

// The MAC goes with hyphens: iPXE of 2019, still in many cards, takes "boot.ipxe?mac=52:" for a URI scheme.
// --replace: the second script takes the place of the first, so that its exit reaches the firmware.
std::string identify_script() {
  return "#!ipxe\n"
         "echo Resus: asking the depot what to do\n"
         ":again\n"
         "chain --replace boot.ipxe?mac=${netX/mac:hexhyp}&uuid=${uuid}&platform=${platform} ||\n"
         "echo The depot does not answer. Trying again in 5 seconds.\n"
         "sleep 5\n"
         "goto again\n";
}

std::string recover_script(const std::string& ticket, const std::string& kernel_extra) {
  const std::string extra = kernel_extra.empty() ? "" : " " + kernel_extra;
  return "#!ipxe\n"
         "echo Resus: starting recovery\n"
         "kernel vmlinuz initrd=initrd.img console=ttyS0,115200 console=tty0 loglevel=4 panic=10"
         " BOOTIF=01-${netX/mac:hexhyp} uuid=${uuid} resus.ticket=" + ticket + extra + " || goto failed\n"
         "initrd initrd.img || goto failed\n"
         "boot || goto failed\n"
         ":failed\n"
         "echo Loading failed. The disk is not changed. Trying again in 5 seconds.\n"
         "imgfree\n"
         "sleep 5\n"
         ":again\n"
         "chain --replace boot.ipxe?mac=${netX/mac:hexhyp}&uuid=${uuid}&platform=${platform} ||\n"
         "sleep 5\n"
         "goto again\n";
}

// `exit 1`, not `exit`: a boot option that ends with success makes UEFI stop at its menu (UEFI 2.10, 3.1.2).
std::string local_script() {
  return "#!ipxe\n"
         "echo Resus: released, starting this machine's own disk\n"
         "iseq ${platform} efi && goto next_boot_option ||\n"
         "sanboot --no-describe --drive 0x80 ||\n"
         ":next_boot_option\n"
         "exit 1\n";
}

}  // namespace resus::netboot
