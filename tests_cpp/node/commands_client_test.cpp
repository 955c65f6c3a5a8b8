#include <gtest/gtest.h>

#include "harness.hpp"

namespace replserver {
namespace {

Peer peer_at(int port) {
  return {.address = "127.0.0.1:" + std::to_string(port), .local_address = "127.0.0.1:6379"};
}

// The ids in a CLIENT LIST reply: "1 2 3".
Bytes ids(const Bytes& list) {
  Bytes found;
  for (std::size_t at = list.find("id="); at != Bytes::npos; at = list.find("\nid=", at)) {
    at = list.find('=', at) + 1;
    if (!found.empty()) found += ' ';
    found += list.substr(at, list.find(' ', at) - at);
  }
  return found;
}

TEST(ClientInfo, HasTheFieldsOfRedisInItsOrder) {
  TestNode node;
  Peer peer = peer_at(5000);
  peer.descriptor = 8;
  TestClient client = node.connect(peer);
  client.say("SELECT 2");
  client.say("CLIENT SETNAME me");
  client.say("CLIENT SETINFO LIB-NAME lib");
  client.say("client setinfo lib-ver 1.0");
  node.pass(seconds(5));
  client.say("WATCH a b");
  const Bytes info = client.say("CLIENT INFO");
  EXPECT_TRUE(
      info.starts_with("\"id=1 addr=127.0.0.1:5000 laddr=127.0.0.1:6379 fd=8 name=me age=5 "
                       "idle=0 flags=N db=2 sub=0 psub=0 ssub=0 multi=-1 watch=2 qbuf="))
      << info;
  EXPECT_TRUE(
      info.ends_with(" events=r cmd=client|info user=default redir=-1 resp=2 lib-name=lib "
                     "lib-ver=1.0\n\""))
      << info;
  for (const ByteView field : {" qbuf-free=", " argv-mem=0 multi-mem=0 rbs=", " rbp=", " obl=0",
                               " oll=0 omem=0 tot-mem="}) {
    EXPECT_NE(info.find(field), Bytes::npos) << field << " in " << info;
  }
}

TEST(ClientInfo, IsAVerbatimTextInResp3) {
  TestNode node;
  TestClient client = node.connect();
  client.say("HELLO 3");
  EXPECT_NE(client.say_raw("CLIENT INFO\r\n").find("\r\ntxt:id=1 "), Bytes::npos);
}

TEST(ClientInfo, TellsWhatAClientIsByItsFlags) {
  TestNode node;
  Peer peer = peer_at(1);
  peer.is_unix = true;
  TestClient client = node.connect(peer), asker = node.connect();
  const auto flags = [&] {
    const Bytes info = asker.say("CLIENT LIST ID 1");
    const std::size_t at = info.find(" flags=") + 7;
    return info.substr(at, info.find(' ', at) - at);
  };
  EXPECT_EQ(flags(), "U");
  client.say("CLIENT NO-EVICT on");
  client.say("CLIENT NO-TOUCH on");
  EXPECT_EQ(flags(), "UeT");
  client.say("WATCH k");
  asker.say("SET k 1");
  client.say("MULTI");
  EXPECT_EQ(flags(), "xdUeT");
  client.say("RESET");
  client.say("SUBSCRIBE a");
  EXPECT_EQ(flags(), "PU");
  client.say("RESET");
  client.say("MONITOR");
  EXPECT_EQ(flags(), "OU");
}

TEST(ClientList, IsInTheOrderInWhichClientsCame) {
  TestNode node;
  TestClient first = node.connect(), second = node.connect();
  node.connect();
  EXPECT_EQ(ids(second.say("CLIENT LIST")), "1 2 3");
  node.node.closed(first.link(), node.at());
  EXPECT_EQ(ids(second.say("CLIENT LIST")), "2 3");
  EXPECT_EQ(ids(node.execute("CLIENT LIST")), "2 3") << "calls in process are no client";
}

TEST(ClientList, IsLimitedByTypeOrId) {
  TestNode node;
  TestClient first = node.connect();
  node.connect();
  TestClient third = node.connect();
  first.say("SUBSCRIBE a");
  EXPECT_EQ(ids(third.say("CLIENT LIST TYPE pubsub")), "1");
  EXPECT_EQ(ids(third.say("CLIENT LIST TYPE NORMAL")), "2 3");
  EXPECT_EQ(third.say("CLIENT LIST TYPE replica"), "\"\"");
  EXPECT_EQ(third.say("CLIENT LIST TYPE slave"), "\"\"");
  EXPECT_EQ(third.say("CLIENT LIST TYPE master"), "\"\"");
  EXPECT_EQ(third.say("CLIENT LIST TYPE foo"), "-ERR Unknown client type 'foo'");
  EXPECT_EQ(ids(third.say("CLIENT LIST ID 3 99 1 -5")), "3 1");
  EXPECT_EQ(third.say("CLIENT LIST ID x"), "-ERR Invalid client ID");
  for (const ByteView line : {"CLIENT LIST ID", "CLIENT LIST TYPE", "CLIENT LIST foo"}) {
    EXPECT_EQ(third.say(line), "-ERR syntax error") << line;
  }
}

TEST(ClientName, IsOneWord) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("CLIENT GETNAME"), "nil");
  EXPECT_EQ(client.say("CLIENT SETNAME me"), "OK");
  EXPECT_EQ(client.say("CLIENT SETNAME 'a b'"),
            "-ERR Client names cannot contain spaces, newlines or special characters.");
  EXPECT_EQ(client.say("CLIENT GETNAME"), "\"me\"");
  EXPECT_EQ(client.say("CLIENT SETNAME ''"), "OK");
  EXPECT_EQ(client.say("CLIENT GETNAME"), "nil");
  EXPECT_EQ(client.say("CLIENT SETINFO lib-name 'a b'"),
            "-ERR lib-name cannot contain spaces, newlines or special characters.");
  EXPECT_EQ(client.say("CLIENT SETINFO color red"), "-ERR Unrecognized option 'color'");
}

TEST(ClientKill, ByAddressAnswersOk) {
  TestNode node;
  TestClient first = node.connect(peer_at(1)), second = node.connect(peer_at(2));
  EXPECT_EQ(second.say("CLIENT KILL 127.0.0.1:9"), "-ERR No such client");
  EXPECT_EQ(second.say("CLIENT KILL 127.0.0.1:1"), "OK");
  EXPECT_TRUE(first.is_closed());
  EXPECT_EQ(second.say("CLIENT KILL 127.0.0.1:2"), "OK") << "also the caller, once it is told";
  EXPECT_TRUE(second.is_closed());
}

TEST(ClientKill, ByFiltersAnswersHowMany) {
  TestNode node;
  TestClient first = node.connect(peer_at(1)), second = node.connect(peer_at(2)),
             third = node.connect(peer_at(3)), killer = node.connect(peer_at(4));
  third.say("SUBSCRIBE a");
  EXPECT_EQ(killer.say("CLIENT KILL ID 99"), "0");
  EXPECT_EQ(killer.say("CLIENT KILL ID 4"), "0") << "the caller is skipped";
  EXPECT_EQ(killer.say("CLIENT KILL ID 1 ADDR 127.0.0.1:2"), "0") << "all filters must fit";
  EXPECT_EQ(killer.say("CLIENT KILL ID 1 ADDR 127.0.0.1:1 LADDR 127.0.0.1:6379"), "1");
  EXPECT_TRUE(first.is_closed());
  EXPECT_EQ(killer.say("CLIENT KILL TYPE pubsub"), "1");
  EXPECT_TRUE(third.is_closed());
  EXPECT_EQ(killer.say("CLIENT KILL USER default SKIPME no"), "2");
  EXPECT_TRUE(second.is_closed());
  EXPECT_TRUE(killer.is_closed());
}

TEST(ClientKill, RefusesFiltersItDoesNotKnow) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("CLIENT KILL ID x"), "-ERR client-id should be greater than 0");
  EXPECT_EQ(client.say("CLIENT KILL ID 0"), "-ERR client-id should be greater than 0");
  EXPECT_EQ(client.say("CLIENT KILL TYPE foo"), "-ERR Unknown client type 'foo'");
  EXPECT_EQ(client.say("CLIENT KILL USER foo"), "-ERR No such user 'foo'");
  for (const ByteView line :
       {"CLIENT KILL SKIPME maybe", "CLIENT KILL FOO 1", "CLIENT KILL ADDR 1 LADDR"}) {
    EXPECT_EQ(client.say(line), "-ERR syntax error") << line;
  }
}

TEST(ClientKill, LeavesNobodyBehindInTheSameTransaction) {
  TestNode node;
  node.connect(peer_at(1));
  TestClient killer = node.connect(peer_at(2));
  killer.say("MULTI");
  killer.say("CLIENT KILL ID 1");
  killer.say("CLIENT KILL ID 1");
  killer.say("CLIENT LIST");
  const Bytes replies = killer.say("EXEC");
  EXPECT_TRUE(replies.starts_with("[1 0 ")) << replies;
  EXPECT_EQ(ids(replies), "2");
}

TEST(ClientReply, OffSilencesRepliesButNoMessages) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  client.say("HELLO 3");
  EXPECT_EQ(client.say("CLIENT REPLY OFF"), "");
  EXPECT_EQ(client.say("SET k 1"), "");
  EXPECT_EQ(client.say("NOSUCH"), "");
  EXPECT_EQ(client.say("SUBSCRIBE a"), "[\"subscribe\" \"a\" 1]");
  EXPECT_EQ(client.say("PUBLISH a m"), "[\"message\" \"a\" \"m\"]");
  other.say("PUBLISH a n");
  EXPECT_EQ(client.hear(), "[\"message\" \"a\" \"n\"]");
  EXPECT_EQ(client.say("CLIENT REPLY ON"), "OK");
  EXPECT_EQ(client.say("GET k"), "\"1\"");
}

TEST(ClientReply, SkipSilencesTheNextCommand) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("CLIENT REPLY SKIP"), "");
  EXPECT_EQ(client.say("SET k 1"), "");
  EXPECT_EQ(client.say("GET k"), "\"1\"");
  EXPECT_EQ(client.say_raw("CLIENT REPLY SKIP\r\nPING\r\nPING\r\n"), "+PONG\r\n");
  EXPECT_EQ(client.say("CLIENT REPLY maybe"), "-ERR syntax error");
}

TEST(ClientReply, TakesEffectInsideATransaction) {
  TestNode node;
  TestClient client = node.connect();
  for (const ByteView line : {"CLIENT REPLY OFF", "MULTI", "CLIENT REPLY ON", "PING"}) {
    EXPECT_EQ(client.say(line), "");
  }
  EXPECT_EQ(client.say_raw("EXEC\r\n"), "+OK\r\n+PONG\r\n") << "the header was not wanted yet";
  for (const ByteView line : {"MULTI", "CLIENT REPLY OFF", "PING"}) client.say(line);
  EXPECT_EQ(client.say_raw("EXEC\r\n"), "*2\r\n");
}

TEST(ClientReply, CannotSilenceACallInProcess) {
  TestNode node;
  EXPECT_TRUE(node.execute("CLIENT REPLY OFF").starts_with("-ERR"));
  EXPECT_EQ(node.execute("PING"), "PONG");
}

TEST(ClientPause, HoldsCommandsUntilItsTimeIsOver) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  EXPECT_EQ(client.say("CLIENT PAUSE 1000"), "OK");
  EXPECT_EQ(other.say("GET k"), "");
  EXPECT_EQ(client.say("PING"), "") << "the pausing client, too";
  node.pass(milliseconds(999));
  EXPECT_EQ(other.hear(), "");
  node.pass(milliseconds(1));
  EXPECT_EQ(other.hear(), "nil");
  EXPECT_EQ(client.hear(), "PONG");
}

TEST(ClientPause, OfWritesLetsReadsPass) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  other.say("MULTI");
  other.say("SET k 1");
  client.say("CLIENT PAUSE 1000 WRITE");
  EXPECT_EQ(client.say("GET k"), "nil");
  EXPECT_EQ(other.say("EXEC"), "") << "it would write";
  EXPECT_EQ(client.say("PUBLISH a m"), "") << "it would be replicated";
  TestClient third = node.connect();
  EXPECT_EQ(third.say("CLIENT UNPAUSE"), "OK");
  EXPECT_EQ(other.hear(), "[OK]");
  EXPECT_EQ(client.hear(), "0");
}

TEST(ClientPause, OnTopOfAnotherIsAsStrictAndAsLongAsEither) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  client.say("CLIENT PAUSE 2000 WRITE");
  client.say("CLIENT PAUSE 100 ALL");
  EXPECT_EQ(other.say("PING"), "");
  node.pass(milliseconds(1999));
  EXPECT_EQ(other.hear(), "");
  node.pass(milliseconds(1));
  EXPECT_EQ(other.hear(), "PONG");
}

TEST(ClientPause, KeepsExpiredKeysUnchangedAndHidden) {
  TestNode node({{"repl-history-from-start", "yes"}});
  TestClient client = node.connect();
  client.say("SET k 1 PX 100");
  client.say("CLIENT PAUSE 10000 WRITE");
  const Offset offset = node.node.position().offset;
  node.pass(seconds(1));
  EXPECT_EQ(client.say("GET k"), "nil");
  EXPECT_EQ(client.say("DBSIZE"), "1");
  EXPECT_EQ(node.node.position().offset, offset);
}

TEST(ClientPause, RefusesWhatIsNoTime) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("CLIENT PAUSE x"), "-ERR timeout is not an integer or out of range");
  EXPECT_EQ(client.say("CLIENT PAUSE -1"), "-ERR timeout is negative");
  EXPECT_EQ(client.say("CLIENT PAUSE 9223372036854775807"), "-ERR timeout is out of range");
  EXPECT_EQ(client.say("CLIENT PAUSE x maybe"), "-ERR CLIENT PAUSE mode must be WRITE or ALL");
  EXPECT_EQ(client.say("CLIENT PAUSE 1 WRITE more"),
            "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.");
}

TEST(ClientUnblock, FindsNobodyWhoIsNotBlocked) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("CLIENT UNBLOCK 1"), "0");
  EXPECT_EQ(client.say("CLIENT UNBLOCK 99 ERROR"), "0");
  EXPECT_EQ(client.say("CLIENT UNBLOCK x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(client.say("CLIENT UNBLOCK x foo"),
            "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
}

TEST(ClientCommand, AnswersForWhatItDoesNotHave) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("CLIENT FOO"), "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.");
  EXPECT_EQ(client.say("CLIENT"), "-ERR wrong number of arguments for 'client' command");
  EXPECT_EQ(client.say("CLIENT ID x"), "-ERR wrong number of arguments for 'client|id' command");
  EXPECT_EQ(client.say("CLIENT ID"), "1");
  EXPECT_EQ(client.say("CLIENT GETREDIR"), "-1");
  EXPECT_EQ(client.say("CLIENT NO-EVICT maybe"), "-ERR syntax error");
  EXPECT_TRUE(client.say("CLIENT HELP").starts_with("[CLIENT <subcommand> "));
}

}  // namespace
}  // namespace replserver
