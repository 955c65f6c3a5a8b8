#include "sim/world.hpp"

#include <gtest/gtest.h>

namespace replserver::sim {
namespace {

constexpr Duration kPatience = seconds(5);

Config config_with(std::initializer_list<std::vector<ByteView>> directives) {
  Config config;
  for (const auto& words : directives) EXPECT_FALSE(config.assign(words).has_value());
  return config;
}

Bytes text(const std::optional<resp::Reply>& reply) {
  return reply ? Bytes(reply->text()) : "(none)";
}

TEST(World, CarriesACommandAndItsReplyThroughTheNetwork) {
  World world({.seed = 1});
  world.start("a", Config());
  const ClientId client = world.connect("a");
  EXPECT_EQ(text(world.call(client, {"SET", "k", "v"}, kPatience)), "OK");
  EXPECT_EQ(text(world.call(client, {"GET", "k"}, kPatience)), "v");
}

TEST(World, LetsKeysExpireInVirtualTime) {
  World world({.seed = 2});
  world.start("a", Config());
  const ClientId client = world.connect("a");
  world.call(client, {"SET", "k", "v", "EX", "3600"}, kPatience);
  world.run_for(seconds(3590));
  EXPECT_EQ(text(world.call(client, {"GET", "k"}, kPatience)), "v");
  world.run_for(seconds(20));
  const auto gone = world.call(client, {"GET", "k"}, kPatience);
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->is_nil());
}

TEST(World, ExecutesCommandsTogetherAsOneByOne) {
  World world({.seed = 3});
  world.start("a", config_with({{"dir", "/data"}}));
  world.execute_all("a", {{"SET", "k", "v"}, {"SAVE"}, {"SET", "k", "w"}, {"no such command"}});
  EXPECT_EQ(world.execute("a", {"GET", "k"}), "$1\r\nw\r\n");
  EXPECT_TRUE(world.disk("a").has("/data/dump.rdb"));
  world.execute_all("a", {{"SHUTDOWN", "NOSAVE"}, {"SET", "k", "x"}});
  EXPECT_FALSE(world.is_running("a"));
}

// The same work with the same seed: what clients hear and nodes log, at the same times.
std::vector<Bytes> story_of(std::uint64_t seed) {
  World world({.seed = seed, .weather = {.piece_max = 5}});
  world.start("a", config_with({{"loglevel", "debug"}, {"repl-history-from-start", "yes"}}));
  const ClientId one = world.connect("a"), two = world.connect("a");
  std::vector<Bytes> story;
  for (int i = 0; i < 50; ++i) {
    world.send(one, "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n");
    world.send(two, "SET k " + std::to_string(i) + " PX 5\r\n");
    story.push_back(text(world.call(one, {"SET", "a", "b", "GET"}, kPatience)));
    story.push_back(text(world.call(two, {"RANDOMKEY"}, kPatience)));
    story.push_back(std::to_string(world.now().mono.time_since_epoch().count()));
  }
  world.cut(two);
  world.run_for(seconds(2));
  story.push_back(world.node("a").position().history);
  story.push_back(std::to_string(world.node("a").position().offset));
  for (const Bytes& line : world.transcript()) story.push_back(line);
  return story;
}

TEST(World, TellsTheSameStoryForTheSameSeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    EXPECT_EQ(story_of(seed), story_of(seed));
  }
  EXPECT_NE(story_of(1), story_of(2));
}

TEST(World, EndsLinksThatAreCut) {
  World world({.seed = 4});
  world.start("a", Config());
  const ClientId client = world.connect("a");
  world.call(client, {"PING"}, kPatience);
  world.send(client, "*2\r\n$4\r\nINCR\r\n");  // half a command
  world.cut(client);
  EXPECT_TRUE(world.run_until([&] { return !world.is_open(client); }, kPatience));
  EXPECT_FALSE(world.call(client, {"PING"}, kPatience));
}

TEST(World, ClosesTheClientsOfANodeThatStops) {
  World world({.seed = 5});
  world.start("a", Config());
  const ClientId client = world.connect("a");
  world.call(client, {"PING"}, kPatience);
  world.send(client, "SHUTDOWN NOSAVE\r\n");
  EXPECT_TRUE(world.run_until([&] { return !world.is_open(client); }, kPatience));
  EXPECT_FALSE(world.is_running("a"));
  EXPECT_FALSE(world.is_open(world.connect("a")));  // refused
}

TEST(World, DoesNothingElseOnANodeThatSleeps) {
  World world({.seed = 6});
  world.start("a", config_with({{"enable-debug-command", "yes"}}));
  const ClientId sleeper = world.connect("a"), other = world.connect("a");
  const Instant start = world.now().mono;
  world.send(sleeper, "DEBUG SLEEP 2\r\n");
  world.run_for(milliseconds(10));
  EXPECT_EQ(text(world.call(other, {"PING"}, kPatience)), "PONG");
  EXPECT_GE(world.now().mono - start, seconds(2));
}

// Both links have the first name that a node gives: the new node accepts what the old one has dialled.
TEST(World, TellsARestartedNodeNothingOfLinksItHadDialledBefore) {
  World world({.seed = 7});
  world.start("a", Config());
  world.execute("a", {"REPLICAOF", "a", "6379"});
  for (bool dialled = false; !dialled;) {
    ASSERT_TRUE(world.step());
    for (const Bytes& line : world.transcript()) dialled |= line.ends_with("sync started");
  }
  world.stop("a");
  world.start("a", Config());
  world.run_for(seconds(1));
  const ClientId client = world.connect("a");
  EXPECT_EQ(text(world.call(client, {"PING"}, kPatience)), "PONG");
}

}  // namespace
}  // namespace replserver::sim
