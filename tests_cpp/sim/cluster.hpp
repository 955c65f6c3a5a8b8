// Cluster — nodes in a World that follow each other, and what tests ask of them.
//
//   Cluster cluster;
//   cluster.start("a");  cluster.start("b");
//   cluster.follow("b", "a");
//   ASSERT_TRUE(cluster.settle());
//   cluster.expect_same("a", "b");
//
// Replies as text, see command/harness.hpp. Nodes find each other by name.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "node/harness.hpp"
#include "sim/world.hpp"

namespace replserver::sim {

class Cluster {
 public:
  static constexpr Duration kPatience = seconds(150);  // more than two timeouts of 60 s

  explicit Cluster(World::Options options = {}) : world(options) {}

  void start(const Bytes& name, const std::vector<Words>& directives = {}) {
    Config config;
    const auto assign = [&](const Words& line) {
      const std::vector<ByteView> words(line.begin(), line.end());
      const auto error = config.assign(words);
      EXPECT_FALSE(error) << line.front() << ": " << error->text;
    };
    assign({"save", ""});
    for (const Words& line : directives) assign(line);
    names_.insert(name);
    world.start(name, std::move(config));
  }

  // In-process, in the syntax of inline commands.
  Bytes ask(const Bytes& name, ByteView line) {
    const auto words = resp::split_words(line);
    RS_ASSERT(words && !words->empty());
    const std::vector<ByteView> args(words->begin(), words->end());
    return TestNode::text_of(world.execute(name, args));
  }

  void follow(const Bytes& replica, const Bytes& primary) {
    const Bytes reply = ask(replica, "REPLICAOF " + primary + " 6379");
    EXPECT_TRUE(reply.starts_with("OK")) << reply;  // or: OK Already connected …
  }

  // A field of INFO's sections on replication.
  Bytes info(const Bytes& name, const Bytes& field) {
    const Bytes text = world.execute(name, {"INFO", "replication", "stats"});
    const std::size_t at = text.find("\n" + field + ":");
    if (at == Bytes::npos) return "(none)";
    const std::size_t begin = at + field.size() + 2;
    return text.substr(begin, text.find('\r', begin) - begin);
  }

  Bytes digest(const Bytes& name) { return ask(name, "DEBUG DIGEST"); }
  const Position& position(const Bytes& name) { return world.node(name).position(); }
  bool is_up(const Bytes& name) { return info(name, "master_link_status") == "up"; }

  // Whether all replicas that run follow a node that runs, and have all that it has.
  bool is_settled() {
    return std::all_of(names_.begin(), names_.end(), [&](const Bytes& name) {
      if (!world.is_running(name) || info(name, "role") == "master") return true;
      const Bytes primary = info(name, "master_host");
      return is_up(name) && world.is_running(primary) && position(name) == position(primary);
    });
  }

  bool settle(Duration limit = kPatience) {
    const Instant end = world.now().mono + limit;
    while (!is_settled()) {
      if (world.now().mono >= end) return false;
      world.run_for(milliseconds(20));
    }
    return true;
  }

  // What befalls the link from a replica to its primary holds for those to come as well, until heal().
  void cut_after(const Bytes& replica, const Bytes& primary, LinkWay way, std::uint64_t bytes) {
    ASSERT_TRUE(world.link(replica, primary).add({{.way = way, .number = bytes}, {}}));
  }
  std::uint64_t cuts(const Bytes& replica, const Bytes& primary) {
    return world.link(replica, primary).cuts;
  }
  void silence(const Bytes& replica, const Bytes& primary, LinkWay way) {
    world.link(replica, primary).set_gate(way, LinkRules::Gate::silent);
  }
  void silence(const Bytes& replica, const Bytes& primary) {
    world.link(replica, primary).set_gates(LinkRules::Gate::silent);
  }
  void part(const Bytes& replica, const Bytes& primary) {
    world.link(replica, primary).refuses = true;
    world.cut(replica, primary);
  }
  void heal(const Bytes& replica, const Bytes& primary) {
    world.link(replica, primary).heal();
    world.links_changed();
  }

  void expect_same(const Bytes& one, const Bytes& other) {
    EXPECT_EQ(position(one).history, position(other).history);
    EXPECT_EQ(position(one).offset, position(other).offset);
    EXPECT_EQ(digest(one), digest(other)) << one << " and " << other;
  }

  // How often a node has said so.
  std::size_t said(const Bytes& name, ByteView what) const {
    const auto& lines = world.transcript();
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const auto& line) {
          return line.find(" " + name + ":") != Bytes::npos && line.find(what) != Bytes::npos;
        }));
  }

  bool until_said(const Bytes& name, ByteView what, Duration limit = kPatience) {
    const std::size_t before = said(name, what);
    return world.run_until([&] { return said(name, what) > before; }, limit);
  }

  World world;

 private:
  std::set<Bytes> names_;  // of all that were ever started
};

}  // namespace replserver::sim
