// The server against clients that are wrong, greedy or slow.
#include "web/transport/server.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <thread>

#include "tests/support/raw_connection.hpp"
#include "web/transport/certificates.hpp"

namespace resus::transport {
namespace {

using test::RawConnection;

class ServerTest : public testing::Test {
 protected:
  std::uint16_t serve(Limits limits = {}) {
    limits.body_bytes = [](const RequestHead&) { return std::uint64_t{100}; };
    Listen listen{.limits = std::move(limits), .handler = [this](Request request, Responder respond) {
                    ++requests;
                    if (request.path == "/drop") return;
                    if (request.path == "/keep") return kept.set_value(respond);
                    respond(text_response(200, "text/plain", request.method + " " + request.path + " " + request.body));
                  }};
    return server_.listen(std::move(listen)).value();
  }
  /// Asks again until there is room for the connection, five seconds at most.
  static bool answered_some_time(std::uint16_t port) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (std::chrono::steady_clock::now() < end) {
      const RawConnection client(port);
      client.send("GET /a HTTP/1.1\r\nConnection: close\r\n\r\n");
      if (client.rest().starts_with("HTTP/1.1 200 ")) return true;
    }
    return false;
  }
  std::atomic<int> requests = 0;
  std::promise<Responder> kept;
  Server server_ = Server::open(1).value();
};

TEST_F(ServerTest, AnswersSeveralRequestsOfOneConnection) {
  RawConnection client(serve());
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto answers = client.rest();
  EXPECT_NE(answers.find("GET /a"), std::string::npos);
  EXPECT_NE(answers.find("GET /b"), std::string::npos);
}

TEST_F(ServerTest, RefusesWhatIsNoHttp) {
  RawConnection client(serve());
  client.send("\x16\x03\x01 hello\r\n\r\n");
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(requests, 0);
}

TEST_F(ServerTest, RefusesABodyThatIsAnnouncedTooLarge) {
  RawConnection client(serve());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n");
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 413 "));
}

TEST_F(ServerTest, RefusesAChunkedBodyThatGrowsTooLarge) {
  RawConnection client(serve());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n70\r\n" + std::string(0x70, 'a') + "\r\n0\r\n\r\n");
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(requests, 0);
}

TEST_F(ServerTest, RefusesWithoutAskingForTheBodyThatWaitsForLeave) {
  RawConnection client(serve());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n");
  const auto answer = client.rest();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
}

TEST_F(ServerTest, SaysWhyItRefusesToOneThatGoesOnSending) {
  RawConnection client(serve());
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 8; ++i) client.send("100000\r\n" + std::string(0x100000, 'a') + "\r\n");
  client.send("0\r\n\r\n");
  const auto answer = client.rest();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_NE(answer.find("next_action"), std::string::npos);
}

TEST_F(ServerTest, ReadsNoMoreOfARefusedBodyThanItMay) {
  Limits limits;
  limits.drain_bytes = 1 << 20;
  RawConnection client(serve(limits));
  client.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000000\r\n\r\n");
  EXPECT_TRUE(client.until("\r\n\r\n").starts_with("HTTP/1.1 413 "));
  EXPECT_LT(client.send_until_refused(std::string(1 << 20, 'a'), 100), 100) << "MiB";
}

TEST_F(ServerTest, WaitsNoLongerForARefusedBodyThanItMay) {
  Limits limits;
  limits.drain = std::chrono::milliseconds(50);
  limits.drain_quiet = std::chrono::seconds(20);
  limits.connections_per_address = 1;
  const auto port = serve(limits);
  const RawConnection silent(port);
  silent.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n");
  EXPECT_TRUE(silent.rest().starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(answered_some_time(port)) << "its place is free again";
}

TEST_F(ServerTest, RefusesHeadersWithoutEnd) {
  Limits limits;
  limits.header_bytes = 1024;
  RawConnection client(serve(limits));
  client.send("GET / HTTP/1.1\r\nX: " + std::string(5000, 'x'));
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 431 "));
}

TEST_F(ServerTest, RefusesToLeaveTheRoot) {
  RawConnection client(serve());
  client.send("GET /a/%2e%2e/b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 400 "));
}

TEST_F(ServerTest, EndsAClientThatNeverFinishesItsHeader) {
  Limits limits;
  limits.header = std::chrono::milliseconds(50);
  RawConnection client(serve(limits));
  client.send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(client.rest(), "");
}

TEST_F(ServerTest, EndsAClientWhoseBodyStalls) {
  Limits limits;
  limits.body_stall = std::chrono::milliseconds(50);
  RawConnection client(serve(limits));
  client.send("POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nhalf");
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(requests, 0);
}

TEST_F(ServerTest, EndsAClientThatSendsItsBodyByteByByte) {
  Limits limits;
  limits.body_stall = std::chrono::milliseconds(300);
  RawConnection client(serve(limits));
  client.send("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n");
  const std::jthread trickle([&](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    for (int i = 0; i < 100 && !stop.stop_requested(); ++i) {
      client.send("x");
      wake.wait_for(lock, stop, std::chrono::milliseconds(20), [] { return false; });
    }
  });
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(requests, 0);
}

TEST_F(ServerTest, EndsAClientThatSaysNothing) {
  Limits limits;
  limits.idle = std::chrono::milliseconds(50);
  EXPECT_EQ(RawConnection(serve(limits)).rest(), "");
}

TEST_F(ServerTest, EndsAClientThatNeverFinishesItsHandshake) {
  const auto ca = make_ca("test").value();
  const auto key = make_key_pem().value();
  const hw::UtcTime now(std::chrono::seconds(1'795'431'600));
  Listen listen{.tls = TlsSettings{.certificate_chain_pem = issue_server_certificate(ca, key, {"127.0.0.1"}, now).value(), .private_key_pem = key},
                .handler = [this](const Request&, const Responder&) { ++requests; }};
  listen.limits.handshake = std::chrono::milliseconds(50);
  RawConnection client(server_.listen(std::move(listen)).value());
  client.send("\x16\x03\x01");
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(requests, 0);
}

TEST_F(ServerTest, TakesNoMoreConnectionsThanItMay) {
  Limits limits;
  limits.connections_per_address = 1;
  const auto port = serve(limits);
  RawConnection first(port);
  first.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(first.until("GET /a").find("200 OK"), std::string::npos);
  RawConnection second(port);
  second.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(second.rest(), "");
}

TEST_F(ServerTest, SaysThatItIsItsOwnBugWhenARequestIsDropped) {
  RawConnection client(serve());
  client.send("GET /drop HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 500 "));
}

TEST_F(ServerTest, EndsAConnectionWhoseAnswerComesTooLate) {
  RawConnection client(serve());
  client.send("GET /keep HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto late = kept.get_future().get();
  server_.stop();
  EXPECT_TRUE(client.closed());
  late(text_response(200, "text/plain", "late"));
}

TEST_F(ServerTest, OutlivesNoAnswerThatIsNeverGiven) {
  RawConnection client(serve());
  client.send("GET /keep HTTP/1.1\r\nHost: x\r\n\r\n");
  {
    const auto never = kept.get_future().get();
    kept = {};  // the promise's own copy
    server_.stop();
  }
  EXPECT_TRUE(client.closed());
}

/// A stream that hands out its way to answer and says nothing.
class SilentStream final : public BodyStream {
 public:
  using Ready = std::function<void(std::optional<std::string>)>;
  explicit SilentStream(std::promise<Ready>& asked) : asked_(asked) {}
  void next(Ready ready) override { asked_.set_value(std::move(ready)); }

 private:
  std::promise<Ready>& asked_;
};

TEST(ServerStreams, EndWithTheServerAlthoughTheNextPieceIsStillToCome) {
  std::promise<SilentStream::Ready> asked;
  auto server = Server::open(1).value();
  Listen listen{.handler = [&](const Request&, const Responder& respond) {
    Response response;
    response.body = std::static_pointer_cast<BodyStream>(std::make_shared<SilentStream>(asked));
    respond(std::move(response));
  }};
  RawConnection client(server.listen(std::move(listen)).value());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.until("\r\n\r\n").find("chunked"), std::string::npos);
  const auto ready = asked.get_future().get();
  server.stop();
  EXPECT_TRUE(client.closed());
  ready("late");
}

/// Says "abc" `pieces` times and announces `length` bytes.
class SizedStream final : public BodyStream {
 public:
  SizedStream(int pieces, std::uint64_t length) : pieces_(pieces), length_(length) {}
  void next(std::function<void(std::optional<std::string>)> ready) override {
    pieces_-- > 0 ? ready("abc") : ready(std::nullopt);
  }
  [[nodiscard]] std::optional<std::uint64_t> length_bytes() const override { return length_; }

 private:
  int pieces_;
  std::uint64_t length_;
};

/// Everything a server says to two requests on one connection, both answered by such a stream.
std::string two_answers(int pieces, std::uint64_t length, const std::string& method) {
  auto server = Server::open(1).value();
  Listen listen{.handler = [&](const Request&, const Responder& respond) {
    Response response;
    response.body = std::static_pointer_cast<BodyStream>(std::make_shared<SizedStream>(pieces, length));
    respond(std::move(response));
  }};
  RawConnection client(server.listen(std::move(listen)).value());
  client.send(method + " / HTTP/1.1\r\nHost: x\r\n\r\n" + method + " / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return client.rest();
}

TEST(ServerStreams, OfKnownLengthAnnounceItAndKeepTheConnection) {
  const auto answers = two_answers(2, 6, "GET");
  EXPECT_NE(answers.find("Content-Length: 6\r\n"), std::string::npos);
  EXPECT_NE(answers.find("\r\n\r\nabcabcHTTP/1.1 200"), std::string::npos) << answers;
}

TEST(ServerStreams, ThatEndTooEarlyBreakTheConnection) {
  const auto answers = two_answers(1, 6, "GET");
  EXPECT_TRUE(answers.ends_with("\r\n\r\nabc")) << answers;
}

TEST(ServerStreams, TellTheirLengthWithoutTheirBody) {
  const auto answers = two_answers(2, 6, "HEAD");
  EXPECT_EQ(answers.find("abc"), std::string::npos);
  EXPECT_NE(answers.rfind("Content-Length: 6"), answers.find("Content-Length: 6"));
}

TEST(ByteRange, KnowsWhatAFileCanGive) {
  EXPECT_FALSE(parse_range("", 10).value());
  EXPECT_EQ(parse_range("bytes=2-5", 10).value()->length_bytes, 4u);
  EXPECT_EQ(parse_range("bytes=2-", 10).value()->length_bytes, 8u);
  EXPECT_EQ(parse_range("bytes=-3", 10).value()->offset_bytes, 7u);
  EXPECT_EQ(parse_range("bytes=2-99", 10).value()->length_bytes, 8u);
  EXPECT_FALSE(parse_range("bytes=10-", 10));
  EXPECT_FALSE(parse_range("bytes=5-4", 10));
}

}  // namespace
}  // namespace resus::transport
