#pragma once
// Reads an E01 set as a lab's tool does, strictly: every checksum, every link. Throws std::runtime_error.
#include <zlib.h>

#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace resus::test {

/// What a set of segments says.
struct E01Content {
  std::string media;
  std::string header2, header;           ///< inflated
  std::uint32_t chunks = 0, chunk_sectors = 0, sector_bytes = 0;
  std::uint64_t sectors = 0;
  std::vector<std::vector<std::string>> sections;  ///< types, by segment
  std::vector<std::pair<std::uint32_t, std::uint32_t>> unreadable;  ///< first sector, count
  std::string md5, sha1;                 ///< raw
  std::size_t compressed_chunks = 0;
};

class E01Reader {
 public:
  static E01Content read(const std::vector<std::string>& segments) {
    E01Reader reader;
    for (std::size_t i = 0; i < segments.size(); ++i) reader.segment(segments[i], i + 1, i + 1 == segments.size());
    auto& got = reader.got_;
    check(reader.read_chunks_ == got.chunks, "number of chunks");
    check(got.media.size() == got.sectors * got.sector_bytes, "length of the media");
    return std::move(got);
  }

 private:
  static void check(bool holds, const std::string& what) {
    if (!holds) throw std::runtime_error("E01: " + what + " is wrong");
  }
  template <class T>
  static T number(const std::string& bytes, std::size_t at) {
    check(at + sizeof(T) <= bytes.size(), "length");
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  }
  static void check_adler(const std::string& bytes, std::size_t begin, std::size_t length, const std::string& what) {
    const auto computed = ::adler32(1, reinterpret_cast<const Bytef*>(bytes.data() + begin), static_cast<uInt>(length));
    check(number<std::uint32_t>(bytes, begin + length) == computed, "checksum of " + what);
  }
  static std::string inflated(const std::string& bytes, std::size_t most_bytes = 1 << 20) {
    std::string out(most_bytes, '\0');
    uLongf length = out.size();
    check(uncompress(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()) == Z_OK, "zlib stream");
    out.resize(length);
    return out;
  }

  void segment(const std::string& file, std::size_t number_of, bool last) {
    check(file.substr(0, 8) == std::string("EVF\x09\x0d\x0a\xff\x00", 8) && file[8] == 1, "signature");
    check(number<std::uint16_t>(file, 9) == number_of && number<std::uint16_t>(file, 11) == 0, "segment number");
    got_.sections.emplace_back();
    for (std::size_t at = 13;;) {
      check_adler(file, at, 72, "section");
      const std::string type = file.c_str() + at;
      const auto next = number<std::uint64_t>(file, at + 16), size = number<std::uint64_t>(file, at + 24);
      got_.sections.back().push_back(type);
      const bool ends = type == "next" || type == "done";
      check(next == (ends ? at : at + size) && at + size <= file.size(), "link of " + type);
      section(file, type, at, file.substr(at + 76, size - 76));
      if (ends) return check(at + size == file.size() && (type == "done") == last, "end of the segment");
      at = next;
    }
  }
  void section(const std::string& file, const std::string& type, std::size_t at, const std::string& payload) {
    if (type == "header2") got_.header2 = inflated(payload);
    if (type == "header") got_.header = inflated(payload);
    if (type == "volume" || type == "data") volume(payload);
    if (type == "sectors") sectors_begin_ = at, sectors_end_ = at + 76 + payload.size();
    if (type == "table") table_ = payload, table(file, payload);
    if (type == "table2") check(payload == table_, "table2");
    if (type == "error2") errors(payload);
    if (type == "digest") check_adler(payload, 0, 76, type), got_.md5 = payload.substr(0, 16), got_.sha1 = payload.substr(16, 20);
    if (type == "hash") check_adler(payload, 0, 32, type), check(payload.substr(0, 16) == got_.md5, "hash");
  }
  void volume(const std::string& payload) {
    check(payload.size() == 1052 && (volume_.empty() || volume_ == payload), "volume");
    check_adler(payload, 0, 1048, "volume");
    volume_ = payload;
    got_.chunks = number<std::uint32_t>(payload, 4);
    got_.chunk_sectors = number<std::uint32_t>(payload, 8);
    got_.sector_bytes = number<std::uint32_t>(payload, 12);
    got_.sectors = number<std::uint64_t>(payload, 16);
  }
  void table(const std::string& file, const std::string& payload) {
    const auto count = number<std::uint32_t>(payload, 0);
    const auto base = number<std::uint64_t>(payload, 8);
    check_adler(payload, 0, 20, "table");
    check_adler(payload, 24, 4 * count, "table's entries");
    check(count > 0 && count <= 16375 && base == sectors_begin_ && payload.size() == 24 + 4 * count + 4, "table");
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto entry = number<std::uint32_t>(payload, 24 + 4 * i);
      const auto begin = base + (entry & 0x7fffffff);
      const auto end = i + 1 < count ? base + (number<std::uint32_t>(payload, 28 + 4 * i) & 0x7fffffff) : sectors_end_;
      check(begin < end && end <= sectors_end_, "entry");
      chunk(file.substr(begin, end - begin), (entry & 0x80000000) != 0);
    }
  }
  void chunk(const std::string& bytes, bool compressed) {
    ++read_chunks_;
    const auto left = got_.sectors * got_.sector_bytes - got_.media.size();
    const auto length = std::min<std::uint64_t>(left, std::uint64_t{got_.chunk_sectors} * got_.sector_bytes);
    if (!compressed) check_adler(bytes, 0, bytes.size() - 4, "chunk");
    const auto content = compressed ? inflated(bytes, length) : bytes.substr(0, bytes.size() - 4);
    got_.compressed_chunks += compressed;
    check(content.size() == length, "length of a chunk");
    got_.media += content;
  }
  void errors(const std::string& payload) {
    const auto count = number<std::uint32_t>(payload, 0);
    check_adler(payload, 0, 516, "error2");
    check_adler(payload, 520, 8 * count, "error2's entries");
    for (std::uint32_t i = 0; i < count; ++i)
      got_.unreadable.emplace_back(number<std::uint32_t>(payload, 520 + 8 * i), number<std::uint32_t>(payload, 524 + 8 * i));
  }

  E01Content got_;
  std::string volume_, table_;
  std::size_t sectors_begin_ = 0, sectors_end_ = 0, read_chunks_ = 0;
};

}  // namespace resus::test
