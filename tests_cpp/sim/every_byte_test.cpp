// A link that is cut at each of its bytes: what follows converges, and what the backlog holds is
// not sent again as a whole.
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

constexpr Duration kSoon = seconds(20);

ByteView name_of(LinkWay way) { return way == LinkWay::up ? "the replica's" : "the primary's"; }

void load_every_type(Cluster& cluster, const Bytes& name) {
  for (const ByteView line :
       {"SET string value", "SET number 12345 EX 1000", "RPUSH list a b 3", "SADD ints 1 2 3",
        "SADD set a b", "ZADD sorted 1 a 2.5 b", "HSET hash f v g w", "XADD stream 1-1 f v",
        "XGROUP CREATE stream group 0", "PFADD hyperloglog a b c"}) {
    cluster.ask(name, line);
  }
  cluster.ask(name, "SELECT 5");
  cluster.ask(name, "SET elsewhere too");
}

// ---- the way to a stream

// False: everything was said before so many bytes had gone.
bool follows_although_cut(LinkWay way, std::uint64_t byte, bool is_marked) {
  SCOPED_TRACE(std::to_string(byte) + " of " + Bytes(name_of(way)) + " bytes");
  Cluster cluster({.seed = byte + 1});
  cluster.start("a", {{"repl-diskless-sync", is_marked ? "yes" : "no"}});
  cluster.start("b", {{"replicaof", "a", "6379"}, {"replica-announce-ip", "127.0.0.1"}});
  cluster.cut_after("b", "a", way, byte);
  load_every_type(cluster, "a");
  EXPECT_TRUE(cluster.settle(kSoon));
  cluster.expect_same("a", "b");
  return cluster.cuts("b", "a") == 1 && !::testing::Test::HasFailure();
}

void expect_following_although_cut(LinkWay way, bool is_marked) {
  std::uint64_t byte = 0;
  while (follows_although_cut(way, byte, is_marked)) ++byte;
  EXPECT_GE(byte, way == LinkWay::up ? 150u : 400u);
}

TEST(EveryByte, OfWhatAPrimarySaysForAFullSyncMayBeItsLast) {
  expect_following_although_cut(LinkWay::down, true);
}

TEST(EveryByte, OfAPayloadOfKnownSizeMayBeItsLast) {
  expect_following_although_cut(LinkWay::down, false);
}

TEST(EveryByte, OfWhatAReplicaSaysForAFullSyncMayBeItsLast) {
  expect_following_although_cut(LinkWay::up, true);
}

bool resumes_although_cut(LinkWay way, std::uint64_t byte) {
  SCOPED_TRACE(std::to_string(byte) + " of " + Bytes(name_of(way)) + " bytes");
  Cluster cluster({.seed = byte + 1});
  cluster.start("a");
  cluster.start("b");
  cluster.follow("b", "a");
  EXPECT_TRUE(cluster.settle(kSoon));
  cluster.part("b", "a");
  load_every_type(cluster, "a");
  cluster.world.run_for(milliseconds(1500));
  cluster.heal("b", "a");
  const std::uint64_t cuts = cluster.cuts("b", "a");
  cluster.cut_after("b", "a", way, byte);
  EXPECT_TRUE(cluster.settle(kSoon));
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.info("a", "sync_full"), "1");
  return cluster.cuts("b", "a") == cuts + 1 && !::testing::Test::HasFailure();
}

TEST(EveryByte, OfAResumptionMayBeItsLast) {
  for (const LinkWay way : {LinkWay::up, LinkWay::down}) {
    std::uint64_t byte = 0;
    while (resumes_although_cut(way, byte)) ++byte;
    EXPECT_GE(byte, 150u);
  }
}

// ---- the stream

struct Form {
  std::vector<Bytes> before;  // set-up
  std::vector<Bytes> what;
};

const std::vector<Form>& forms() {
  static const std::vector<Form> all = {
      {{}, {"SET k v"}},
      {{}, {"SET k v EX 100"}},
      {{}, {"SET k v KEEPTTL GET"}},
      {{}, {"SETEX k 10 v"}},
      {{}, {"SETNX k v"}},
      {{"SET k v"}, {"GETSET k w"}},
      {{"SET k v"}, {"APPEND k more"}},
      {{"SET k v"}, {"SETRANGE k 3 w"}},
      {{}, {"INCRBY k 7"}},
      {{}, {"INCRBYFLOAT k 1.5"}},
      {{}, {"MSET a 1 b 2"}},
      {{}, {"MSETNX a 1 b 2"}},
      {{"SET k v"}, {"GETDEL k"}},
      {{"SET k v"}, {"GETEX k EX 100"}},
      {{"SET k v EX 9"}, {"GETEX k PERSIST"}},
      {{"SET k v"}, {"EXPIRE k 100"}},
      {{"SET k v"}, {"PEXPIREAT k 1"}},
      {{"SET k v EX 100"}, {"PERSIST k"}},
      {{"SET k v"}, {"DEL k"}},
      {{"SET k v"}, {"UNLINK k nothing"}},
      {{"SET k v"}, {"RENAME k l"}},
      {{"SET k v"}, {"COPY k l DB 2"}},
      {{"SET k v"}, {"MOVE k 3"}},
      {{"SET k v"}, {"SWAPDB 0 1", "SWAPDB 0 1"}},
      {{"SET k v"}, {"FLUSHDB"}},
      {{"SET k v"}, {"FLUSHALL ASYNC"}},
      {{"RPUSH l b a"}, {"SORT l ALPHA STORE m"}},
      {{}, {"RPUSH l a b", "LPUSHX l c"}},
      {{"RPUSH l a b c"}, {"LPOP l 2"}},
      {{"RPUSH l a b c"}, {"LMOVE l m LEFT RIGHT"}},
      {{"RPUSH l a b c"}, {"RPOPLPUSH l m"}},
      {{"RPUSH l a b c"}, {"LMPOP 2 x l LEFT COUNT 2"}},
      {{"RPUSH l a b c"}, {"BLPOP x l 0"}},
      {{"RPUSH l a b c"}, {"LINSERT l BEFORE b x"}},
      {{"RPUSH l a b c"}, {"LSET l 1 x"}},
      {{"RPUSH l a b c"}, {"LTRIM l 1 1"}},
      {{"RPUSH l a b c"}, {"LREM l 0 b"}},
      {{}, {"SADD s a b 1"}},
      {{"SADD s a b c"}, {"SREM s a"}},
      {{"SADD s a b c"}, {"SPOP s"}},
      {{"SADD s a b c"}, {"SPOP s 2"}},
      {{"SADD s a b c"}, {"SMOVE s t a"}},
      {{"SADD s a b", "SADD t b"}, {"SINTERSTORE d s t"}},
      {{}, {"ZADD z 1 a 2 b"}},
      {{"ZADD z 1 a"}, {"ZINCRBY z 1.5 a"}},
      {{"ZADD z 1 a 2 b"}, {"ZPOPMIN z"}},
      {{"ZADD z 1 a 2 b"}, {"ZMPOP 1 z MAX COUNT 2"}},
      {{"ZADD z 1 a 2 b"}, {"ZREMRANGEBYSCORE z 1 (2"}},
      {{"ZADD z 1 a 2 b"}, {"ZRANGESTORE d z 0 0"}},
      {{"ZADD z 1 a", "ZADD y 2 b"}, {"ZUNIONSTORE d 2 z y"}},
      {{}, {"HSET h f v g w"}},
      {{"HSET h f v"}, {"HDEL h f"}},
      {{}, {"HINCRBY h f 2"}},
      {{}, {"HINCRBYFLOAT h f 2.25"}},
      {{}, {"XADD x * f v"}},
      {{"XADD x 1-1 f v"}, {"XADD x MAXLEN ~ 10 NOMKSTREAM * f v"}},
      {{"XADD x 1-1 f v"}, {"XDEL x 1-1"}},
      {{"XADD x 1-1 f v", "XADD x 1-2 f v"}, {"XTRIM x MAXLEN 1"}},
      {{"XADD x 1-1 f v"}, {"XGROUP CREATE x g 0"}},
      {{"XADD x 1-1 f v", "XGROUP CREATE x g 0"}, {"XREADGROUP GROUP g me STREAMS x >"}},
      {{"XADD x 1-1 f v", "XGROUP CREATE x g 0", "XREADGROUP GROUP g me STREAMS x >"},
       {"XCLAIM x g you 0 1-1"}},
      {{"XADD x 1-1 f v", "XGROUP CREATE x g 0", "XREADGROUP GROUP g me STREAMS x >"},
       {"XAUTOCLAIM x g you 0 0"}},
      {{"XADD x 1-1 f v", "XGROUP CREATE x g 0", "XREADGROUP GROUP g me STREAMS x >"},
       {"XACK x g 1-1"}},
      {{"XADD x 1-1 f v"}, {"XSETID x 5-5"}},
      {{}, {"SETBIT k 7 1"}},
      {{}, {"BITFIELD k SET u8 0 255"}},
      {{"SET k v"}, {"BITOP NOT l k"}},
      {{}, {"PFADD p a b"}},
      {{"PFADD p a"}, {"PFMERGE q p"}},
      {{}, {"GEOADD g 13.3 38.1 Palermo"}},
      {{"GEOADD g 13.3 38.1 Palermo"}, {"GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 km"}},
      {{}, {"MULTI", "INCR a", "SELECT 4", "INCR b", "EXEC", "SELECT 0"}},
      {{}, {"PUBLISH channel word"}},
      {{}, {"SELECT 9", "SET k v", "SELECT 0"}},
  };
  return all;
}

// Runs the form with a cut after so many of the bytes that it sends. False: it sends fewer.
bool converges_when_cut(Cluster& cluster, const Form& form, std::uint64_t byte) {
  SCOPED_TRACE(form.what.front() + " cut after " + std::to_string(byte));
  cluster.ask("a", "FLUSHALL");
  for (const Bytes& line : form.before) cluster.ask("a", line);
  EXPECT_TRUE(cluster.settle(kSoon));
  const std::uint64_t cuts = cluster.cuts("b", "a");
  cluster.cut_after("b", "a", LinkWay::down, byte);
  for (const Bytes& line : form.what) {
    const Bytes reply = cluster.ask("a", line);
    EXPECT_FALSE(reply.starts_with("-")) << line << ": " << reply;
  }
  const bool is_cut = cluster.cuts("b", "a") > cuts;
  EXPECT_TRUE(cluster.settle(kSoon));
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.info("a", "sync_full"), "1");
  return is_cut && !::testing::Test::HasFailure();
}

TEST(EveryByte, OfEachCommandFormMayBeTheLast) {
  Cluster cluster({.seed = 1, .weather = {.piece_max = 40}});
  cluster.start("a");
  cluster.start("b");
  cluster.follow("b", "a");
  ASSERT_TRUE(cluster.settle());
  for (const Form& form : forms()) {
    std::uint64_t byte = 0;
    while (converges_when_cut(cluster, form, byte)) ++byte;
    ASSERT_FALSE(HasFailure());
    EXPECT_GE(byte, 15u) << form.what.front();
  }
}

TEST(EveryByte, OfAnAcknowledgementMayBeItsLast) {
  Cluster cluster;
  cluster.start("a");
  cluster.start("b");
  cluster.follow("b", "a");
  ASSERT_TRUE(cluster.settle());
  for (std::uint64_t byte = 0; byte < 80; ++byte) {
    SCOPED_TRACE(byte);
    cluster.cut_after("b", "a", LinkWay::up, byte);
    cluster.ask("a", "INCR n");
    const std::uint64_t cuts = cluster.cuts("b", "a");
    ASSERT_TRUE(cluster.world.run_until([&] { return cluster.cuts("b", "a") > cuts; }, kSoon));
    ASSERT_TRUE(cluster.settle(kSoon));
    cluster.expect_same("a", "b");
  }
  EXPECT_EQ(cluster.info("a", "sync_full"), "1");
}

}  // namespace
}  // namespace replserver::sim
