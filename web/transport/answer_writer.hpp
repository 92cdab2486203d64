#pragma once
// Answers on their way to the client: whole, from a file, or piece by piece. Internal to the server; names Asio.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <boost/beast/http/status.hpp>

#include "hw/fd.hpp"
#include "web/transport/connection_stream.hpp"
#include "web/transport/problem.hpp"

namespace resus::transport {

/// One chunk of a chunked body as a single buffer: see AnswerWriter::send().
inline std::string chunk_of(std::string_view piece) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
  return std::string(digits.data(), end).append("\r\n").append(piece).append("\r\n");
}

template <class Stream>
class AnswerWriter {
 public:
  AnswerWriter(ConnectionStream<Stream>& wire, std::shared_ptr<Wakers> wakers) : wire_(wire), wakers_(std::move(wakers)) {}

  /// False: close the connection.
  awaitable<bool> send(const Response& response, bool head_only, bool keep_alive) {
    const std::string* text = std::get_if<std::string>(&response.body);
    if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&response.body)) text = shared->get();
    bool ok = true;
    if (text != nullptr) {
      // One write for small answers. Two buffers in one write lose the second, when it is long, in
      // Beast 1.81's flat_stream (tests/web/http_client_test.cpp, StreamsALongAnswerInPieces).
      auto first = head(response, keep_alive, text->size());
      const bool together = !head_only && text->size() <= kTogetherBytes;
      if (together) first += *text;
      ok = co_await wire_.write(boost::asio::buffer(first));
      if (ok && !head_only && !together) ok = co_await wire_.write(boost::asio::buffer(*text));
    } else if (const auto* file = std::get_if<FileBody>(&response.body)) {
      ok = co_await send_file(response, *file, head_only, keep_alive);
    } else {
      ok = co_await send_stream(response, *std::get<std::shared_ptr<BodyStream>>(response.body), head_only, keep_alive);
    }
    co_return ok && keep_alive;
  }

 private:
  static constexpr std::size_t kFilePieceBytes = 256 * 1024;
  static constexpr std::size_t kTogetherBytes = 16 * 1024;

  static std::string head(const Response& response, bool keep_alive, std::optional<std::uint64_t> length) {
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
    text += boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(response.status));
    text += "\r\n";
    for (const auto& [name, value] : response.headers.fields()) {
      if (value.find_first_of("\r\n") == std::string::npos) text += name + ": " + value + "\r\n";
    }
    if (length && response.status != 204) text += "Content-Length: " + std::to_string(*length) + "\r\n";
    if (!length) text += "Transfer-Encoding: chunked\r\n";
    text += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return text;
  }

  awaitable<bool> send_file(const Response& response, const FileBody& file, bool head_only, bool keep_alive) {
    const hw::UniqueFd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) {
      auto answer = problem(hw::Code::kNotFound, "the file is not there any more");
      co_return co_await send(answer, head_only, keep_alive);
    }
    const auto header = head(response, keep_alive, file.length_bytes);
    if (!co_await wire_.write(boost::asio::buffer(header))) co_return false;
    std::vector<char> piece(std::min<std::uint64_t>(kFilePieceBytes, file.length_bytes));
    for (std::uint64_t sent = 0; !head_only && sent < file.length_bytes;) {
      const auto wanted = std::min<std::uint64_t>(piece.size(), file.length_bytes - sent);
      const auto got = ::pread(fd.get(), piece.data(), wanted, static_cast<off_t>(file.offset_bytes + sent));
      if (got <= 0) co_return false;  // shorter than promised: the client sees the connection break
      if (!co_await wire_.write(boost::asio::buffer(piece.data(), static_cast<std::size_t>(got)))) co_return false;
      sent += static_cast<std::uint64_t>(got);
    }
    co_return true;
  }

  awaitable<std::optional<std::string>> next_piece(BodyStream& body) {
    wire_.no_deadline();
    using Piece = std::optional<std::string>;
    std::function<void(std::function<void(Piece)>)> start = [&body](std::function<void(Piece)> done) { body.next(std::move(done)); };
    co_return co_await wait_for<Piece>(wakers_, std::move(start));
  }

  awaitable<bool> send_stream(const Response& response, BodyStream& body, bool head_only, bool keep_alive) {
    const auto length = body.length_bytes();
    const auto header = head(response, keep_alive, length);
    if (!co_await wire_.write(boost::asio::buffer(header))) co_return false;
    std::uint64_t sent = 0;
    while (!head_only && (!length || sent < *length)) {
      const auto piece = co_await next_piece(body);
      if (!piece) break;
      if (piece->empty()) continue;
      sent += piece->size();
      if (length && sent > *length) co_return false;  // more than promised: the client could not tell where it ends
      const auto chunk = length ? *piece : chunk_of(*piece);
      if (!co_await wire_.write(boost::asio::buffer(chunk))) co_return false;
    }
    if (head_only) co_return true;
    if (length) co_return sent == *length;
    const std::string_view last = "0\r\n\r\n";
    co_return co_await wire_.write(boost::asio::buffer(last));
  }

  ConnectionStream<Stream>& wire_;
  std::shared_ptr<Wakers> wakers_;
};

}  // namespace resus::transport
