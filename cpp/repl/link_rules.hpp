// LinkRules — what shall happen on a link, and where. Put in from outside, looked at by the taps of the
// conversations that go over the link, one after the other or side by side.
//
//   place   n bytes on | an offset | a byte of the payload | before or behind a step | within a command
//   action  cut (FIN or RST) | hold | silence | corrupt            each rule acts once, and is gone
//
// Beside the rules stands how the link is: its gates, its pace, what becomes of ACKs, whether it refuses.
// Owned by whoever carries the bytes; says what happened as LinkEvents, for that one to take.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "repl/conversation_reader.hpp"

namespace replserver {

struct LinkPlace {
  enum class Kind : std::uint8_t {
    bytes,  // `number` more bytes of that direction have passed, in this conversation or later ones
    offset,   // the stream has come to `number`, or is beyond it
    payload,  // `number` bytes of it have passed
    before,   // the step's first byte is there, and has not passed; of the way down, its reply's
    behind,   // its last byte has passed
    command,  // `number` bytes of the stream's next command have passed; 0: half of it
  };
  Kind kind = Kind::bytes;
  LinkWay way = LinkWay::down;
  std::uint64_t number = 0;
  LinkStep step = LinkStep::ping;

  Bytes text() const;  // "byte 17 down", "before psync"
};

struct LinkAction {
  enum class What : std::uint8_t {
    cut,      // both ends are told that it is over, as by FIN
    reset,    // the same by RST
    hold,     // nothing passes in either direction until release
    silence,  // the same, and neither end is told when the other one goes
    corrupt,  // the next bytes in that direction pass with some of their bits flipped
  };
  What what = What::cut;
  bool refuses = false;      // from then on, until healed, no conversation begins
  std::uint8_t mask = 0xff;  // corrupt
  std::uint64_t size = 1;
};

struct LinkRule {
  LinkPlace place;
  LinkAction action;
};

struct LinkPace {
  Duration delay{}, jitter{};
  std::uint64_t bytes_per_second = 0;  // none: as fast as it can
};

struct LinkEvent {
  enum class What : std::uint8_t {
    opened,
    refused,
    passed,  // a step, or its reply, or the payload
    cut,
    held,
    silenced,
    released,
    corrupted,
    dropped,     // an ACK
    duplicated,  // an ACK
    acked,       // by hand
    closed,      // by an end
  };
  What what = What::opened;
  std::uint64_t conversation = 0;  // counted from 1; 0: all of them
  Bytes detail;                    // the place, the step, who closed it
  std::uint64_t bytes[2] = {};     // that have passed in this conversation, by direction
  std::optional<Offset> offset = {};
  Instant at{};
};
ByteView name_of(LinkEvent::What what);

class LinkRules {
 public:
  static constexpr std::size_t kRulesMax = 1024;
  static constexpr std::size_t kEventsMax = 4096;  // not taken yet; later ones are lost

  enum class Gate : std::uint8_t { open, held, silent };
  enum class Acks : std::uint8_t {
    pass,
    drop,
    twice,
    by_hand,  // as drop, but the one that completes a full sync passes
  };

  explicit LinkRules(std::uint64_t seed) : random(seed) {}

  bool add(const LinkRule& rule);  // false: there are too many
  const std::vector<LinkRule>& rules() const { return rules_; }
  bool concerns(LinkWay way) const { return count_[static_cast<int>(way)] > 0; }
  // Takes out the first rule whose place `is_here` says yes to.
  template <class IsHere>
  std::optional<LinkRule> take(LinkWay way, IsHere is_here);
  void passed(LinkWay way, std::uint64_t bytes);
  void turn_into_bytes(std::size_t rule, std::uint64_t number);

  Gate gate(LinkWay way) const { return gates_[static_cast<int>(way)]; }
  void set_gate(LinkWay way, Gate gate) { gates_[static_cast<int>(way)] = gate; }
  void set_gates(Gate gate) { gates_[0] = gates_[1] = gate; }
  void heal();  // as if nothing had ever been wished: rules, gates, pace, ACKs

  void say(LinkEvent event);
  std::vector<LinkEvent> take_events() { return std::exchange(events_, {}); }

  LinkPace pace[2];  // by direction
  Acks acks = Acks::pass;
  bool refuses = false;
  Random random;
  std::uint64_t conversations = 0;  // that have begun
  std::uint64_t cuts = 0;

 private:
  void erase(std::size_t rule);

  std::vector<LinkRule> rules_;
  std::size_t count_[2] = {};
  Gate gates_[2] = {Gate::open, Gate::open};
  std::vector<LinkEvent> events_;
};

template <class IsHere>
std::optional<LinkRule> LinkRules::take(LinkWay way, IsHere is_here) {
  for (std::size_t index = 0; concerns(way) && index < rules_.size(); ++index) {
    if (rules_[index].place.way != way || !is_here(rules_[index].place)) continue;
    const LinkRule rule = rules_[index];
    erase(index);
    return rule;
  }
  return std::nullopt;
}

}  // namespace replserver
