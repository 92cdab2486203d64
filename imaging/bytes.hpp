#pragma once
// Little-endian integers and LEB128 varints in and out of byte strings. Every parser of ours sits on ByteReader.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "imaging/block.hpp"

namespace resus::imaging {

[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// Appends to a string it owns.
class ByteWriter {
 public:
  void u8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void u16(std::uint16_t value) { little_endian(value, 2); }
  void u32(std::uint32_t value) { little_endian(value, 4); }
  void u64(std::uint64_t value) { little_endian(value, 8); }
  void varint(std::uint64_t value);
  void digest(const Digest& digest);
  void text(std::string_view bytes) { out_.append(bytes); }
  void reserve(std::size_t size_bytes) { out_.reserve(size_bytes); }
  [[nodiscard]] const std::string& view() const { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void little_endian(std::uint64_t value, int size_bytes);
  std::string out_;
};

/// Reads from a string it does not own.
/// Errors: kBadInput with the byte offset, when there is too little left or a varint is not in its shortest form.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] Result<std::uint8_t> u8();
  [[nodiscard]] Result<std::uint16_t> u16();
  [[nodiscard]] Result<std::uint32_t> u32();
  [[nodiscard]] Result<std::uint64_t> u64();
  [[nodiscard]] Result<std::uint64_t> varint();
  /// A varint of at most `limit`.
  [[nodiscard]] Result<std::uint64_t> varint_up_to(std::uint64_t limit);
  [[nodiscard]] Result<Digest> digest();
  [[nodiscard]] Result<std::string_view> text(std::size_t size_bytes);
  /// The next bytes must be these.
  [[nodiscard]] Result<void> expect(std::string_view literal, std::string_view what);
  /// Nothing may be left.
  [[nodiscard]] Result<void> expect_end() const;
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - offset_; }
  /// kBadInput naming the present offset.
  [[nodiscard]] hw::Error error(std::string_view what) const;

 private:
  [[nodiscard]] Result<std::uint64_t> little_endian(std::size_t size_bytes);
  std::string_view bytes_;
  std::size_t offset_ = 0;
};

}  // namespace resus::imaging
