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

constexpr Duration kLong = seconds(30);  // nothing that passes waits for so long

TEST(LiveNode, AnswersACommandThatBlocksLater) {
  LiveNode node(options());
  const auto popped = node.start({"BLPOP", "queue", "0"});
  EXPECT_EQ(popped->state(), Pending::State::open);
  node.execute({"RPUSH", "queue", "job"});
  ASSERT_TRUE(popped->wait(kLong));
  EXPECT_EQ(popped->outcome().reply, "*2\r\n$5\r\nqueue\r\n$3\r\njob\r\n");
}

TEST(LiveNode, AnswersASessionInFullHoweverLongTheAnswerIs) {
  LiveNode node(options());
  const Bytes big(100'000, 'x');
  Words push = {"RPUSH", "list"};
  for (int i = 0; i < 100; ++i) push.push_back(big);
  node.execute(push);
  const auto listed = node.start(node.open_session(), {"LRANGE", "list", "0", "-1"});
  ASSERT_TRUE(listed->wait(kLong));
  const Bytes element = "$100000\r\n" + big + "\r\n";
  EXPECT_EQ(listed->outcome().reply.size(), Bytes("*100\r\n").size() + 100 * element.size());
}

TEST(LiveNode, GivesACommandUpThatIsCancelled) {
  LiveNode node(options());
  const auto popped = node.start({"BLPOP", "queue", "0"});
  node.cancel(popped);
  EXPECT_EQ(popped->state(), Pending::State::cancelled);
  // Behind the cancellation, on the node's thread.
  EXPECT_EQ(node.execute({"RPUSH", "queue", "job"}), ":1\r\n");
  EXPECT_EQ(node.execute({"LLEN", "queue"}), ":1\r\n");
}

TEST(LiveNode, TellsWhenAReplicaFollowsAndHasAll) {
  LiveNode primary(options({{"repl-history-from-start", "yes"}}));
  primary.execute({"SET", "k", "v"});
  const auto followed = primary.when({.replicas = 1});
  const Bytes port = std::to_string(primary.port());
  LiveNode replica(options({{"replicaof", "127.0.0.1", port}}));
  ASSERT_TRUE(followed->wait(kLong));
  const ReplicationStatus seen = *followed->outcome().status;
  ASSERT_EQ(seen.replicas.size(), 1u);
  EXPECT_EQ(seen.replicas.front().port, replica.port());

  const auto there = replica.when({.offset = seen.position.offset, .link = "connected"});
  ASSERT_TRUE(there->wait(kLong));
  EXPECT_EQ(there->outcome().status->position.history, seen.position.history);
  EXPECT_EQ(replica.execute({"GET", "k"}), "$1\r\nv\r\n");
}

TEST(LiveNode, DoesWhatIsDueByNowThoughItsClockStandsStill) {
  LiveNode primary(options());
  const Bytes port = std::to_string(primary.port());
  LiveNode::Options manual = options({{"replicaof", "127.0.0.1", port}});
  manual.clock = Clock::Kind::manual;
  LiveNode replica(std::move(manual));  // which dials when it is up
  const auto connected = replica.when({.link = "connected"});
  EXPECT_TRUE(connected->wait(kLong));
}

TEST(LiveNode, ClosesWhatIsPendingWhenItEnds) {
  LiveNode node(options());
  const LinkId session = node.open_session();
  const auto popped = node.start(session, {"BLPOP", "queue", "0"});
  const auto behind = node.start(session, {"PING"});
  const auto far = node.when({.offset = 1'000'000});
  node.close();
  for (const auto& pending : {popped, behind, far}) {
    EXPECT_EQ(pending->state(), Pending::State::closed);
  }
  EXPECT_THROW(node.start({"PING"}), LiveNode::Closed);
}

TEST(LiveNode, EndsASessionWithWhatItWasAsked) {
  LiveNode node(options());
  const LinkId session = node.open_session();
  const auto popped = node.start(session, {"BLPOP", "queue", "0"});
  node.close_session(session);
  ASSERT_TRUE(popped->wait(kLong));
  EXPECT_EQ(popped->state(), Pending::State::closed);
  const auto late = node.start(session, {"PING"});
  ASSERT_TRUE(late->wait(kLong));
  EXPECT_EQ(late->state(), Pending::State::closed);
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
