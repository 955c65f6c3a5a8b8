#include <gtest/gtest.h>

#include "node/harness.hpp"

namespace replserver {
namespace {

Result<Bytes> io_error(ByteView text) { return fail(Error::Kind::io, Bytes(text)); }

TEST(ConfigCommand, GetsMapsOfWhatMatches) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("CONFIG GET maxmemory hz"), "[\"hz\" \"10\" \"maxmemory\" \"0\"]");
  EXPECT_EQ(client.say("CONFIG GET nothing"), "[]");
  client.say("HELLO 3");
  EXPECT_EQ(client.say("CONFIG GET hz"), "{\"hz\" \"10\"}");
}

TEST(ConfigCommand, SetsAllOrNothing) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("CONFIG SET hz 20 maxmemory 1mb"), "OK");
  EXPECT_EQ(client.say("CONFIG SET hz 30 nonsense 1"),
            "-ERR Unknown option or number of arguments for CONFIG SET - 'nonsense'");
  EXPECT_EQ(client.say("CONFIG SET hz 30 maxmemory"), "-ERR syntax error");
  EXPECT_EQ(client.say("CONFIG GET hz maxmemory"), "[\"hz\" \"20\" \"maxmemory\" \"1048576\"]");
  EXPECT_TRUE(node.operations.empty());
}

TEST(ConfigCommand, WaitsForTheNewPort) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  EXPECT_EQ(client.say("CONFIG SET port 7001"), "");
  EXPECT_EQ(client.say("PING"), "");  // it stands in line
  EXPECT_EQ(other.say("PING"), "PONG");
  EXPECT_TRUE(std::holds_alternative<Listen>(node.complete(Bytes()).what));
  EXPECT_EQ(client.hear(), "OK; PONG");
  EXPECT_EQ(node.node.config()->port, 7001);
}

TEST(ConfigCommand, TakesBackWhatTheDriverCouldNotDo) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  EXPECT_EQ(client.say("CONFIG SET hz 50 port 80"), "");
  EXPECT_EQ(other.say("CONFIG SET maxmemory 1mb"), "OK");
  node.complete(io_error("Permission denied"));
  EXPECT_EQ(client.hear(),
            "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on "
            "this port. Check server logs.");
  EXPECT_EQ(other.say("CONFIG GET hz port maxmemory"),
            "[\"hz\" \"10\" \"maxmemory\" \"1048576\" \"port\" \"6379\"]");
}

TEST(ConfigCommand, NamesTheAddressesThatCannotBeBound) {
  TestNode node;
  TestClient client = node.connect();
  client.say("CONFIG SET bind 9.9.9.9");
  node.complete(io_error("Cannot assign requested address"));
  EXPECT_EQ(client.hear(),
            "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to "
            "specified addresses.");
}

TEST(ConfigCommand, EntersADirectoryOnceTheDriverHasFoundIt) {
  TestNode node({{"enable-protected-configs", "yes"}, {"dir", "/start"}});
  TestClient client = node.connect(), other = node.connect();
  EXPECT_EQ(client.say("CONFIG SET dir data"), "");
  EXPECT_EQ(other.say("CONFIG GET dir"), "[\"dir\" \"/start\"]");
  EXPECT_EQ(std::get<ChangeDir>(node.complete(Bytes("/start/data")).what).path, "data");
  EXPECT_EQ(client.hear(), "OK");
  EXPECT_EQ(other.say("CONFIG GET dir"), "[\"dir\" \"/start/data\"]");

  client.say("CONFIG SET dir nowhere");
  node.complete(io_error("No such file or directory"));
  EXPECT_EQ(client.hear(),
            "-ERR CONFIG SET failed (possibly related to argument 'dir') - No such file or "
            "directory");
  EXPECT_EQ(other.say("CONFIG GET dir"), "[\"dir\" \"/start/data\"]");
}

TEST(ConfigCommand, LeavesTheNewDirectoryWhenALaterStepFails) {
  TestNode node({{"enable-protected-configs", "yes"}, {"dir", "/start"}});
  TestClient client = node.connect();
  client.say("CONFIG SET port 80 dir data");
  node.complete(Bytes("/start/data"));
  EXPECT_EQ(client.hear(), "");
  EXPECT_TRUE(std::holds_alternative<Listen>(node.complete(io_error("in use")).what));
  EXPECT_EQ(std::get<ChangeDir>(node.complete(Bytes("/start")).what).path, "/start");
  EXPECT_TRUE(client.hear().starts_with("-ERR CONFIG SET failed"));
  EXPECT_EQ(client.say("CONFIG GET dir"), "[\"dir\" \"/start\"]");
}

TEST(ConfigCommand, LeavesNoTraceOfAClientThatDidNotWait) {
  TestNode node;
  TestClient client = node.connect();
  client.say("CONFIG SET port 80");
  node.node.closed(client.link(), node.at());
  node.complete(io_error("Permission denied"));
  EXPECT_EQ(node.node.config()->port, 6379);
  EXPECT_TRUE(node.log.back().starts_with("ERR CONFIG SET failed"));
}

TEST(ConfigCommand, AnswersInATransactionBeforeTheDriverIsDone) {
  TestNode node;
  TestClient client = node.connect();
  client.say("MULTI");
  client.say("CONFIG SET port 7001");
  client.say("PING");
  EXPECT_EQ(client.say("EXEC"), "[OK PONG]");
  node.complete(Bytes());
  EXPECT_EQ(client.hear(), "");
}

TEST(ConfigCommand, RewritesTheFileItWasStartedWith) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("CONFIG REWRITE"), "-ERR The server is running without a config file");
  HostFacts host;
  host.config_file = "/etc/redis.conf";
  node.node.observed(host);

  client.say("CONFIG SET hz 20");
  EXPECT_EQ(client.say("CONFIG REWRITE"), "");
  EXPECT_EQ(std::get<ReadFile>(node.complete(Bytes("# mine\nhz 10\n")).what).path,
            "/etc/redis.conf");
  const WriteFile write = std::get<WriteFile>(node.complete(Bytes()).what);
  EXPECT_EQ(write.path, "/etc/redis.conf");
  EXPECT_TRUE(write.content.starts_with("# mine\nhz 20\n")) << write.content;
  EXPECT_EQ(client.hear(), "OK");
  EXPECT_EQ(node.log.back(), "CONFIG REWRITE executed with success.");
}

TEST(ConfigCommand, RewritesAFileThatIsGoneButNoneThatCannotBeRead) {
  TestNode node;
  TestClient client = node.connect();
  HostFacts host;
  host.config_file = "redis.conf";
  node.node.observed(host);

  client.say("CONFIG REWRITE");
  node.complete(io_error("No such file or directory"));
  node.complete(Bytes());
  EXPECT_EQ(client.hear(), "OK");

  client.say("CONFIG REWRITE");
  node.complete(io_error("Permission denied"));
  EXPECT_EQ(client.hear(), "-ERR Rewriting config file: Permission denied");
  EXPECT_TRUE(node.operations.empty());
  EXPECT_EQ(node.log.back(), "CONFIG REWRITE failed: Permission denied");
}

TEST(ConfigCommand, ResetsWhatInfoCounts) {
  TestNode node;
  TestClient client = node.connect();
  client.say("GET nothing");
  client.say("NONSENSE");
  EXPECT_EQ(client.say("CONFIG RESETSTAT"), "OK");
  const Bytes text = client.say("INFO everything");
  EXPECT_NE(text.find("keyspace_misses:0\r\n"), Bytes::npos);
  EXPECT_NE(text.find("total_error_replies:0\r\n"), Bytes::npos);
  EXPECT_EQ(text.find("cmdstat_get"), Bytes::npos);
  EXPECT_EQ(text.find("errorstat_"), Bytes::npos);
}

TEST(ConfigCommand, HasHelpInRedisShape) {
  TestNode node;
  TestClient client = node.connect();
  const Bytes help = client.say("CONFIG HELP");
  EXPECT_TRUE(help.starts_with("[CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
  EXPECT_TRUE(help.ends_with("HELP     Prints this help.]"));
  EXPECT_EQ(client.say("CONFIG nonsense"), "-ERR unknown subcommand 'nonsense'. Try CONFIG HELP.");
}

}  // namespace
}  // namespace replserver
