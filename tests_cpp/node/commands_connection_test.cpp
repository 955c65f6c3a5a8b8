#include <gtest/gtest.h>

#include "harness.hpp"

namespace replserver {
namespace {

constexpr ByteView kWrongPass = "-WRONGPASS invalid username-password pair or user is disabled.";
constexpr ByteView kNoAuthText = "-NOAUTH Authentication required.";

TEST(Ping, Echoes) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("PING"), "PONG");
  EXPECT_EQ(client.say("PING hi"), "\"hi\"");
  EXPECT_EQ(client.say("PING a b"), "-ERR wrong number of arguments for 'ping' command");
  EXPECT_EQ(client.say("ECHO hi"), "\"hi\"");
}

TEST(Hello, TellsWhoWeAreInTheProtocolAskedFor) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(
      client.say_raw("HELLO 3\r\n"),
      "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n$5\r\nproto\r\n:3"
      "\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
      "$7\r\nmodules\r\n*0\r\n");
  EXPECT_TRUE(client.say_raw("HELLO\r\n").starts_with("%7\r\n")) << "without a number it stays";
  EXPECT_TRUE(client.say_raw("HELLO 2\r\n").starts_with("*14\r\n"));
}

TEST(Hello, RefusesWhatItDoesNotUnderstand) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("HELLO x"), "-ERR Protocol version is not an integer or out of range");
  EXPECT_EQ(client.say("HELLO 4"), "-NOPROTO unsupported protocol version");
  EXPECT_EQ(client.say("HELLO 3 foo"), "-ERR Syntax error in HELLO option 'foo'");
  EXPECT_EQ(client.say("HELLO 3 AUTH me"), "-ERR Syntax error in HELLO option 'AUTH'");
  EXPECT_EQ(client.say("HELLO 3 SETNAME"), "-ERR Syntax error in HELLO option 'SETNAME'");
  EXPECT_EQ(client.say("HELLO 3 SETNAME 'a b'"),
            "-ERR Client names cannot contain spaces, newlines or special characters.");
  EXPECT_EQ(client.say_raw("GET k\r\n"), "$-1\r\n") << "still RESP2";
}

TEST(Hello, AuthenticatesAndNames) {
  TestNode node({{"requirepass", "secret"}});
  TestClient client = node.connect();
  EXPECT_TRUE(
      client.say("HELLO 3").starts_with("-NOAUTH HELLO must be called with the client "
                                        "already authenticated, otherwise the HELLO "
                                        "<proto> AUTH <user> <pass> option"));
  EXPECT_EQ(client.say("HELLO 3 AUTH default wrong"), kWrongPass);
  EXPECT_EQ(client.say("PING"), kNoAuthText);
  EXPECT_TRUE(client.say("HELLO 3 AUTH default secret SETNAME me").starts_with("{\"server\""));
  EXPECT_EQ(client.say("CLIENT GETNAME"), "\"me\"");
}

TEST(Auth, NeedsTheConfiguredPassword) {
  TestNode node({{"requirepass", "secret"}});
  TestClient client = node.connect();
  EXPECT_EQ(client.say("GET k"), kNoAuthText);
  for (const ByteView guess : {"secre", "secret1", "''", "Secret", "secretsecret"}) {
    EXPECT_EQ(client.say("AUTH " + Bytes(guess)), kWrongPass) << guess;
  }
  EXPECT_EQ(client.say("AUTH other secret"), kWrongPass);
  EXPECT_EQ(client.say("GET k"), kNoAuthText);
  EXPECT_EQ(client.say("AUTH secret"), "OK");
  EXPECT_EQ(client.say("GET k"), "nil");
  EXPECT_EQ(client.say("AUTH default wrong"), kWrongPass);
  EXPECT_EQ(client.say("GET k"), "nil") << "a failed attempt takes nothing away";
}

TEST(Auth, WithoutAPasswordIsAMistakeOfTheCaller) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("AUTH x"),
            "-ERR AUTH <password> called without any password configured for the default user. Are "
            "you sure your configuration is correct?");
  EXPECT_EQ(client.say("AUTH default x"), "OK") << "the default user needs none";
  EXPECT_EQ(client.say("AUTH nobody x"), kWrongPass);
  EXPECT_EQ(client.say("AUTH a b c"), "-ERR syntax error");
}

TEST(Auth, IsUnderstoodInOneSegmentWithWhatFollows) {
  TestNode node({{"requirepass", "secret"}});
  TestClient client = node.connect();
  EXPECT_EQ(client.say_raw("AUTH secret\r\nPING\r\n"), "+OK\r\n+PONG\r\n");
}

TEST(Select, RefusesWhatIsNoDatabase) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("SELECT 15"), "OK");
  EXPECT_EQ(client.say("SELECT 16"), "-ERR DB index is out of range");
  EXPECT_EQ(client.say("SELECT -1"), "-ERR DB index is out of range");
  EXPECT_EQ(client.say("SELECT x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(client.say("SELECT 3000000000"),
            "-ERR value is out of range, value must between -2147483648 and 2147483647");
}

TEST(Quit, AnswersAndHangsUp) {
  TestNode node({{"requirepass", "secret"}});
  TestClient client = node.connect();
  EXPECT_EQ(client.say_raw("QUIT\r\nPING\r\n"), "+OK\r\n");
  EXPECT_TRUE(client.is_closed());
}

TEST(Quit, HangsUpWithoutAWordWhenRepliesAreOff) {
  TestNode node;
  TestClient client = node.connect();
  client.say("CLIENT REPLY OFF");
  EXPECT_EQ(client.say("QUIT"), "");
  EXPECT_TRUE(client.is_closed());
}

TEST(Reset, MakesANewClientOfIt) {
  TestNode node({{"requirepass", "secret"}});
  TestClient client = node.connect(), other = node.connect();
  other.say("AUTH secret");
  for (const ByteView line :
       {"HELLO 3 AUTH default secret SETNAME me", "CLIENT SETINFO LIB-NAME lib", "SELECT 3",
        "CLIENT NO-EVICT ON", "CLIENT NO-TOUCH ON", "SUBSCRIBE a", "WATCH k", "MULTI", "SET k 1"}) {
    client.say(line);
  }
  EXPECT_EQ(client.say_raw("RESET\r\n"), "+RESET\r\n");
  EXPECT_EQ(client.say("GET k"), kNoAuthText);
  client.say("AUTH secret");
  const Bytes info = client.say("CLIENT INFO");
  for (const ByteView field : {" name= ", " flags=N ", " db=0 ", " sub=0 ", " multi=-1 ",
                               " watch=0 ", " resp=2 ", " lib-name=lib "}) {
    EXPECT_NE(info.find(field), Bytes::npos) << field << " in " << info;
  }
  EXPECT_EQ(other.say("PUBLISH a m"), "0");
}

TEST(Reset, EndsMonitoring) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  client.say("MONITOR");
  client.say("RESET");
  client.hear();
  other.say("SET k 1");
  EXPECT_EQ(client.hear(), "");
}

}  // namespace
}  // namespace replserver
