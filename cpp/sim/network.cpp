#include "sim/network.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace replserver::sim {
namespace {

Side other(Side side) { return side == Side::near ? Side::far : Side::near; }

LinkWay way_from(Side side) { return side == Side::near ? LinkWay::up : LinkWay::down; }

}  // namespace

ConduitId Network::open() {
  const auto id = static_cast<ConduitId>(next_id_++);
  conduits_.emplace(id, Conduit());
  return id;
}

Network::Conduit* Network::find(ConduitId id) {
  const auto found = conduits_.find(id);
  return found == conduits_.end() || found->second.is_cut ? nullptr : &found->second;
}

void Network::schedule(ConduitId conduit, Side to, Instant now, Bytes bytes, Arrival::What what) {
  const auto spread =
      static_cast<std::uint64_t>((weather_.delay_max - weather_.delay_min).count()) + 1;
  const Duration delay =
      weather_.delay_min + Duration(static_cast<Duration::rep>(random_.below(spread)));
  Conduit& found = conduits_.at(conduit);
  Instant& last = found.last_arrival[static_cast<int>(to)];
  last = std::max(last, now + delay);
  found.under_way[static_cast<int>(to)] += bytes.size();
  on_the_way_.emplace(Order{last, sent_}, Arrival{conduit, to, what, std::move(bytes), sent_});
  ++sent_;
}

void Network::tell_start(ConduitId conduit, Side from, Instant now) {
  const Conduit* const found = find(conduit);
  if (found == nullptr || (found->tap && found->tap->is_silent(way_from(from)))) return;
  schedule(conduit, other(from), now, {}, Arrival::What::start);
}

std::size_t Network::room(ConduitId id, Side from) const {
  const auto found = conduits_.find(id);
  if (found == conduits_.end() || found->second.is_cut) return SIZE_MAX;  // as send() has it
  const Conduit& conduit = found->second;
  const std::size_t held = conduit.in_hand[static_cast<int>(from)].size() +
                           conduit.under_way[static_cast<int>(other(from))];
  return weather_.socket_max - std::min(weather_.socket_max, held);
}

void Network::send(ConduitId id, Side from, ByteView bytes, Instant now) {
  Conduit* const conduit = find(id);
  if (conduit == nullptr) return;  // as a socket whose other end has gone
  if (!conduit->tap) return transmit(id, from, bytes, now);
  conduit->in_hand[static_cast<int>(from)] += bytes;
  wake(id, from, now);
}

void Network::transmit(ConduitId id, Side from, ByteView bytes, Instant now) {
  if (weather_.whole_percent > 0 && random_.below(100) < weather_.whole_percent) {
    schedule(id, other(from), now, Bytes(bytes), Arrival::What::bytes);
    bytes = {};
  }
  const std::size_t piece_max = std::max(weather_.piece_max, bytes.size() / weather_.pieces);
  while (!bytes.empty()) {
    const std::size_t most = std::min(bytes.size(), piece_max);
    const std::size_t size = 1 + static_cast<std::size_t>(random_.below(most));
    schedule(id, other(from), now, Bytes(bytes.substr(0, size)), Arrival::What::bytes);
    bytes.remove_prefix(size);
  }
}

// What `from` has sent so far still arrives.
void Network::end_both(ConduitId id, Side from, Instant now) {
  lose(id, from);
  schedule(id, from, now, {}, Arrival::What::end);
  schedule(id, other(from), now, {}, Arrival::What::end);
  conduits_.erase(id);
}

void Network::close(ConduitId id, Side from, Instant now) {
  Conduit* const conduit = find(id);
  if (conduit == nullptr) return;
  if (!conduit->tap) return schedule(id, other(from), now, {}, Arrival::What::end);
  conduit->closes[static_cast<int>(from)] = true;
  wake(id, from, now);
}

void Network::lose(ConduitId conduit, Side to) {
  std::erase_if(on_the_way_, [&](const auto& item) {
    return item.second.conduit == conduit && item.second.to == to &&
           item.second.what != Arrival::What::due;
  });
  conduits_.at(conduit).under_way[static_cast<int>(to)] = 0;
}

void Network::cut(ConduitId conduit, Instant now) {
  Conduit* const lost = find(conduit);
  if (lost == nullptr) return;
  if (lost->tap) lost->tap->cut(now);
  lost->is_cut = true;  // the tap, whose pace goes by what it had in hand, is not asked any more
  for (const Side side : {Side::near, Side::far}) {
    lose(conduit, side);
    schedule(conduit, side, now, {}, Arrival::What::end);
  }
}

// ---- taps

void Network::attach(ConduitId conduit, LinkRules& rules, Instant now) {
  conduits_.at(conduit).tap = std::make_unique<LinkTap>(rules, now);
}

const LinkTap* Network::tap(ConduitId conduit) const {
  const auto found = conduits_.find(conduit);
  return found == conduits_.end() ? nullptr : found->second.tap.get();
}

void Network::wake(ConduitId id, Side from, Instant now) {
  const int index = static_cast<int>(from);
  for (;;) {
    Conduit* const found = find(id);
    if (found == nullptr || !found->tap) return;
    Conduit& conduit = *found;
    Bytes& in_hand = conduit.in_hand[index];
    const auto verdict = conduit.tap->pass(way_from(from), in_hand, now);
    Bytes bytes = in_hand.substr(0, verdict.size);
    in_hand.erase(0, verdict.size);
    using What = LinkTap::Verdict::What;
    switch (verdict.what) {
      case What::pass:
        for (char& byte : bytes) byte = static_cast<char>(byte ^ verdict.mask);
        transmit(id, from, verdict.twice ? bytes + bytes : bytes, now);
        continue;
      case What::drop:
        continue;
      case What::insert:
        transmit(id, from, verdict.bytes, now);
        continue;
      case What::cut:
      case What::reset:
        return end_both(id, from, now);
      case What::wait:
        break;
    }
    if (verdict.due != kNever && verdict.due != conduit.due[index]) {
      on_the_way_.emplace(Order{verdict.due, sent_},
                          Arrival{id, from, Arrival::What::due, {}, sent_});
      ++sent_;
    }
    conduit.due[index] = verdict.due;
    if (!conduit.closes[index] || verdict.due != kNever) return;
    if (!conduit.tap->tells_close(way_from(from))) return;
    conduit.closes[index] = false;
    conduit.tap->closed(from == Side::near ? "by the replica" : "by the primary", now);
    return schedule(id, other(from), now, {}, Arrival::What::end);
  }
}

void Network::wake_all(Instant now) {
  std::vector<ConduitId> tapped;
  for (const auto& [id, conduit] : conduits_) {
    if (conduit.tap) tapped.push_back(id);
  }
  for (const ConduitId id : tapped) {
    for (const Side side : {Side::near, Side::far}) wake(id, side, now);
  }
}

bool Network::acknowledge(ConduitId id, std::optional<Offset> offset, Instant now) {
  Conduit* const conduit = find(id);
  if (conduit == nullptr || !conduit->tap || !conduit->tap->acknowledge(offset, now)) return false;
  wake(id, Side::near, now);
  return true;
}

std::optional<Instant> Network::next_at() const {
  if (on_the_way_.empty()) return std::nullopt;
  return on_the_way_.begin()->first.first;
}

Arrival Network::next() {
  RS_ASSERT(!on_the_way_.empty());
  Arrival arrival = std::move(on_the_way_.begin()->second);
  on_the_way_.erase(on_the_way_.begin());
  const auto conduit = conduits_.find(arrival.conduit);
  if (conduit == conduits_.end()) return arrival;
  conduit->second.under_way[static_cast<int>(arrival.to)] -= arrival.bytes.size();
  // The end reaches the second side as well, but nothing new can be sent from now on.
  if (arrival.what == Arrival::What::end) conduits_.erase(conduit);
  return arrival;
}

void Network::postpone(Arrival arrival, Instant until) {
  const Order order{until, arrival.order};
  if (Conduit* const conduit = find(arrival.conduit)) {
    conduit->under_way[static_cast<int>(arrival.to)] += arrival.bytes.size();
  }
  on_the_way_.emplace(order, std::move(arrival));
}

}  // namespace replserver::sim
