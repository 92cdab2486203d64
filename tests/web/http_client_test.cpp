#include "web/transport/http_client.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "hw/linux/clock.hpp"
#include "web/transport/problem.hpp"
#include "web/transport/server.hpp"

namespace resus::transport {
namespace {

/// A server on a free port with a key of its own, and clients that pin it.
class HttpClientTest : public testing::Test {
 protected:
  void SetUp() override {
    ca_ = make_ca("test").value();
    key_ = make_key_pem().value();
    pin_ = spki_sha256_of_key(key_).value();
    server_.emplace(Server::open(1).value());
  }

  void serve(Handler handler) {
    Listen listen;
    const auto certificate = issue_server_certificate(ca_, key_, {"127.0.0.1"}, hw::SystemClock().now()).value();
    listen.tls = TlsSettings{.certificate_chain_pem = certificate,
                             .private_key_pem = key_,
                             .client_certificate = ClientCertificate::kRequired};
    listen.limits.body_bytes = [](const RequestHead&) { return std::uint64_t{4} << 20; };
    listen.handler = std::move(handler);
    port_ = server_->listen(std::move(listen)).value();
  }

  HttpClient client(std::string pin) {
    return HttpClient::open({.address = "127.0.0.1", .port = port_, .server_spki_sha256 = std::move(pin), .identity = me_})
        .value();
  }

  KeyAndCertificate ca_;
  std::string key_, pin_;
  KeyAndCertificate me_ = make_self_signed("machine").value();
  std::optional<Server> server_;
  std::uint16_t port_ = 0;
};

TEST_F(HttpClientTest, ShowsItsKeyAndSendsItsBody) {
  serve([](const Request& request, const Responder& respond) {
    respond(text_response(200, "text/plain", request.peer_key + request.body));
  });
  const auto answer = client(pin_).call({.method = "POST", .target = "/x", .body = "hello"});
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer.value().body, spki_sha256_of_certificate(me_.certificate_pem).value() + "hello");
}

TEST_F(HttpClientTest, SendsNothingToAServerWithAnotherKey) {
  bool reached = false;
  serve([&](const Request&, const Responder& respond) {
    reached = true;
    respond(text_response(200, "text/plain", ""));
  });
  const auto answer = client(std::string(64, '0')).call({.target = "/"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, hw::Code::kPeerUntrusted);
  EXPECT_FALSE(reached);
}

TEST_F(HttpClientTest, AProblemIsAnAnswerAndNotForTheSink) {
  serve([](const Request&, const Responder& respond) { respond(problem(hw::Code::kSpace, "full")); });
  auto to_server = client(pin_);
  const auto answer = to_server.download({.target = "/"}, [](auto) -> hw::Result<void> {
    return hw::fail(hw::Code::kInternal, "the sink was called");
  });
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer.value().status, 507U);
  EXPECT_GT(answer.value().retry_after.count(), 0);
}

TEST_F(HttpClientTest, ReadsTheRefusalOfABodyThatIsTooLarge) {
  serve([](const Request&, const Responder& respond) { respond(text_response(200, "text/plain", "taken")); });
  auto to_server = client(pin_);
  const std::string body(16 << 20, 'x');  // more than the buffers of two sockets hold
  const auto answer = to_server.call({.method = "POST", .target = "/", .body = body});
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer.value().status, 413U);
  EXPECT_NE(answer.value().body.find("E-INPUT-01"), std::string::npos);
  EXPECT_EQ(to_server.call({.target = "/"}).value().body, "taken") << "on a new connection";
}

TEST_F(HttpClientTest, StreamsALongAnswerInPieces) {
  serve([](const Request&, const Responder& respond) {
    respond(text_response(200, "application/octet-stream", std::string(3 << 20, 'x')));
  });
  auto to_server = client(pin_);
  std::size_t bytes = 0, pieces = 0;
  const ClientRequest request{.target = "/", .deadline = std::chrono::seconds(2), .max_answer_bytes = 4 << 20};
  const auto answer = to_server.download(request, [&](std::span<const std::byte> piece) -> hw::Result<void> {
    bytes += piece.size();
    ++pieces;
    return hw::success();
  });
  ASSERT_TRUE(answer) << answer.error().to_string() << bytes << ' ' << pieces;
  EXPECT_EQ(bytes, 3U << 20);
  EXPECT_GT(pieces, 1U);
}

TEST_F(HttpClientTest, ASinkThatRefusesEndsTheTransferAndTheNextCallWorks) {
  serve([](const Request&, const Responder& respond) { respond(text_response(200, "text/plain", "abc")); });
  auto to_server = client(pin_);
  const auto refused = to_server.download({.target = "/"}, [](auto) -> hw::Result<void> {
    return hw::fail(hw::Code::kArchive, "enough");
  });
  EXPECT_EQ(refused.error().code, hw::Code::kArchive);
  EXPECT_EQ(to_server.call({.target = "/"}).value().body, "abc");
}

TEST_F(HttpClientTest, AnAnswerLongerThanAllowedIsRefused) {
  serve([](const Request&, const Responder& respond) {
    respond(text_response(200, "text/plain", std::string(5000, 'x')));
  });
  EXPECT_FALSE(client(pin_).call({.target = "/", .max_answer_bytes = 4096}));
}

TEST_F(HttpClientTest, SilenceEndsAtTheDeadlineAndIsRetryable) {
  std::vector<Responder> never;
  serve([&](const Request&, const Responder& respond) { never.push_back(respond); });
  const auto answer = client(pin_).call({.target = "/", .deadline = std::chrono::milliseconds(100)});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, hw::Code::kNetwork);
  EXPECT_FALSE(answer.error().permanent);
  server_->stop();
}

TEST_F(HttpClientTest, ARestartedServerIsReachedAgainOnTheSameClient) {
  serve([](const Request&, const Responder& respond) { respond(text_response(200, "text/plain", "one")); });
  auto to_server = client(pin_);
  EXPECT_EQ(to_server.call({.target = "/"}).value().body, "one");
  server_->stop();
  EXPECT_EQ(to_server.call({.target = "/"}).error().code, hw::Code::kNetwork);
}

TEST_F(HttpClientTest, CancelEndsACallThatWaits) {
  std::promise<void> arrived;
  std::vector<Responder> never;
  serve([&](const Request&, const Responder& respond) {
    never.push_back(respond);
    arrived.set_value();
  });
  auto waiting = client(pin_);
  std::thread stopper([&] {
    arrived.get_future().wait();
    waiting.cancel();
  });
  const auto answer = waiting.call({.target = "/"});
  stopper.join();
  EXPECT_EQ(answer.error().code, hw::Code::kCancelled);
  server_->stop();
}

}  // namespace
}  // namespace resus::transport
