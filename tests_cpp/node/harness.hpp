// TestNode — a node with a clock that stands still until it is moved, and clients that talk to it
// without sockets.
//
//   TestNode node({{"hz", "50"}});           // lines of a configuration file
//   TestClient client = node.connect();
//   client.say("SET k v EX 10")   "OK"
//   node.pass(seconds(11));
//   client.say("GET k")           "nil"
//
// Replies as text, see command/harness.hpp; several are joined by "; ". Operations are carried out by
// nobody: look at node.operations, and answer with node.complete().
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "command/harness.hpp"
#include "node/node.hpp"

namespace replserver {

class TestNode;

class TestClient {
 public:
  TestClient(TestNode& node, LinkId link) : node_(node), link_(link) {}

  Bytes say(ByteView line);       // a line in the syntax of inline commands
  Bytes say_raw(ByteView bytes);  // as they are; returns the bytes of the reply
  Bytes hear();                   // what came without a question, as text
  Bytes hear_raw();               // the same, as bytes
  bool is_closed() const;
  LinkId link() const { return link_; }

 private:
  TestNode& node_;
  LinkId link_;
};

class TestNode {
 public:
  explicit TestNode(std::initializer_list<Words> directives = {}, Meter meter = nullptr)
      : node(config_of(directives), {.seed = 1, .meter = meter}, at()) {}

  TestClient connect(Peer peer = {.address = "127.0.0.1:1000", .local_address = "127.0.0.1:6379"}) {
    const LinkId link = node.accepted(std::move(peer), at());
    take();
    return {*this, link};
  }

  Now at() const { return {start_mono() + passed_, start_wall() + passed_}; }
  void pass(Duration duration) {
    passed_ += duration;
    node.tick(at());
    take();
  }

  // What the driver would do; gathered over all inputs.
  Words log;
  std::vector<Operation> operations;
  std::vector<LinkId> dialled, hung_up, gathering;
  Duration busy{};
  bool stopped = false, aborted = false;

  // Answers the oldest operation; returns it.
  Operation complete(Result<Bytes> outcome) {
    RS_ASSERT(!operations.empty());
    const Operation operation = operations.front();
    operations.erase(operations.begin());
    node.completed(operation.id, std::move(outcome), at());
    take();
    return operation;
  }

  // In-process, as Python calls.
  Bytes execute(ByteView line) {
    const auto words = resp::split_words(line);
    RS_ASSERT(words && !words->empty());
    const std::vector<ByteView> args(words->begin(), words->end());
    node.execute(args, at());
    take();
    return text_of(node.executed());
  }

  static Bytes text_of(ByteView bytes) {
    Bytes text;
    resp::ReplyParser parser;
    for (;;) {
      resp::Reply reply;
      if (parser.next(bytes, reply) != resp::ReplyParser::Status::reply) break;
      if (!text.empty()) text += "; ";
      text += as_text(reply);
    }
    EXPECT_TRUE(parser.at_border());
    return text;
  }

  void take() {
    Effects effects;
    node.take_effects(effects);
    for (LogRecord& record : effects.log) log.push_back(std::move(record.text));
    for (Operation& operation : effects.operations) operations.push_back(std::move(operation));
    for (const Dial& dial : effects.dial) dialled.push_back(dial.link);
    gathering.insert(gathering.end(), effects.gathering.begin(), effects.gathering.end());
    hung_up.insert(hung_up.end(), effects.hang_up.begin(), effects.hang_up.end());
    busy += effects.busy;
    stopped = stopped || effects.stop;
    aborted = aborted || effects.abort;
  }

 private:
  static Instant start_mono() { return Instant(seconds(1000)); }
  static WallTime start_wall() { return WallTime(seconds(1700000000)); }
  static Config config_of(std::initializer_list<Words> directives) {
    Config config;
    for (const Words& directive : directives) {
      const std::vector<ByteView> words(directive.begin(), directive.end());
      const auto error = config.assign(words);
      EXPECT_FALSE(error) << directive.front() << ": " << error->text;
    }
    return config;
  }

  Duration passed_{};

 public:
  Node node;  // after what its construction reads
};

inline Bytes TestClient::hear_raw() {
  std::vector<ByteView> pieces;
  Bytes bytes;
  // Pieces come in limited numbers.
  for (;;) {
    pieces.clear();
    node_.node.output(link_, pieces);
    std::size_t size = 0;
    for (const ByteView piece : pieces) {
      bytes += piece;
      size += piece.size();
    }
    if (size == 0) return bytes;
    node_.node.sent(link_, size, node_.at());
    node_.take();
  }
}

inline Bytes TestClient::hear() { return TestNode::text_of(hear_raw()); }

inline Bytes TestClient::say_raw(ByteView bytes) {
  node_.node.received(link_, bytes, node_.at());
  node_.node.turn(node_.at());
  node_.take();
  return hear_raw();
}

inline Bytes TestClient::say(ByteView line) {
  const auto words = resp::split_words(line);
  RS_ASSERT(words);
  Bytes request;
  append_command(request, std::vector<ByteView>(words->begin(), words->end()));
  return TestNode::text_of(say_raw(request));
}

inline bool TestClient::is_closed() const {
  return std::find(node_.hung_up.begin(), node_.hung_up.end(), link_) != node_.hung_up.end();
}

}  // namespace replserver
