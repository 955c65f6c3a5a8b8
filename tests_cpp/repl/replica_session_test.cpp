#include "repl/replica_session.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "base/random.hpp"

namespace replserver {
namespace {

const Bytes kId(40, 'a');
const Bytes kOther(40, 'b');
const Bytes kMark(40, 'm');

Greeting unknown() {
  Greeting greeting;
  greeting.port = 7001;
  greeting.version = "7.2.0";
  return greeting;
}

Greeting resuming(Offset offset) {
  Greeting greeting = unknown();
  greeting.wanted = Position{kId, offset};
  return greeting;
}

struct Tell {
  Bytes operator()(const ReplicaSession::Pong&) { return "pong\n"; }
  Bytes operator()(const ReplicaSession::Remark& remark) { return "remark " + remark.text + "\n"; }
  Bytes operator()(const ReplicaSession::FullSync& sync) {
    if (!sync.position) return "full ?\n";
    return "full " + sync.position->history.substr(0, 1) + " " +
           std::to_string(sync.position->offset) + "\n";
  }
  Bytes operator()(const ReplicaSession::Continued& sync) {
    return "continued " + (sync.id ? sync.id->substr(0, 1) : "") + "\n";
  }
  Bytes operator()(const ReplicaSession::PayloadBegins& payload) {
    return "begins " + (payload.size ? std::to_string(*payload.size) : "") + "\n";
  }
  Bytes operator()(const ReplicaSession::PayloadPart& part) {
    snapshot += part.bytes;
    return "";
  }
  Bytes operator()(const ReplicaSession::PayloadEnds&) { return "ends " + snapshot + "\n"; }
  Bytes operator()(const ReplicaSession::Failure& failure) {
    const bool discards = failure.remedy == ReplicaSession::Failure::Remedy::discard;
    return (discards ? "discard " : "retry ") + failure.text + "\n";
  }
  Bytes snapshot;
};

// What happens and what is said when the primary says `script`, cut into pieces of `cut()` bytes.
Bytes conversation(Greeting greeting, ByteView script, const std::function<std::size_t()>& cut) {
  ReplicaSession session(std::move(greeting));
  Bytes output, talk, stream;
  Tell tell;
  session.opened(output);
  while (!script.empty()) {
    const Bytes piece(script.substr(0, cut()));
    script.remove_prefix(piece.size());
    ByteView bytes = piece;
    while (auto event = session.next(bytes, output)) {
      talk += std::visit(tell, *event);
      if (std::holds_alternative<ReplicaSession::Failure>(*event)) return output + talk;
    }
    if (session.phase() == ReplicaSession::Phase::streaming) stream += bytes;
  }
  return output + talk + (stream.empty() ? "" : "stream " + stream);
}

Bytes request(std::initializer_list<Bytes> words) {
  Bytes text = "*" + std::to_string(words.size()) + "\r\n";
  for (const Bytes& word : words)
    text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return text;
}

const Bytes kGreeted = request({"PING"}) + request({"REPLCONF", "listening-port", "7001"}) +
                       request({"REPLCONF", "capa", "eof", "capa", "psync2"}) +
                       request({"REPLCONF", "version", "7.2.0"});

struct Talk {
  const char* name;
  Greeting greeting;
  Bytes primary;
  Bytes expected;
};

std::vector<Talk> talks() {
  Greeting guarded = unknown();
  guarded.password = "secret";
  guarded.address = "10.0.0.1";
  Greeting named = guarded;
  named.user = "replica";
  Greeting failover = resuming(9);
  failover.failover = true;
  const Bytes accepted = "+PONG\r\n+OK\r\n+OK\r\n+OK\r\n";
  const Bytes everything = kGreeted + request({"PSYNC", "?", "-1"}) + "pong\n";
  const Bytes resumption = kGreeted + request({"PSYNC", kId, "10"}) + "pong\n";
  const Bytes mark_like = kMark.substr(0, 39) + "x";
  return {
      {"a payload of known size, then the stream", unknown(),
       accepted + "\n\n+FULLRESYNC " + kId + " 7\r\n\n$5\r\nhello*1\r\n",
       everything + "full a 7\nbegins 5\nends hello\nstream *1\r\n"},
      {"a payload that ends with a mark", unknown(),
       accepted + "+FULLRESYNC " + kId + " 0\r\n$EOF:" + kMark + "\r\n" + mark_like + "hello" +
           kMark,
       everything + "full a 0\nbegins \nends " + mark_like + "hello\n"},
      {"a resumption under the same name", resuming(9), accepted + "+CONTINUE\r\nrest",
       resumption + "continued \nstream rest"},
      {"a resumption under another name", resuming(9),
       accepted + "+CONTINUE " + kOther + "\r\nrest", resumption + "continued b\nstream rest"},
      {"a password, and another address", guarded,
       "-NOAUTH Authentication required.\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n",
       request({"PING"}) + request({"AUTH", "secret"}) +
           request({"REPLCONF", "listening-port", "7001"}) +
           request({"REPLCONF", "ip-address", "10.0.0.1"}) +
           request({"REPLCONF", "capa", "eof", "capa", "psync2"}) +
           request({"REPLCONF", "version", "7.2.0"}) + request({"PSYNC", "?", "-1"}) + "pong\n"},
      {"a wrong password", named, "+PONG\r\n-WRONGPASS invalid\r\n",
       request({"PING"}) + request({"AUTH", "replica", "secret"}) +
           request({"REPLCONF", "listening-port", "7001"}) +
           request({"REPLCONF", "ip-address", "10.0.0.1"}) +
           request({"REPLCONF", "capa", "eof", "capa", "psync2"}) +
           request({"REPLCONF", "version", "7.2.0"}) +
           "pong\nretry Unable to AUTH to MASTER: -WRONGPASS invalid\n"},
      {"no primary at all", unknown(), "-ERR go away\r\n",
       request({"PING"}) + "retry Error reply to PING from master: '-ERR go away'\n"},
      {"an old primary that knows neither REPLCONF nor PSYNC", unknown(),
       "+PONG\r\n-ERR a\r\n-ERR b\r\n-ERR c\r\n-ERR unknown command\r\n$2\r\nhi*1",
       kGreeted + request({"PSYNC", "?", "-1"}) +
           "SYNC\r\npong\n"
           "remark (Non critical) Master does not understand REPLCONF listening-port: -ERR a\n"
           "remark (Non critical) Master does not understand REPLCONF capa: -ERR b\n"
           "remark Master does not support PSYNC or is in error state (reply: -ERR unknown "
           "command)\n"
           "full ?\nbegins 2\nends hi\nstream *1"},
      {"a primary without its own primary", resuming(9), accepted + "-NOMASTERLINK Can't SYNC\r\n",
       resumption + "retry Master is currently unable to PSYNC but should be in the future: "
                    "-NOMASTERLINK Can't SYNC\n"},
      {"a broken FULLRESYNC", unknown(), accepted + "+FULLRESYNC abc\r\n",
       everything + "discard Master replied with wrong +FULLRESYNC syntax.\n"},
      {"a broken payload header", unknown(), accepted + "+FULLRESYNC " + kId + " 0\r\n$x\r\n",
       everything + "full a 0\ndiscard Bad protocol from MASTER, the first byte is not '$' (we "
                    "received '$x'), are you sure the host and port are right?\n"},
      {"an error instead of a payload", unknown(),
       accepted + "+FULLRESYNC " + kId + " 0\r\n-ERR disk full\r\n",
       everything + "full a 0\ndiscard MASTER aborted replication with an error: ERR disk full\n"},
      {"a failover that is refused", failover, accepted + "-ERR no\r\n",
       kGreeted + request({"PSYNC", kId, "10", "FAILOVER"}) +
           "pong\nretry Failover target rejected psync request: -ERR no\n"},
      {"CONTINUE to one who has nothing", unknown(), accepted + "+CONTINUE\r\n",
       everything + "discard Unexpected reply to PSYNC from master: +CONTINUE\n"},
  };
}

TEST(ReplicaSession, TalksAsAReplicaDoesHoweverThePrimarysWordsAreCut) {
  const std::uint64_t seed = 20261121;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (const Talk& talk : talks()) {
    SCOPED_TRACE(talk.name);
    const auto said = [&](const auto& cut) {
      return conversation(talk.greeting, talk.primary, cut);
    };
    EXPECT_EQ(said([] { return std::size_t{1}; }), talk.expected);
    for (int i = 0; i < 50; ++i) {
      EXPECT_EQ(said([&] { return 1 + random.below(20); }), talk.expected);
    }
    // A mark is only looked for at the end of what there is: nobody sends anything behind it.
    EXPECT_EQ(said([] { return SIZE_MAX; }), talk.expected);
  }
}

TEST(Payload, EndsWithItsMarkAndNotWithHalfOfIt) {
  auto payload = Payload::begin("$EOF:" + kMark);
  ASSERT_TRUE(payload);
  Bytes got;
  for (const Bytes& piece : {Bytes("data"), kMark.substr(0, 20), Bytes("more"), kMark}) {
    for (ByteView bytes = piece; !bytes.empty();) got += payload->take(bytes);
    EXPECT_EQ(payload->done(), piece == kMark);
  }
  EXPECT_EQ(got, "data" + kMark.substr(0, 20) + "more");
}

TEST(Payload, RefusesAnyOtherHeader) {
  for (const Bytes& header :
       {Bytes("$"), Bytes("$-1"), Bytes("$EOF:short"), Bytes("hello"), Bytes()}) {
    EXPECT_FALSE(Payload::begin(header)) << header;
  }
}

}  // namespace
}  // namespace replserver
