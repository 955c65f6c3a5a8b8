#include "sim/network.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace replserver::sim {
namespace {

Side other(Side side) { return side == Side::near ? Side::far : Side::near; }

}  // namespace

ConduitId Network::open() {
  const auto id = static_cast<ConduitId>(next_id_++);
  conduits_.emplace(id, Conduit());
  return id;
}

void Network::schedule(ConduitId conduit, Side to, Instant now, Bytes bytes, Arrival::What what) {
  const auto spread =
      static_cast<std::uint64_t>((weather_.delay_max - weather_.delay_min).count()) + 1;
  const Duration delay =
      weather_.delay_min + Duration(static_cast<Duration::rep>(random_.below(spread)));
  Instant& last = conduits_.at(conduit).last_arrival[static_cast<int>(to)];
  last = std::max(last, now + delay);
  on_the_way_.emplace(Order{last, sent_}, Arrival{conduit, to, what, std::move(bytes), sent_});
  ++sent_;
}

void Network::tell_start(ConduitId conduit, Side from, Instant now) {
  if (!is_open(conduit) || conduits_.at(conduit).is_silent[static_cast<int>(from)]) return;
  schedule(conduit, other(from), now, {}, Arrival::What::start);
}

void Network::send(ConduitId id, Side from, ByteView bytes, Instant now) {
  const auto conduit = conduits_.find(id);
  if (conduit == conduits_.end()) return;  // as a socket whose other end has gone
  if (conduit->second.is_silent[static_cast<int>(from)]) return;
  auto& allowed = conduit->second.allowed[static_cast<int>(from)];
  const bool is_last = allowed && *allowed <= bytes.size();
  if (is_last) bytes = bytes.substr(0, *allowed);
  if (allowed) *allowed -= bytes.size();
  while (!bytes.empty()) {
    const std::size_t most = std::min(bytes.size(), weather_.piece_max);
    const std::size_t size = 1 + static_cast<std::size_t>(random_.below(most));
    schedule(id, other(from), now, Bytes(bytes.substr(0, size)), Arrival::What::bytes);
    bytes.remove_prefix(size);
  }
  if (!is_last) return;
  ++planned_cuts_;
  lose(id, from);
  schedule(id, from, now, {}, Arrival::What::end);
  schedule(id, other(from), now, {}, Arrival::What::end);
  conduits_.erase(conduit);
}

void Network::close(ConduitId id, Side from, Instant now) {
  const auto conduit = conduits_.find(id);
  if (conduit == conduits_.end() || conduit->second.is_silent[static_cast<int>(from)]) return;
  schedule(id, other(from), now, {}, Arrival::What::end);
}

void Network::lose(ConduitId conduit, Side to) {
  std::erase_if(on_the_way_, [&](const auto& item) {
    return item.second.conduit == conduit && item.second.to == to;
  });
}

void Network::cut(ConduitId conduit, Instant now) {
  if (!is_open(conduit)) return;
  for (const Side side : {Side::near, Side::far}) {
    lose(conduit, side);
    schedule(conduit, side, now, {}, Arrival::What::end);
  }
}

void Network::cut_after(ConduitId conduit, Side from, std::uint64_t bytes) {
  if (is_open(conduit)) conduits_.at(conduit).allowed[static_cast<int>(from)] = bytes;
}

void Network::silence(ConduitId conduit, Side from) {
  if (!is_open(conduit)) return;
  lose(conduit, other(from));
  conduits_.at(conduit).is_silent[static_cast<int>(from)] = true;
}

std::optional<Instant> Network::next_at() const {
  if (on_the_way_.empty()) return std::nullopt;
  return on_the_way_.begin()->first.first;
}

Arrival Network::next() {
  RS_ASSERT(!on_the_way_.empty());
  Arrival arrival = std::move(on_the_way_.begin()->second);
  on_the_way_.erase(on_the_way_.begin());
  // The end reaches the second side as well, but nothing new can be sent from now on.
  if (arrival.what == Arrival::What::end) conduits_.erase(arrival.conduit);
  return arrival;
}

void Network::postpone(Arrival arrival, Instant until) {
  const Order order{until, arrival.order};
  on_the_way_.emplace(order, std::move(arrival));
}

}  // namespace replserver::sim
