#include "hw/block_device.hpp"

#include <algorithm>
#include <new>

namespace resus::hw {

IoBuffer::IoBuffer(std::size_t size_bytes)
    : data_(new (std::align_val_t{kBufferAlignment}) std::byte[std::max<std::size_t>(size_bytes, 1)]{}),
      size_(size_bytes) {}

void IoBuffer::Free::operator()(std::byte* p) const {
  ::operator delete[](p, std::align_val_t{kBufferAlignment});
}

}  // namespace resus::hw
