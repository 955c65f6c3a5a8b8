#include "repl/link_tap.hpp"

#include <algorithm>
#include <limits>

#include "base/ascii.hpp"
#include "resp/request.hpp"

namespace replserver {
namespace {

using Kind = LinkPlace::Kind;
using Phase = ConversationReader::Phase;
using What = LinkTap::Verdict::What;

LinkTap::Verdict wait(Instant due) { return {.what = What::wait, .due = due}; }

Bytes what_passed(LinkWay way, LinkStep step) {
  const bool is_reply = way == LinkWay::down && step != LinkStep::payload;
  return Bytes(name_of(step)) + (is_reply ? " reply" : "");
}

// What a primary says of its own accord, at any time.
bool is_chatter(const Words& words) {
  return words.empty() || equal_ignoring_case(words[0], "ping") ||
         equal_ignoring_case(words[0], "replconf");
}

}  // namespace

LinkTap::LinkTap(LinkRules& rules, Instant now)
    : rules_(rules), now_(now), number_(++rules.conversations) {
  say(LinkEvent::What::opened, "");
}

LinkTap::Verdict LinkTap::pass(LinkWay way, ByteView bytes, Instant now) {
  now_ = now;
  if (rules_.gate(way) != LinkRules::Gate::open) return wait(kNever);
  if (auto verdict = act(way, bytes)) return *verdict;
  if (auto verdict = insert(way)) return *verdict;
  const int index = static_cast<int>(way);
  const auto ready = pacers_[index].ready(bytes.size(), now, rules_.pace[index], rules_.random);
  if (ready.size == 0) return wait(ready.due);
  bytes = bytes.substr(0, ready.size);
  if (way == LinkWay::up && rules_.acks != LinkRules::Acks::pass) {
    if (auto verdict = treat_ack(bytes, now, ready.due)) return *verdict;
  }
  Corruption& corruption = corruption_[index];
  const std::uint8_t mask = corruption.left > 0 ? corruption.mask : 0;
  if (corruption.left > 0) bytes = bytes.substr(0, corruption.left);
  const std::size_t size = walk(way, bytes);
  if (size == 0) return wait(ready.due);
  corruption.left -= std::min<std::uint64_t>(corruption.left, size);
  went(way, size, now);
  return {.what = What::pass, .size = size, .mask = mask};
}

void LinkTap::went(LinkWay way, std::size_t size, Instant now) {
  const int index = static_cast<int>(way);
  pacers_[index].passed(size, now, rules_.pace[index]);
}

// ---- places

bool LinkTap::is_here(const LinkPlace& place, LinkWay way, ByteView bytes) const {
  switch (place.kind) {
    case Kind::bytes:
      return place.number == 0;
    case Kind::offset:
      return reader_.offset() && *reader_.offset() >= place.number;
    case Kind::payload:
      return reader_.phase() == Phase::payload && reader_.payload_bytes() == place.number;
    case Kind::before:
      return reader_.at_border(way) && !bytes.empty() &&
             reader_.upcoming(way, bytes).step == place.step;
    case Kind::behind:
      return reader_.ended(way) == place.step;
    default:
      return false;  // until the command's size is known: see find_commands()
  }
}

bool LinkTap::is_anything_here(LinkWay way, ByteView bytes) const {
  return std::any_of(rules_.rules().begin(), rules_.rules().end(), [&](const LinkRule& rule) {
    return rule.place.way == way && is_here(rule.place, way, bytes);
  });
}

// A place within a command becomes a number of bytes as soon as the command can be seen.
void LinkTap::find_commands(LinkWay way, ByteView bytes) {
  if (reader_.phase() != Phase::streaming || !reader_.at_border(way) || bytes.empty()) return;
  for (std::size_t index = 0; index < rules_.rules().size(); ++index) {
    const LinkPlace& place = rules_.rules()[index].place;
    if (place.kind != Kind::command || place.way != way) continue;
    const auto upcoming = reader_.upcoming(way, bytes);
    if (!upcoming.is_known && bytes.size() < kLookahead) return;
    if (is_chatter(upcoming.words)) return;
    const std::uint64_t wanted = place.number == 0 ? upcoming.size / 2 : place.number;
    rules_.turn_into_bytes(index, std::min<std::uint64_t>(wanted, upcoming.size));
  }
}

bool LinkTap::looks_ahead(LinkWay way) const {
  if (way == LinkWay::up && rules_.acks != LinkRules::Acks::pass) return true;
  return std::any_of(rules_.rules().begin(), rules_.rules().end(), [&](const LinkRule& rule) {
    if (rule.place.way != way) return false;
    const bool is_streaming = reader_.phase() == Phase::streaming;
    return (rule.place.kind == Kind::before && (way == LinkWay::up || !is_streaming)) ||
           (rule.place.kind == Kind::command && is_streaming);
  });
}

// How far it is to the nearest place whose distance is known.
std::uint64_t LinkTap::room(LinkWay way) const {
  std::uint64_t room = std::numeric_limits<std::uint64_t>::max();
  for (const LinkRule& rule : rules_.rules()) {
    const LinkPlace& place = rule.place;
    if (place.way != way) continue;
    std::uint64_t distance = room;
    if (place.kind == Kind::bytes) {
      distance = place.number;
    } else if (place.kind == Kind::offset && reader_.offset()) {
      distance = place.number - *reader_.offset();
    } else if (place.kind == Kind::payload && reader_.phase() == Phase::payload &&
               place.number > reader_.payload_bytes()) {
      distance = place.number - reader_.payload_bytes();
    }
    room = std::min(room, distance);
  }
  return room;
}

// ---- actions

std::optional<LinkTap::Verdict> LinkTap::act(LinkWay way, ByteView bytes) {
  if (!rules_.concerns(way)) return std::nullopt;
  find_commands(way, bytes);
  const auto here = [&](const LinkPlace& place) { return is_here(place, way, bytes); };
  while (const auto rule = rules_.take(way, here)) {
    const LinkAction& action = rule->action;
    if (action.refuses) rules_.refuses = true;
    switch (action.what) {
      case LinkAction::What::cut:
      case LinkAction::What::reset:
        ++rules_.cuts;
        say(LinkEvent::What::cut, rule->place.text());
        return Verdict{.what = action.what == LinkAction::What::cut ? What::cut : What::reset};
      case LinkAction::What::hold:
        rules_.set_gates(LinkRules::Gate::held);
        say(LinkEvent::What::held, rule->place.text());
        return wait(kNever);
      case LinkAction::What::silence:
        rules_.set_gates(LinkRules::Gate::silent);
        say(LinkEvent::What::silenced, rule->place.text());
        return wait(kNever);
      case LinkAction::What::corrupt:
        corruption_[static_cast<int>(way)] = {action.mask, action.size};
        say(LinkEvent::What::corrupted, rule->place.text());
    }
  }
  return std::nullopt;
}

std::optional<LinkTap::Verdict> LinkTap::insert(LinkWay way) {
  if (way == LinkWay::down || inserts_.empty() || !reader_.at_border(way)) return std::nullopt;
  Verdict verdict{.what = What::insert, .bytes = std::move(inserts_.front())};
  inserts_.pop_front();
  bytes_[static_cast<int>(way)] += verdict.bytes.size();
  return verdict;
}

bool LinkTap::acknowledge(std::optional<Offset> offset, Instant now) {
  if (!offset) offset = reader_.offset();
  if (!offset || inserts_.size() == kAcksMax) return false;
  Bytes& ack = inserts_.emplace_back();
  append_command(ack, {"REPLCONF", "ACK", std::to_string(*offset)});
  now_ = now;
  say(LinkEvent::What::acked, std::to_string(*offset));
  return true;
}

// What becomes of the ACK that begins with `bytes`, if one does.
std::optional<LinkTap::Verdict> LinkTap::treat_ack(ByteView bytes, Instant now, Instant due) {
  if (!reader_.at_border(LinkWay::up)) return std::nullopt;
  const auto upcoming = reader_.upcoming(LinkWay::up, bytes);
  if (!upcoming.is_known) {
    if (bytes.size() >= kLookahead) return std::nullopt;
    return wait(due);
  }
  if (upcoming.step != LinkStep::ack) return std::nullopt;
  // A primary sends nothing behind a payload that ends with a mark before it has heard of its end.
  const bool completes_sync = reader_.is_marked_payload() && reader_.acks() == 0;
  if (rules_.acks == LinkRules::Acks::by_hand && completes_sync) return std::nullopt;

  const ByteView ack = bytes.substr(0, upcoming.size);
  for (ByteView rest = ack; !rest.empty();) rest.remove_prefix(reader_.read(LinkWay::up, rest));
  went(LinkWay::up, ack.size(), now);
  const Bytes offset = upcoming.words.size() > 2 ? upcoming.words[2] : "";
  if (rules_.acks != LinkRules::Acks::twice) {
    say(LinkEvent::What::dropped, offset);
    return Verdict{.what = What::drop, .size = ack.size()};
  }
  bytes_[static_cast<int>(LinkWay::up)] += 2 * ack.size();
  say(LinkEvent::What::duplicated, offset);
  return Verdict{.what = What::pass, .size = ack.size(), .twice = true};
}

// ---- the way from place to place

// How many of the bytes go on until something is to be done, or cannot be told yet.
std::size_t LinkTap::walk(LinkWay way, ByteView bytes) {
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ByteView rest = bytes.substr(size);
    if (rules_.concerns(way)) {
      find_commands(way, rest);
      if (is_anything_here(way, rest)) break;
    }
    if (reader_.at_border(way) && looks_ahead(way)) {
      const auto upcoming = reader_.upcoming(way, rest);
      if (!upcoming.is_known && rest.size() < kLookahead) break;
      const bool is_ack = way == LinkWay::up && upcoming.step == LinkStep::ack;
      if (is_ack && size > 0 && rules_.acks != LinkRules::Acks::pass) break;
    }
    const ByteView part =
        rest.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(room(way), rest.size())));
    const std::size_t taken = reader_.read(way, part);
    size += taken;
    bytes_[static_cast<int>(way)] += taken;
    rules_.passed(way, taken);
    const auto ended = reader_.ended(way);
    if (ended && *ended != LinkStep::ack) say(LinkEvent::What::passed, what_passed(way, *ended));
  }
  return size;
}

// ---- what is told

void LinkTap::closed(Bytes by, Instant now) {
  now_ = now;
  say(LinkEvent::What::closed, std::move(by));
}

void LinkTap::cut(Instant now) {
  now_ = now;
  ++rules_.cuts;
  say(LinkEvent::What::cut, "by hand");
}

void LinkTap::say(LinkEvent::What what, Bytes detail) {
  rules_.say({what, number_, std::move(detail), {bytes_[0], bytes_[1]}, reader_.offset(), now_});
}

}  // namespace replserver
