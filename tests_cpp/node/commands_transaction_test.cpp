#include <gtest/gtest.h>

#include "harness.hpp"

namespace replserver {
namespace {

// Says several lines and returns the last reply.
Bytes say_all(TestClient& client, std::initializer_list<ByteView> lines) {
  Bytes reply;
  for (const ByteView line : lines) reply = client.say(line);
  return reply;
}

TEST(Transaction, QueuesUntilExec) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  EXPECT_EQ(client.say("MULTI"), "OK");
  EXPECT_EQ(client.say("SET k 1"), "QUEUED");
  EXPECT_EQ(client.say("INCR k"), "QUEUED");
  EXPECT_EQ(other.say("GET k"), "nil");
  EXPECT_EQ(client.say("EXEC"), "[OK 2]");
  EXPECT_EQ(other.say("GET k"), "\"2\"");
  EXPECT_EQ(client.say("GET k"), "\"2\"");
}

TEST(Transaction, IsNothingWhenEmpty) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(say_all(client, {"MULTI", "EXEC"}), "[]");
}

TEST(Transaction, IsForgottenByDiscard) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(say_all(client, {"MULTI", "SET k 1", "DISCARD"}), "OK");
  EXPECT_EQ(client.say("GET k"), "nil");
  EXPECT_EQ(client.say("DISCARD"), "-ERR DISCARD without MULTI");
  EXPECT_EQ(client.say("EXEC"), "-ERR EXEC without MULTI");
}

TEST(Transaction, GoesOnAfterAnErrorOfOneOfItsCommands) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(say_all(client, {"MULTI", "SET k a", "INCR k", "GET k", "EXEC"}),
            "[OK -ERR value is not an integer or out of range \"a\"]");
}

TEST(Transaction, IsDiscardedWhenACommandCouldNotBeQueued) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(say_all(client, {"MULTI", "SET k"}),
            "-ERR wrong number of arguments for 'set' command");
  EXPECT_EQ(say_all(client, {"SET k 1", "EXEC"}),
            "-EXECABORT Transaction discarded because of previous errors.");
  EXPECT_EQ(client.say("EXEC"), "-ERR EXEC without MULTI");
  EXPECT_EQ(say_all(client, {"MULTI", "NOSUCH", "EXEC"}),
            "-EXECABORT Transaction discarded because of previous errors.");
  EXPECT_EQ(say_all(client, {"MULTI", "CLIENT NOSUCH", "EXEC"}),
            "-EXECABORT Transaction discarded because of previous errors.");
}

TEST(Transaction, EndsWhenExecItselfIsRefused) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(say_all(client, {"MULTI", "SET k 1", "EXEC now"}),
            "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' "
            "command");
  EXPECT_EQ(client.say("EXEC"), "-ERR EXEC without MULTI");
  EXPECT_EQ(client.say("GET k"), "nil");
}

TEST(Transaction, SurvivesANestedMultiAndAWatch) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(say_all(client, {"MULTI", "MULTI"}), "-ERR MULTI calls can not be nested");
  EXPECT_EQ(client.say("WATCH k"), "-ERR WATCH inside MULTI is not allowed");
  EXPECT_EQ(say_all(client, {"SET k 1", "EXEC"}), "[OK]");
}

TEST(Transaction, IsRefusedAtExecForWhatWasQueuedBefore) {
  TestNode node({{"maxmemory", "1gb"}});
  TestClient client = node.connect(), other = node.connect();
  EXPECT_EQ(say_all(client, {"MULTI", "SET k 1"}), "QUEUED");
  EXPECT_EQ(other.say("CONFIG SET maxmemory 1"), "OK");
  EXPECT_EQ(client.say("EXEC"),
            "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory "
            "> 'maxmemory'.");
  // Queueing needs memory as well, whatever the command does.
  EXPECT_EQ(say_all(client, {"MULTI", "GET k"}),
            "-OOM command not allowed when used memory > 'maxmemory'.");
  EXPECT_EQ(client.say("EXEC"), "-EXECABORT Transaction discarded because of previous errors.");
  EXPECT_EQ(client.say("GET k"), "nil");
}

TEST(Transaction, FailsWhenAWatchedKeyChanged) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  EXPECT_EQ(client.say("WATCH k l"), "OK");
  other.say("SET l 1");
  EXPECT_EQ(say_all(client, {"MULTI", "SET k 1", "EXEC"}), "nil");
  EXPECT_EQ(client.say("GET k"), "nil");
  EXPECT_EQ(say_all(client, {"MULTI", "SET k 1", "EXEC"}), "[OK]") << "EXEC unwatched all";
}

TEST(Transaction, FailsAsANullArrayInResp2AndANullInResp3) {
  TestNode node;
  TestClient client = node.connect();
  say_all(client, {"WATCH k", "SET k 1", "MULTI"});
  EXPECT_EQ(client.say_raw("EXEC\r\n"), "*-1\r\n");
  say_all(client, {"HELLO 3", "WATCH k", "SET k 1", "MULTI"});
  EXPECT_EQ(client.say_raw("EXEC\r\n"), "_\r\n");
}

TEST(Transaction, DoesNotFailAfterUnwatchOrDiscard) {
  TestNode node;
  TestClient client = node.connect();
  say_all(client, {"WATCH k", "SET k 1", "UNWATCH"});
  EXPECT_EQ(say_all(client, {"MULTI", "EXEC"}), "[]");
  say_all(client, {"WATCH k", "SET k 1", "MULTI", "DISCARD"});
  EXPECT_EQ(say_all(client, {"MULTI", "EXEC"}), "[]");
}

TEST(Transaction, TellsPreviousErrorsBeforeChangedKeys) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(say_all(client, {"WATCH k", "SET k 1", "MULTI", "NOSUCH", "EXEC"}),
            "-EXECABORT Transaction discarded because of previous errors.");
}

TEST(Transaction, FailsWhenAWatchedKeyExpired) {
  TestNode node({{"enable-debug-command", "yes"}});
  TestClient client = node.connect();
  say_all(client, {"DEBUG SET-ACTIVE-EXPIRE 0", "SET k 1 PX 100", "WATCH k"});
  EXPECT_EQ(say_all(client, {"MULTI", "PING", "EXEC"}), "[PONG]");
  client.say("WATCH k");
  node.pass(milliseconds(200));
  EXPECT_EQ(say_all(client, {"MULTI", "PING", "EXEC"}), "nil");
}

TEST(Transaction, DoesNotMindTheDeletionOfAStaleKey) {
  TestNode node({{"enable-debug-command", "yes"}});
  TestClient client = node.connect(), other = node.connect();
  say_all(client, {"DEBUG SET-ACTIVE-EXPIRE 0", "SET k 1 PX 100"});
  node.pass(milliseconds(200));
  say_all(client, {"WATCH k", "GET k"});
  EXPECT_EQ(say_all(client, {"MULTI", "PING", "EXEC"}), "[PONG]");

  say_all(client, {"SET k 1 PX 100"});
  node.pass(milliseconds(200));
  client.say("WATCH k");
  other.say("SET k 2");
  EXPECT_EQ(say_all(client, {"MULTI", "PING", "EXEC"}), "nil");
}

TEST(Transaction, FailsWhenAFlushTookAWatchedKey) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  client.say("WATCH missing");
  other.say("FLUSHALL");
  EXPECT_EQ(say_all(client, {"MULTI", "PING", "EXEC"}), "[PONG]");
  say_all(client, {"SET k 1", "WATCH k missing"});
  other.say("FLUSHALL");
  EXPECT_EQ(say_all(client, {"MULTI", "PING", "EXEC"}), "nil");
}

TEST(Transaction, FailsWhenASwapChangedAWatchedKey) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  say_all(client, {"SELECT 1", "SET k 1", "SELECT 0", "WATCH k"});
  other.say("SWAPDB 0 1");
  EXPECT_EQ(say_all(client, {"MULTI", "PING", "EXEC"}), "nil");
}

TEST(Transaction, RunsInTheDatabaseThatItSelects) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(say_all(client, {"MULTI", "SELECT 3", "SET k 1", "EXEC", "GET k"}), "\"1\"");
  EXPECT_EQ(say_all(client, {"SELECT 0", "GET k"}), "nil");
}

TEST(Transaction, SpeaksTheProtocolThatItSays) {
  TestNode node;
  TestClient client = node.connect();
  say_all(client, {"MULTI", "GET k", "HELLO 3", "GET k"});
  const Bytes raw = client.say_raw("EXEC\r\n");
  EXPECT_TRUE(raw.starts_with("*3\r\n$-1\r\n%7\r\n")) << raw;
  EXPECT_TRUE(raw.ends_with("\r\n_\r\n")) << raw;
}

// The offset moves by exactly what replicas are sent.
TEST(Transaction, IsOneBatchForReplicas) {
  TestNode node({{"repl-history-from-start", "yes"}});
  TestClient client = node.connect();
  const auto told = [&](std::initializer_list<ByteView> lines) {
    const Offset before = node.node.position().offset;
    say_all(client, lines);
    return node.node.position().offset - before;
  };
  client.say("SET warm up");
  const auto set = told({"SET k 1"});
  const auto multi = Offset{15}, exec = Offset{14};
  EXPECT_EQ(told({"MULTI", "SET k 1", "EXEC"}), set) << "one change needs no MULTI";
  EXPECT_EQ(told({"MULTI", "SET k 1", "GET k", "SET k 2", "EXEC"}), multi + 2 * set + exec);
  EXPECT_EQ(told({"MULTI", "GET k", "EXEC"}), Offset{0});
  EXPECT_EQ(told({"WATCH k", "SET k 1", "MULTI", "SET k 2", "EXEC"}), set);
}

TEST(Transaction, IsSeenInClientList) {
  TestNode node;
  TestClient client = node.connect();
  const Bytes info = say_all(client, {"MULTI", "SET k 1", "CLIENT INFO", "EXEC"});
  EXPECT_NE(info.find(" flags=x "), Bytes::npos) << info;
  EXPECT_NE(info.find(" multi=2 "), Bytes::npos) << info;
  EXPECT_NE(info.find(" cmd=exec "), Bytes::npos) << info;
  EXPECT_NE(client.say("CLIENT INFO").find(" multi=-1 "), Bytes::npos);
}

TEST(Transaction, DiesWithItsClient) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  say_all(client, {"WATCH k", "MULTI", "SET k 1"});
  node.node.closed(client.link(), node.at());
  EXPECT_EQ(other.say("SET k 2"), "OK");
  node.node.check_invariants();
}

TEST(Transaction, WorksInProcess) {
  TestNode node;
  EXPECT_EQ(node.execute("WATCH k"), "OK");
  EXPECT_EQ(node.execute("MULTI"), "OK");
  EXPECT_EQ(node.execute("SET k 1"), "QUEUED");
  EXPECT_EQ(node.execute("EXEC"), "[OK]");
}

}  // namespace
}  // namespace replserver
