#include "net/relay.hpp"

#include <gtest/gtest.h>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

namespace replserver::net {
namespace {

using asio::ip::tcp;

// A server and a client with a relay between them, on this thread.
class RelayTest : public testing::Test {
 protected:
  RelayTest()
      : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        relay_({.host = "127.0.0.1", .port = acceptor_.local_endpoint().port()}),
        client_(io_),
        server_(io_) {}

  void connect() {
    client_ = tcp::socket(io_);
    client_.connect({asio::ip::address_v4::loopback(), relay_.port()});
    server_ = acceptor_.accept();
  }
  static void say(tcp::socket& from, ByteView bytes) {
    asio::write(from, asio::buffer(bytes.data(), bytes.size()));
  }
  static Bytes hear(tcp::socket& at, std::size_t size) {
    Bytes bytes(size, '\0');
    asio::read(at, asio::buffer(bytes));
    return bytes;
  }
  // All until its end, and how it ended.
  static std::pair<Bytes, asio::error_code> hear_out(tcp::socket& at) {
    Bytes bytes;
    asio::error_code error;
    asio::read(at, asio::dynamic_buffer(bytes), error);
    return {bytes, error};
  }
  void plan(LinkPlace place, LinkAction action) {
    relay_.change([&](LinkRules& rules) { rules.add({place, action}); });
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  Relay relay_;
  tcp::socket client_, server_;
};

TEST_F(RelayTest, CarriesManyBytesBothWays) {
  connect();
  const Bytes small(100'000, 'u');
  say(client_, small);
  EXPECT_EQ(hear(server_, small.size()), small);
  say(server_, small);
  EXPECT_EQ(hear(client_, small.size()), small);
}

TEST_F(RelayTest, TellsAnEndThatTheOtherOneHasGone) {
  connect();
  say(client_, "last words");
  client_.close();
  EXPECT_EQ(hear_out(server_), std::pair(Bytes("last words"), asio::error_code(asio::error::eof)));
}

TEST_F(RelayTest, CutsBehindTheByteThatIsNamed) {
  for (const auto what : {LinkAction::What::cut, LinkAction::What::reset}) {
    plan({.way = LinkWay::up, .number = 3}, {.what = what});
    connect();
    say(client_, "foreign words");
    const auto [heard, error] = hear_out(server_);
    EXPECT_EQ(heard, "for");
    EXPECT_EQ(error, what == LinkAction::What::cut
                         ? asio::error_code(asio::error::eof)
                         : asio::error_code(asio::error::connection_reset));
  }
  EXPECT_TRUE(relay_.wait([](const Relay::Status& at) { return at.cuts == 2; }, seconds(20)));
}

TEST_F(RelayTest, RefusesUntilItIsHealed) {
  relay_.cut(false, true);
  asio::error_code error;
  client_.connect({asio::ip::address_v4::loopback(), relay_.port()}, error);
  EXPECT_EQ(error, asio::error::connection_refused);
  relay_.heal();
  connect();
  say(server_, "back");
  EXPECT_EQ(hear(client_, 4), "back");
}

TEST_F(RelayTest, TellsNobodyOfAnythingDuringASilence) {
  connect();
  relay_.change([](LinkRules& rules) { rules.set_gates(LinkRules::Gate::silent); });
  say(client_, "into the void");
  client_.close();
  EXPECT_FALSE(relay_.wait([](const auto& status) { return status.open == 0; }, milliseconds(5)));
  relay_.heal();
  EXPECT_EQ(hear_out(server_).first, "into the void");
}

TEST_F(RelayTest, LeavesTheBytesWithTheirSenderWhileItIsHeld) {
  connect();
  relay_.change([](LinkRules& rules) { rules.set_gates(LinkRules::Gate::held); });
  client_.non_blocking(true);
  const Bytes much(1 << 20, 'x');
  std::size_t sent = 0;
  asio::error_code error;
  for (int turn = 0; turn < 1000 && !error; ++turn) {
    sent += client_.write_some(asio::buffer(much), error);
  }
  EXPECT_EQ(error, asio::error::would_block);
  relay_.change([](LinkRules& rules) { rules.set_gates(LinkRules::Gate::open); });
  EXPECT_EQ(hear(server_, sent), Bytes(sent, 'x'));
}

}  // namespace
}  // namespace replserver::net
