#include "imaging/bytes.hpp"

#include <cstring>

namespace resus::imaging {

void ByteWriter::little_endian(std::uint64_t value, int size_bytes) {
  for (int i = 0; i < size_bytes; ++i) out_.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

void ByteWriter::varint(std::uint64_t value) {
  while (value >= 0x80) {
    out_.push_back(static_cast<char>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  out_.push_back(static_cast<char>(value));
}

void ByteWriter::digest(const Digest& digest) {
  out_.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
}

hw::Error ByteReader::error(std::string_view what) const {
  return hw::make_error(hw::Code::kBadInput,
                        std::string(what) + " at byte " + std::to_string(offset_));
}

Result<std::string_view> ByteReader::text(std::size_t size_bytes) {
  if (left() < size_bytes) return hw::failure(error("ends too early"));
  const auto piece = bytes_.substr(offset_, size_bytes);
  offset_ += size_bytes;
  return piece;
}

Result<std::uint64_t> ByteReader::little_endian(std::size_t size_bytes) {
  RESUS_TRY(const auto piece, text(size_bytes));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size_bytes; ++i) {
    value |= std::uint64_t{static_cast<std::uint8_t>(piece[i])} << (8 * i);
  }
  return value;
}

Result<std::uint8_t> ByteReader::u8() {
  RESUS_TRY(const auto value, little_endian(1));
  return static_cast<std::uint8_t>(value);
}
Result<std::uint16_t> ByteReader::u16() {
  RESUS_TRY(const auto value, little_endian(2));
  return static_cast<std::uint16_t>(value);
}
Result<std::uint32_t> ByteReader::u32() {
  RESUS_TRY(const auto value, little_endian(4));
  return static_cast<std::uint32_t>(value);
}
Result<std::uint64_t> ByteReader::u64() { return little_endian(8); }

Result<std::uint64_t> ByteReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    RESUS_TRY(const auto byte, u8());
    const std::uint64_t bits = byte & 0x7f;
    if (shift == 63 && bits > 1) return hw::failure(error("varint beyond 64 bits"));
    value |= bits << shift;
    if ((byte & 0x80) == 0) {
      if (byte == 0 && shift > 0) return hw::failure(error("varint not in shortest form"));
      return value;
    }
  }
  return hw::failure(error("varint longer than 10 bytes"));
}

Result<std::uint64_t> ByteReader::varint_up_to(std::uint64_t limit) {
  RESUS_TRY(const auto value, varint());
  if (value > limit) return hw::failure(error("value too large"));
  return value;
}

Result<Digest> ByteReader::digest() {
  Digest digest;
  RESUS_TRY(const auto piece, text(digest.bytes.size()));
  std::memcpy(digest.bytes.data(), piece.data(), piece.size());
  return digest;
}

Result<void> ByteReader::expect(std::string_view literal, std::string_view what) {
  if (left() < literal.size() || bytes_.substr(offset_, literal.size()) != literal) {
    return hw::failure(error("not " + std::string(what)));
  }
  offset_ += literal.size();
  return hw::success();
}

Result<void> ByteReader::expect_end() const {
  if (left() != 0) return hw::failure(error("bytes left over"));
  return hw::success();
}

}  // namespace resus::imaging
