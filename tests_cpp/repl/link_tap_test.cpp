#include "repl/link_tap.hpp"

#include <gtest/gtest.h>

#include "repl/link_carrier.hpp"

namespace replserver {
namespace {

using Kind = LinkPlace::Kind;
using What = LinkAction::What;

const Bytes kSet = command_of({"SET", "k", "v"});
const Bytes kAck = command_of({"REPLCONF", "ACK", "150"});

LinkPlace at(Kind kind, std::uint64_t number, LinkWay way = LinkWay::down) {
  return {.kind = kind, .way = way, .number = number};
}
LinkPlace at(Kind kind, LinkStep step, LinkWay way) {
  return {.kind = kind, .way = way, .step = step};
}

// What arrives, whatever the pieces, when one rule is there.
struct Outcome {
  Bytes up, down;
  bool is_cut;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
Outcome carried(const Script& script, const LinkRule& rule, const Cut& cut) {
  LinkRules rules(1);
  rules.add(rule);
  LinkCarrier carrier(rules);
  carrier.say(script, cut);
  return {carrier.came_up(), carrier.came_down(), carrier.is_cut};
}

TEST(LinkTap, PassesAllWithoutRules) {
  LinkRules rules(1);
  LinkCarrier carrier(rules);
  const Script script = full_sync_at(100, "$5\r\nREDIS", kSet);
  carrier.say(script, bytewise);
  EXPECT_EQ(carrier.came_up(), all_said(script, LinkWay::up));
  EXPECT_EQ(carrier.came_down(), all_said(script, LinkWay::down));
}

TEST(LinkTap, CutsAtEachByteOfACommandOfTheStream) {
  const Script script = continued_from(100, kSet);
  const Bytes before = all_said(continued_from(100, ""), LinkWay::down);
  for (Offset byte = 0; byte <= kSet.size(); ++byte) {
    for (const Cut& cut : {Cut(whole), Cut(bytewise)}) {
      const Outcome outcome = carried(script, {at(Kind::offset, 100 + byte), {What::cut}}, cut);
      EXPECT_TRUE(outcome.is_cut);
      EXPECT_EQ(outcome.down, before + kSet.substr(0, byte));
    }
  }
}

TEST(LinkTap, CutsBehindSoManyBytesOfADirection) {
  const Script script = full_sync_at(100, "$5\r\nREDIS", kSet);
  for (const LinkWay way : {LinkWay::up, LinkWay::down}) {
    const Bytes all = all_said(script, way);
    for (std::uint64_t byte = 0; byte <= all.size(); ++byte) {
      const Outcome outcome = carried(script, {at(Kind::bytes, byte, way), {What::cut}}, whole);
      EXPECT_EQ(way == LinkWay::up ? outcome.up : outcome.down, all.substr(0, byte));
      EXPECT_TRUE(outcome.is_cut);
    }
  }
}

TEST(LinkTap, CutsAtAByteOfThePayload) {
  for (const Bytes& framed :
       {Bytes("$5\r\nREDIS"), "$EOF:" + kLinkMark + "\r\nREDIS" + kLinkMark}) {
    const Script script = full_sync_at(100, framed, kSet);
    const Outcome outcome = carried(script, {at(Kind::payload, 3), {What::cut}}, whole);
    EXPECT_TRUE(outcome.down.ends_with("\r\nRED")) << outcome.down;
  }
}

TEST(LinkTap, HoldsBeforeAndBehindEachStepOfTheHandshake) {
  using enum LinkStep;
  using enum LinkWay;
  const Script script = full_sync_at(100, "$5\r\nREDIS", kSet);
  const Bytes request = command_of({"PSYNC", "?", "-1"});
  const struct {
    LinkPlace place;
    Bytes last;  // of what has arrived in that direction
  } cases[] = {
      {at(Kind::before, ping, up), ""},
      {at(Kind::behind, ping, up), command_of({"PING"})},
      {at(Kind::before, ping, down), ""},
      {at(Kind::behind, ping, down), "+PONG\r\n"},
      {at(Kind::before, auth, up), command_of({"PING"})},
      {at(Kind::behind, auth, up), "secret\r\n"},
      {at(Kind::before, port, up), "secret\r\n"},
      {at(Kind::behind, port, down), "+PONG\r\n+OK\r\n+OK\r\n"},
      {at(Kind::before, psync, up), command_of({"REPLCONF", "capa", "eof", "capa", "psync2"})},
      {at(Kind::behind, psync, up), request},
      {at(Kind::before, psync, down), "+OK\r\n"},
      {at(Kind::behind, psync, down), kLinkId + " 100\r\n"},
      {at(Kind::before, payload, down), "\r\n\n"},
      {at(Kind::behind, payload, down), "REDIS"},
  };
  for (const auto& [place, last] : cases) {
    for (const Cut& cut : {Cut(whole), Cut(bytewise)}) {
      const Outcome outcome = carried(script, {place, {What::hold}}, cut);
      const Bytes& arrived = place.way == up ? outcome.up : outcome.down;
      EXPECT_TRUE(arrived.ends_with(last)) << place.text() << ": " << arrived;
      EXPECT_NE(arrived, all_said(script, place.way)) << place.text();
      EXPECT_EQ(last.empty(), arrived.empty()) << place.text();
    }
  }
}

TEST(LinkTap, PassesOnWhatItHeldOnceReleased) {
  LinkRules rules(1);
  rules.add({at(Kind::behind, LinkStep::psync, LinkWay::up), {What::hold}});
  LinkCarrier carrier(rules);
  const Script script = continued_from(100, kSet);
  carrier.say(script);
  EXPECT_EQ(carrier.came_down(), "+PONG\r\n+OK\r\n+OK\r\n+OK\r\n");
  rules.set_gates(LinkRules::Gate::open);
  carrier.pump(LinkWay::down);
  EXPECT_EQ(carrier.came_down(), all_said(script, LinkWay::down));
}

TEST(LinkTap, CutsInTheMiddleOfTheNextCommandThatIsNoPing) {
  const Bytes stream = command_of({"PING"}) + kSet;
  const Bytes before = all_said(continued_from(9, ""), LinkWay::down) + command_of({"PING"});
  for (const Cut& cut : {Cut(whole), Cut(bytewise)}) {
    const Script script = continued_from(9, stream);
    EXPECT_EQ(carried(script, {at(Kind::command, 0), {What::cut}}, cut).down,
              before + kSet.substr(0, kSet.size() / 2));
    EXPECT_EQ(carried(script, {at(Kind::command, 5), {What::cut}}, cut).down,
              before + kSet.substr(0, 5));
  }
}

TEST(LinkTap, LooksAheadWithinBounds) {
  const Script script = continued_from(9, command_of({"SET", "k", Bytes(100'000, 'v')}));
  const Outcome outcome = carried(script, {at(Kind::command, 0), {What::cut}}, [] { return 1000; });
  EXPECT_TRUE(outcome.is_cut);
  EXPECT_LE(outcome.down.size(), 2 * LinkTap::kLookahead);
}

TEST(LinkTap, FlipsBitsOfTheBytesBehindAPlace) {
  const LinkRule rule{at(Kind::payload, 1), {.what = What::corrupt, .mask = 0x20, .size = 2}};
  for (const Cut& cut : {Cut(whole), Cut(bytewise)}) {
    const Outcome outcome = carried(full_sync_at(100, "$5\r\nREDIS", kSet), rule, cut);
    EXPECT_TRUE(outcome.down.ends_with("\r\nRedIS" + kSet)) << outcome.down;
  }
}

TEST(LinkTap, KeepsARuleForTheNextConversation) {
  LinkRules rules(1);
  rules.add({at(Kind::offset, 150), {What::cut}});
  LinkCarrier first(rules);
  first.say(continued_from(100, kSet));
  EXPECT_FALSE(first.is_cut);
  LinkCarrier second(rules);
  second.say(continued_from(140, kSet));
  EXPECT_TRUE(second.is_cut);
  EXPECT_TRUE(second.came_down().ends_with(kSet.substr(0, 10)));
  EXPECT_EQ(rules.cuts, 1u);
}

// ---- ACKs

TEST(LinkTap, DropsOrDoublesAcksAndNothingElse) {
  for (const Cut& cut : {Cut(whole), Cut(bytewise)}) {
    for (const auto mode : {LinkRules::Acks::drop, LinkRules::Acks::twice}) {
      LinkRules rules(1);
      rules.acks = mode;
      LinkCarrier carrier(rules);
      const Script script = continued_from(100, kSet);
      carrier.say(script, cut);
      carrier.say(LinkWay::up, kAck + "\n" + kAck, cut);
      const Bytes acks = mode == LinkRules::Acks::drop ? "\n" : kAck + kAck + "\n" + kAck + kAck;
      EXPECT_EQ(carrier.came_up(), all_said(script, LinkWay::up) + acks);
      EXPECT_EQ(carrier.tap.reader().acknowledged(), 150u);
    }
  }
}

TEST(LinkTap, AcknowledgesByHand) {
  LinkRules rules(1);
  rules.acks = LinkRules::Acks::by_hand;
  LinkCarrier carrier(rules);
  const Script script = continued_from(100, kSet);
  carrier.say(script);
  EXPECT_TRUE(carrier.tap.acknowledge(105, {}));
  EXPECT_TRUE(carrier.tap.acknowledge(std::nullopt, {}));
  carrier.pump(LinkWay::up);
  EXPECT_EQ(carrier.came_up(),
            all_said(script, LinkWay::up) + command_of({"REPLCONF", "ACK", "105"}) +
                command_of({"REPLCONF", "ACK", std::to_string(100 + kSet.size())}));
}

TEST(LinkTap, LetsTheAckPassThatCompletesAFullSync) {
  LinkRules rules(1);
  rules.acks = LinkRules::Acks::by_hand;
  LinkCarrier carrier(rules);
  const Script script = full_sync_at(150, "$EOF:" + kLinkMark + "\r\nR" + kLinkMark, kSet);
  carrier.say(script);
  carrier.say(LinkWay::up, kAck);
  EXPECT_EQ(carrier.came_up(), all_said(script, LinkWay::up));
}

// ---- time

TEST(LinkTap, DelaysBytesAndKeepsTheirOrder) {
  LinkRules rules(7);
  rules.pace[1] = {.delay = milliseconds(10), .jitter = milliseconds(5)};
  LinkCarrier carrier(rules);
  carrier.say(LinkWay::down, "first");
  EXPECT_EQ(carrier.came_down(), "");
  const Instant due = carrier.due[1];
  EXPECT_GE(due, Instant(milliseconds(10)));
  EXPECT_LE(due, Instant(milliseconds(15)));
  carrier.now = due;
  carrier.say(LinkWay::down, "second");
  EXPECT_EQ(carrier.came_down(), "first");
  carrier.now = due + milliseconds(15);
  carrier.pump(LinkWay::down);
  EXPECT_EQ(carrier.came_down(), "firstsecond");
}

TEST(LinkTap, CarriesNoMoreBytesInASecondThanItMay) {
  LinkRules rules(1);
  rules.pace[1].bytes_per_second = 1000;
  LinkCarrier carrier(rules);
  carrier.say(LinkWay::down, Bytes(500, 'x'));
  while (carrier.came_down().size() < 500) {
    ASSERT_GT(carrier.due[1], carrier.now);
    carrier.now = carrier.due[1];
    carrier.pump(LinkWay::down);
  }
  EXPECT_EQ(carrier.now, Instant(milliseconds(490)));  // the last ten need not be waited for
}

TEST(LinkTap, TellsWhatHappened) {
  LinkRules rules(1);
  rules.add({at(Kind::offset, 110), {What::reset, true}});
  LinkCarrier carrier(rules);
  carrier.say(continued_from(100, kSet));
  Bytes told;
  for (const LinkEvent& event : rules.take_events()) {
    told += Bytes(name_of(event.what)) + " " + event.detail + "; ";
  }
  EXPECT_EQ(
      told,
      "opened ; passed ping; passed ping reply; passed auth; passed listening-port; passed "
      "capa; passed auth reply; passed listening-port reply; passed capa reply; passed psync; "
      "passed psync reply; cut offset 110; ");
  EXPECT_TRUE(rules.refuses);
}

TEST(LinkTap, TellsWhenItHappened) {
  LinkRules rules(1);
  const auto at = [](int second) { return Instant(seconds(second)); };
  LinkTap tap(rules, at(1));
  tap.cut(at(3));
  tap.closed("by the replica", at(4));
  std::vector<Instant> times;
  for (const LinkEvent& event : rules.take_events()) times.push_back(event.at);
  EXPECT_EQ(times, (std::vector<Instant>{at(1), at(3), at(4)}));
}

}  // namespace
}  // namespace replserver
