#include "sim/network.hpp"

#include <gtest/gtest.h>

namespace replserver::sim {
namespace {

constexpr Instant kStart{Duration(1000)};

struct Heard {
  Bytes bytes;
  int pieces = 0;
  bool ended = false;
};

// Lets everything arrive; what the side heard on the conduit.
Heard hear(Network& network, ConduitId conduit, Side side) {
  Heard heard;
  while (network.next_at()) {
    const Arrival arrival = network.next();
    if (arrival.conduit != conduit || arrival.to != side) continue;
    EXPECT_FALSE(heard.ended) << "bytes after the end";
    heard.bytes += arrival.bytes;
    heard.pieces += arrival.bytes.empty() ? 0 : 1;
    heard.ended = heard.ended || arrival.what == Arrival::What::end;
  }
  return heard;
}

TEST(Network, KeepsTheOrderOfBytesButNotTheirPieces) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Network network({.piece_max = 7}, random);
    const ConduitId conduit = network.open();
    network.send(conduit, Side::near, "a first sentence, ", kStart);
    network.send(conduit, Side::near, "and a second one", kStart);
    const Heard heard = hear(network, conduit, Side::far);
    EXPECT_EQ(heard.bytes, "a first sentence, and a second one");
    EXPECT_GE(heard.pieces, 5);
  }
}

TEST(Network, SendsNoMorePiecesThanItsWeatherWantsOrOne) {
  Random random(9);
  Network network({.piece_max = 2, .pieces = 4}, random);
  const ConduitId conduit = network.open();
  network.send(conduit, Side::near, Bytes(100'000, 'x'), kStart);
  const Heard heard = hear(network, conduit, Side::far);
  EXPECT_EQ(heard.bytes, Bytes(100'000, 'x'));
  EXPECT_LT(heard.pieces, 60);
  Network whole({.piece_max = 2, .whole_percent = 100}, random);
  const ConduitId other = whole.open();
  whole.send(other, Side::near, "as it was said", kStart);
  EXPECT_EQ(hear(whole, other, Side::far).pieces, 1);
}

TEST(Network, HasRoomForWhatItsSocketsHold) {
  Random random(8);
  Network network({.socket_max = 100}, random);
  const ConduitId conduit = network.open();
  network.send(conduit, Side::near, Bytes(60, 'x'), kStart);
  EXPECT_EQ(network.room(conduit, Side::near), 40u);
  EXPECT_EQ(network.room(conduit, Side::far), 100u);
  network.send(conduit, Side::near, Bytes(60, 'x'), kStart);  // whoever does not ask is not refused
  EXPECT_EQ(network.room(conduit, Side::near), 0u);
  Arrival first = network.next();
  EXPECT_EQ(network.room(conduit, Side::near), 100 - (120 - first.bytes.size()));
  network.postpone(std::move(first), kStart + seconds(1));
  EXPECT_EQ(network.room(conduit, Side::near), 0u);
  hear(network, conduit, Side::far);
  EXPECT_EQ(network.room(conduit, Side::near), 100u);
  network.send(conduit, Side::near, Bytes(100, 'x'), kStart);
  network.cut(conduit, kStart);
  EXPECT_EQ(network.room(conduit, Side::near), SIZE_MAX);
}

TEST(Network, DelaysWithinItsWeather) {
  Random random(3);
  Network network({.delay_min = Duration(100), .delay_max = Duration(200)}, random);
  const ConduitId conduit = network.open();
  for (int i = 0; i < 100; ++i) {
    network.send(conduit, Side::far, "x", kStart);
    ASSERT_GE(*network.next_at(), kStart + Duration(100));
    ASSERT_LE(*network.next_at(), kStart + Duration(200));
    network.next();
  }
}

TEST(Network, DeliversWhatWasSentBeforeAClose) {
  Random random(4);
  Network network({}, random);
  const ConduitId conduit = network.open();
  network.send(conduit, Side::near, "last words", kStart);
  network.close(conduit, Side::near, kStart);
  const Heard heard = hear(network, conduit, Side::far);
  EXPECT_EQ(heard.bytes, "last words");
  EXPECT_TRUE(heard.ended);
}

TEST(Network, LosesWhatIsOnItsWayWhenCut) {
  Random random(5);
  Network network({}, random);
  const ConduitId conduit = network.open();
  network.send(conduit, Side::near, "never heard", kStart);
  network.cut(conduit, kStart);
  const Heard heard = hear(network, conduit, Side::far);
  EXPECT_EQ(heard.bytes, "");
  EXPECT_TRUE(heard.ended);
  network.send(conduit, Side::near, "into the void", kStart);
  EXPECT_FALSE(network.next_at());
}

TEST(Network, DeliversExactlyTheBytesBeforeAPlannedCut) {
  for (std::uint64_t byte = 0; byte <= 8; ++byte) {
    SCOPED_TRACE(byte);
    Random random(byte + 1);
    Network network({.piece_max = 3}, random);
    const ConduitId conduit = network.open();
    LinkRules rules(byte);
    rules.add({{.way = LinkWay::up, .number = byte}, {}});
    network.attach(conduit, rules, kStart);
    network.send(conduit, Side::near, "abcd", kStart);
    EXPECT_EQ(network.is_open(conduit), byte > 4);
    network.send(conduit, Side::near, "efgh", kStart);
    EXPECT_EQ(rules.cuts, 1u);
    const Heard heard = hear(network, conduit, Side::far);
    EXPECT_EQ(heard.bytes, Bytes("abcdefgh").substr(0, byte));
    EXPECT_TRUE(heard.ended);
  }
}

TEST(Network, LosesWhatTheOtherSideHasSentBeforeAPlannedCut) {
  Random random(7);
  Network network({}, random);
  const ConduitId conduit = network.open();
  network.send(conduit, Side::far, "never heard", kStart);
  LinkRules rules(7);
  rules.add({{.way = LinkWay::up, .number = 1}, {}});
  network.attach(conduit, rules, kStart);
  network.send(conduit, Side::near, "x", kStart);
  const Heard heard = hear(network, conduit, Side::near);
  EXPECT_EQ(heard.bytes, "");
  EXPECT_TRUE(heard.ended);
}

TEST(Network, TellsNobodyThatOneSideIsSilent) {
  Random random(8);
  Network network({}, random);
  const ConduitId conduit = network.open();
  LinkRules rules(8);
  rules.set_gate(LinkWay::up, LinkRules::Gate::silent);
  network.attach(conduit, rules, kStart);
  network.send(conduit, Side::near, "lost", kStart);
  network.close(conduit, Side::near, kStart);
  EXPECT_FALSE(network.next_at());
  network.send(conduit, Side::far, "hello?", kStart);
  EXPECT_EQ(hear(network, conduit, Side::near).bytes, "hello?");
}

TEST(Network, KeepsTheOrderOfWhatIsPostponed) {
  Random random(6);
  Network network({.delay_min = Duration(1), .delay_max = Duration(1), .piece_max = 1}, random);
  const ConduitId conduit = network.open();
  network.send(conduit, Side::near, "abc", kStart);
  while (*network.next_at() < kStart + Duration(500))
    network.postpone(network.next(), kStart + Duration(500));
  EXPECT_EQ(hear(network, conduit, Side::far).bytes, "abc");
}

}  // namespace
}  // namespace replserver::sim
