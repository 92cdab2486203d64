#pragma once
// Requests and responses as the depot's services see them: no Beast, no sockets.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "hw/result.hpp"

namespace resus::transport {

using hw::Result;

/// Header fields in wire order; names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// First value of that name, empty when absent.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method;  ///< "GET"
  std::string target;  ///< as received, with query
  std::string path;    ///< percent-decoded, without query; never contains ".." parts or NUL
  std::vector<std::pair<std::string, std::string>> query;
  Headers headers;
  std::string body;
  std::string peer_key;        ///< hex SHA-256 of the client certificate's SPKI; empty without one
  std::string client_address;  ///< "10.77.0.101"

  /// First value of a query key, or `fallback`.
  [[nodiscard]] std::string_view param(std::string_view key, std::string_view fallback = {}) const;
};

/// Part of a file that is sent without being loaded. Units: bytes.
struct FileBody {
  std::string path;
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
};

/// A body made while it is sent (event streams, exports). The connection asks for one piece at a time.
/// Threads: `ready` may be called from any thread, exactly once for each next().
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// Empty optional: the end. The stream is destroyed when the client has gone.
  virtual void next(std::function<void(std::optional<std::string>)> ready) = 0;
  /// Announced as Content-Length; a stream that ends before it breaks the connection, so that the client cannot take
  /// what it has for the whole. Nothing: sent in chunks, the end is the end.
  [[nodiscard]] virtual std::optional<std::uint64_t> length_bytes() const { return std::nullopt; }
};

struct Response {
  unsigned status = 200;
  Headers headers;
  std::variant<std::string, std::shared_ptr<const std::string>, FileBody, std::shared_ptr<BodyStream>>
      body = std::string();
};

/// The answer to one request; given once, from any thread. Dropped without an answer it says 500,
/// so that no client waits for ever.
class Responder {
 public:
  using Function = std::function<void(Response)>;
  explicit Responder(Function function);
  void operator()(Response response) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Called on a network thread: must not block, hand long work to a worker.
using Handler = std::function<void(Request, Responder)>;

/// Splits a request target. Errors: kBadInput for bad percent codes, NUL, a ".." part or a target
/// that does not start with "/".
[[nodiscard]] Result<void> split_target(std::string_view target, Request& request);
/// Percent-decodes; '+' is a space only in queries. Errors: kBadInput.
[[nodiscard]] Result<std::string> percent_decode(std::string_view text, bool plus_is_space);

struct ByteRange {
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
};
/// One "bytes=a-b" range of a body of `size_bytes`. Empty: no (or a multi-part) range asked, send all.
/// Errors: kBadInput when the range lies outside. Source: RFC 9110 section 14.
[[nodiscard]] Result<std::optional<ByteRange>> parse_range(std::string_view header,
                                                           std::uint64_t size_bytes);

[[nodiscard]] Response text_response(unsigned status, std::string_view type, std::string body);
/// Status and headers for a body of `size_bytes`, obeying Range: 200, 206, or 416 when it cannot be satisfied.
/// The part of the body that is to be sent stands beside it; none with 416.
[[nodiscard]] std::pair<Response, std::optional<ByteRange>> ranged_response(const Request& request, std::string_view type,
                                                                            std::uint64_t size_bytes);
/// 200 or 206 from a file, obeying Range; 416 when it cannot be satisfied.
[[nodiscard]] Response file_response(const Request& request, std::string_view type,
                                     const std::string& path, std::uint64_t size_bytes);

}  // namespace resus::transport
