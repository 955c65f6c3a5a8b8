#include "repl/link_rules.hpp"

#include <algorithm>
#include <array>

namespace replserver {
namespace {

constexpr std::array<ByteView, 12> kEvents = {"opened",  "refused",    "passed",   "cut",
                                              "held",    "silenced",   "released", "corrupted",
                                              "dropped", "duplicated", "acked",    "closed"};

}  // namespace

ByteView name_of(LinkEvent::What what) { return kEvents[static_cast<std::size_t>(what)]; }

Bytes LinkPlace::text() const {
  const Bytes count = std::to_string(number);
  const Bytes direction = way == LinkWay::up ? " up" : " down";
  const bool is_reply = way == LinkWay::down && step != LinkStep::payload;
  const Bytes name = Bytes(name_of(step)) + (is_reply ? " reply" : "");
  switch (kind) {
    case Kind::bytes:
      return count + " more bytes" + direction;
    case Kind::offset:
      return "offset " + count;
    case Kind::payload:
      return "payload byte " + count;
    case Kind::before:
      return "before " + name;
    case Kind::behind:
      return "behind " + name;
    default:
      return number == 0 ? "half of the next command" : "byte " + count + " of the next command";
  }
}

bool LinkRules::add(const LinkRule& rule) {
  if (rules_.size() == kRulesMax) return false;
  rules_.push_back(rule);
  ++count_[static_cast<int>(rule.place.way)];
  return true;
}

void LinkRules::erase(std::size_t rule) {
  --count_[static_cast<int>(rules_[rule].place.way)];
  rules_.erase(rules_.begin() + static_cast<std::ptrdiff_t>(rule));
}

void LinkRules::passed(LinkWay way, std::uint64_t bytes) {
  for (LinkRule& rule : rules_) {
    LinkPlace& place = rule.place;
    if (place.way != way || place.kind != LinkPlace::Kind::bytes) continue;
    place.number -= std::min(place.number, bytes);
  }
}

void LinkRules::turn_into_bytes(std::size_t rule, std::uint64_t number) {
  rules_[rule].place.kind = LinkPlace::Kind::bytes;
  rules_[rule].place.number = number;
}

void LinkRules::heal() {
  rules_.clear();
  count_[0] = count_[1] = 0;
  pace[0] = pace[1] = LinkPace();
  set_gates(Gate::open);
  acks = Acks::pass;
  refuses = false;
}

void LinkRules::say(LinkEvent event) {
  if (events_.size() < kEventsMax) events_.push_back(std::move(event));
}

}  // namespace replserver
