#include "net/live_node.hpp"

#include <gtest/gtest.h>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

namespace replserver::net {
namespace {

LiveNode::Options options(std::initializer_list<std::vector<ByteView>> directives = {}) {
  LiveNode::Options options;
  options.seed = 1;
  std::vector<std::vector<ByteView>> all = {{"port", "0"}, {"bind", "127.0.0.1"}};
  all.insert(all.end(), directives);
  for (const auto& words : all) EXPECT_FALSE(options.config.assign(words).has_value());
  return options;
}

// A client on a real socket: says bytes, hears as many as it expects.
class Caller {
 public:
  explicit Caller(std::uint16_t port) : socket_(io_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
  }
  void say(ByteView bytes) { asio::write(socket_, asio::buffer(bytes.data(), bytes.size())); }
  Bytes hear(std::size_t size) {
    Bytes bytes(size, '\0');
    asio::read(socket_, asio::buffer(bytes));
    return bytes;
  }
  bool is_at_end() {
    char byte;
    asio::error_code error;
    asio::read(socket_, asio::buffer(&byte, 1), error);
    return static_cast<bool>(error);
  }

 private:
  asio::io_context io_;
  asio::ip::tcp::socket socket_;
};

TEST(LiveNode, AnswersOnTheSocketAndInProcess) {
  LiveNode node(options());
  Caller caller(node.port());
  caller.say("SET k v\r\n");
  EXPECT_EQ(caller.hear(5), "+OK\r\n");
  EXPECT_EQ(node.execute({"GET", "k"}), "$1\r\nv\r\n");
}

TEST(LiveNode, SendsAReplyThatNoSocketTakesAtOnce) {
  LiveNode node(options());
  const Bytes big(20'000'000, 'x');
  node.execute({"SET", "big", big});
  Caller caller(node.port());
  caller.say("GET big\r\nPING\r\n");
  const Bytes header = "$20000000\r\n";
  EXPECT_EQ(caller.hear(header.size()), header);
  EXPECT_EQ(caller.hear(big.size()), big);
  EXPECT_EQ(caller.hear(9), "\r\n+PONG\r\n");
}

TEST(LiveNode, MovesAManualClockByHand) {
  LiveNode::Options manual = options();
  manual.clock = Clock::Kind::manual;
  LiveNode node(std::move(manual));
  node.execute({"SET", "k", "v", "EX", "60"});
  node.advance(seconds(59));
  EXPECT_EQ(node.execute({"TTL", "k"}), ":1\r\n");
  node.advance(seconds(2));
  EXPECT_EQ(node.execute({"DBSIZE"}), ":0\r\n");
}

TEST(LiveNode, EndsWhenItIsToldToShutDown) {
  LiveNode node(options());
  Caller caller(node.port());
  caller.say("SHUTDOWN NOSAVE\r\n");
  EXPECT_TRUE(node.wait_ended(seconds(10)));
  EXPECT_TRUE(caller.is_at_end());
  EXPECT_THROW(node.execute({"PING"}), LiveNode::Closed);
}

TEST(LiveNode, CanBeClosedTwice) {
  LiveNode node(options());
  node.close();
  node.close();
  EXPECT_THROW(node.execute({"PING"}), LiveNode::Closed);
}

TEST(LiveNode, SaysWhichAddressItCannotHave) {
  const LiveNode first(options());
  const Bytes port = std::to_string(first.port());
  try {
    const LiveNode second(options({{"port", port}}));
    FAIL() << "two nodes on one port";
  } catch (const StartError& error) {
    EXPECT_NE(Bytes(error.what()).find("127.0.0.1:" + port), Bytes::npos) << error.what();
  }
}

TEST(LiveNode, ListensElsewhereWhenItsPortIsChanged) {
  LiveNode node(options());
  LiveNode other(options());
  const Bytes taken = std::to_string(other.port());
  EXPECT_TRUE(node.execute({"CONFIG", "SET", "port", taken}).starts_with("-ERR"));
  Caller still_there(node.port());
  still_there.say("PING\r\n");
  EXPECT_EQ(still_there.hear(7), "+PONG\r\n");
}

TEST(LiveNode, GivesUpWaitingWhenItsCallerAsks) {
  LiveNode node(options({{"enable-debug-command", "yes"}}));
  EXPECT_THROW(node.execute({"DEBUG", "SLEEP", "3600"}, [] { return true; }),
               LiveNode::Interruption);
  node.close();  // does not wait for the hour
}

TEST(LiveNode, ServesAThousandConnections) {
  LiveNode node(options());
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < 1000; ++i) callers.push_back(std::make_unique<Caller>(node.port()));
  for (const auto& caller : callers) caller->say("INCR n\r\n");
  for (const auto& caller : callers) EXPECT_EQ(caller->hear(2)[0], ':');
  EXPECT_EQ(node.execute({"GET", "n"}), "$4\r\n1000\r\n");
}

}  // namespace
}  // namespace replserver::net
