#include <gtest/gtest.h>

#include "node/harness.hpp"
#include "node/version.hpp"

namespace replserver {
namespace {

// The text of INFO, without the quotes around it.
Bytes info(TestClient& client, ByteView sections = {}) {
  const Bytes reply = client.say("INFO " + Bytes(sections));
  return reply.substr(1, reply.size() - 2);
}

Bytes field(const Bytes& text, ByteView name) {
  const Bytes start = "\r\n" + Bytes(name) + ":";
  const std::size_t at = text.find(start);
  if (at == Bytes::npos) return "(missing)";
  const std::size_t from = at + start.size();
  return text.substr(from, text.find("\r\n", from) - from);
}

Words titles(const Bytes& text) {
  Words found;
  for (std::size_t at = text.find("# "); at != Bytes::npos; at = text.find("# ", at + 1)) {
    found.push_back(text.substr(at + 2, text.find("\r\n", at) - at - 2));
  }
  return found;
}

TEST(Info, HasRedisDefaultSectionsInTheirOrder) {
  TestNode node;
  TestClient client = node.connect();
  const Words expected = {"Server",     "Clients",     "Memory",  "Persistence",
                          "Stats",      "Replication", "CPU",     "Modules",
                          "Errorstats", "Cluster",     "Keyspace"};
  EXPECT_EQ(titles(info(client)), expected);
  EXPECT_EQ(titles(info(client, "DEFAULT")), expected);
}

TEST(Info, TellsTheSectionsAskedForInTheirOwnOrder) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(titles(info(client, "keyspace SERVER nonsense keyspace")),
            (Words{"Server", "Keyspace"}));
  EXPECT_EQ(titles(info(client, "default commandstats")).size(), 12u);
  EXPECT_EQ(titles(info(client, "all")).size(), 13u);
  EXPECT_EQ(info(client, "nonsense"), "");
}

TEST(Info, EndsLinesAsRedisDoesAndSeparatesSections) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say_raw("INFO cluster modules\r\n"),
            "$43\r\n# Modules\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n");
  client.say("HELLO 3");
  EXPECT_EQ(client.say_raw("INFO modules\r\n"), "=15\r\ntxt:# Modules\r\n\r\n");
}

TEST(Info, ServerTellsVersionsTimeAndUptime) {
  TestNode node;
  TestClient client = node.connect();
  node.pass(seconds(3 * 24 * 3600 + 5));
  const Bytes server = info(client, "server");
  EXPECT_EQ(field(server, "redis_version"), Bytes(kRedisVersion));
  EXPECT_EQ(field(server, "replserver_version"), Bytes(kServerVersion));
  EXPECT_EQ(field(server, "run_id"), node.node.run_id());
  EXPECT_EQ(field(server, "uptime_in_seconds"), "259205");
  EXPECT_EQ(field(server, "uptime_in_days"), "3");
  EXPECT_EQ(field(server, "server_time_usec"), "1700259205000000");
}

TEST(Info, ServerTellsWhatTheDriverObserved) {
  TestNode node;
  TestClient client = node.connect();
  HostFacts host;
  host.pid = 4711;
  host.config_file = "/etc/redis.conf";
  host.listeners = {"name=tcp,bind=127.0.0.1,port=7000"};
  node.node.observed(host);
  node.node.listening(7000);
  const Bytes server = info(client, "server");
  EXPECT_EQ(field(server, "process_id"), "4711");
  EXPECT_EQ(field(server, "tcp_port"), "7000");
  EXPECT_EQ(field(server, "config_file"), "/etc/redis.conf");
  EXPECT_EQ(field(server, "listener0"), "name=tcp,bind=127.0.0.1,port=7000");
}

TEST(Info, ClientsCountsConnectionsSubscribersAndWatchers) {
  TestNode node;
  TestClient client = node.connect(), subscriber = node.connect(), watcher = node.connect();
  subscriber.say("SUBSCRIBE news");
  watcher.say("WATCH a b");
  const Bytes clients = info(client, "clients");
  EXPECT_EQ(field(clients, "connected_clients"), "3");
  EXPECT_EQ(field(clients, "pubsub_clients"), "1");
  EXPECT_EQ(field(clients, "watching_clients"), "1");
  EXPECT_EQ(field(clients, "total_watched_keys"), "2");
  EXPECT_EQ(field(info(client, "stats"), "pubsub_channels"), "1");
}

TEST(Info, MemoryGrowsWithTheDataAndAddsUp) {
  TestNode node;
  TestClient client = node.connect();
  const Bytes before = info(client, "memory");
  for (int i = 0; i < 1000; ++i) {
    client.say("SET key:" + std::to_string(i) + " " + Bytes(100, 'v'));
  }
  const Bytes after = info(client, "memory");
  const auto number = [](const Bytes& text, ByteView name) {
    return std::stoll(field(text, name));
  };
  EXPECT_GT(number(after, "used_memory"), number(before, "used_memory") + 100 * 1000);
  EXPECT_GT(number(after, "used_memory_dataset"), 100 * 1000);
  EXPECT_EQ(number(after, "used_memory"),
            number(after, "used_memory_overhead") + number(after, "used_memory_dataset"));
  EXPECT_GE(number(after, "used_memory_peak"), number(after, "used_memory"));
  EXPECT_EQ(field(after, "maxmemory_policy"), "noeviction");
}

TEST(Info, StatsCountsHitsMissesAndErrors) {
  TestNode node;
  TestClient client = node.connect();
  client.say("SET k v");
  client.say("GET k");
  client.say("GET nothing");
  client.say("INCR k");
  client.say("NONSENSE");
  const Bytes text = info(client, "everything");
  EXPECT_EQ(field(text, "keyspace_hits"), "1");
  EXPECT_EQ(field(text, "keyspace_misses"), "1");
  EXPECT_EQ(field(text, "total_error_replies"), "2");
  EXPECT_EQ(field(text, "errorstat_ERR"), "count=2");
  EXPECT_EQ(field(text, "cmdstat_get"),
            "calls=2,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=0");
  EXPECT_EQ(field(text, "cmdstat_incr"),
            "calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1");
  EXPECT_EQ(field(text, "latency_percentiles_usec_get"), "p50=0.000,p99=0.000,p99.9=0.000");
  EXPECT_EQ(field(text, "cmdstat_del"), "(missing)");
}

TEST(Info, LatencystatsHasThePercentilesThatAreConfigured) {
  TestNode node({{"latency-tracking-info-percentiles", "50", "99.99"}});
  TestClient client = node.connect();
  client.say("PING");
  EXPECT_EQ(field(info(client, "latencystats"), "latency_percentiles_usec_ping"),
            "p50=0.000,p99.99=0.000");
  client.say("CONFIG SET latency-tracking no");
  EXPECT_EQ(info(client, "latencystats"), "# Latencystats\r\n");
}

TEST(Info, ReplicationWithoutABacklogStandsAtZero) {
  TestNode node;
  TestClient client = node.connect();
  client.say("SET k v");
  const Bytes text = info(client, "replication");
  EXPECT_EQ(field(text, "role"), "master");
  EXPECT_EQ(field(text, "master_replid"), node.node.position().history);
  EXPECT_EQ(field(text, "master_replid2"), Bytes(40, '0'));
  EXPECT_EQ(field(text, "master_repl_offset"), "0");
  EXPECT_EQ(field(text, "second_repl_offset"), "-1");
  EXPECT_EQ(field(text, "repl_backlog_active"), "0");
  EXPECT_EQ(field(text, "repl_backlog_first_byte_offset"), "0");
  EXPECT_EQ(field(text, "min_slaves_good_slaves"), "(missing)");
}

TEST(Info, ReplicationCountsTheFirstByteOfABacklogFromOne) {
  TestNode node({{"repl-history-from-start", "yes"}, {"min-replicas-to-write", "1"}});
  TestClient client = node.connect();
  EXPECT_EQ(field(info(client, "replication"), "repl_backlog_first_byte_offset"), "1");
  EXPECT_EQ(field(info(client, "replication"), "min_slaves_good_slaves"), "0");
}

TEST(Info, ReplicationOffsetFollowsTheWrites) {
  TestNode node({{"repl-history-from-start", "yes"}});
  TestClient client = node.connect();
  client.say("SET k v");
  const Bytes text = info(client, "replication");
  // SELECT 0 takes 23 bytes, SET k v 27.
  EXPECT_EQ(field(text, "master_repl_offset"), "50");
  EXPECT_EQ(field(text, "repl_backlog_histlen"), "50");
  EXPECT_EQ(field(text, "repl_backlog_active"), "1");
}

TEST(Info, KeyspaceTellsDatabasesThatHoldKeys) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(info(client, "keyspace"), "# Keyspace\r\n");
  client.say("SET a 1");
  client.say("SELECT 3");
  client.say("SET b 1");
  client.say("SET c 1 PX 5000");
  EXPECT_EQ(info(client, "keyspace"),
            "# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n"
            "db3:keys=2,expires=1,avg_ttl=5000\r\n");
}

TEST(Info, PersistenceCountsChangesSinceTheLastSave) {
  TestNode node;
  TestClient client = node.connect();
  client.say("MSET a 1 b 2");
  const Bytes text = info(client, "persistence");
  EXPECT_EQ(field(text, "rdb_changes_since_last_save"), "2");
  EXPECT_EQ(field(text, "aof_enabled"), "0");
}

}  // namespace
}  // namespace replserver
