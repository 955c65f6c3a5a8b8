#include "node/waiters.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace replserver {

void Waiters::wait(Waiting waiting) {
  const std::uint64_t client = waiting.client;
  for (const Bytes& key : waiting.wish.keys) {
    std::vector<std::uint64_t>& queue = queues_[{waiting.db, key}];
    if (queue.empty() || queue.back() != client) queue.push_back(client);  // named twice
  }
  if (waiting.deadline) deadlines_.emplace(*waiting.deadline, client);
  const bool is_new = waiting_.emplace(client, std::move(waiting)).second;
  RS_ASSERT(is_new);
}

void Waiters::forget(std::uint64_t client) {
  const auto found = waiting_.find(client);
  if (found == waiting_.end()) return;
  const Waiting& waiting = found->second;
  for (const Bytes& key : waiting.wish.keys) {
    const auto queue = queues_.find(Before::View{waiting.db, key});
    if (queue == queues_.end()) continue;
    std::erase(queue->second, client);
    if (queue->second.empty()) queues_.erase(queue);
  }
  if (waiting.deadline) deadlines_.erase({*waiting.deadline, client});
  waiting_.erase(found);
}

const Waiters::Waiting* Waiters::find(std::uint64_t client) const {
  const auto found = waiting_.find(client);
  return found == waiting_.end() ? nullptr : &found->second;
}

std::size_t Waiters::keys_watched_for_deletion() const {
  return static_cast<std::size_t>(std::ranges::count_if(queues_, [&](const auto& place_and_queue) {
    return std::ranges::any_of(place_and_queue.second, [&](std::uint64_t client) {
      return waiting_.at(client).wish.wakes_on_deletion;
    });
  }));
}

void Waiters::changed(int db, ByteView key) {
  if (queues_.empty()) return;
  const auto queue = queues_.find(Before::View{db, key});
  if (queue == queues_.end() || !is_ready_.insert(queue->first).second) return;
  ready_.push_back(queue->first);
}

void Waiters::replaced(int db) {
  for (const auto& [place, queue] : queues_) {
    if (place.first == db && is_ready_.insert(place).second) ready_.push_back(place);
  }
}

Waiters::Ready Waiters::take_ready() {
  RS_ASSERT(any_ready());
  Place place = std::move(ready_.front());
  ready_.pop_front();
  is_ready_.erase(place);
  return {place.first, std::move(place.second)};
}

std::vector<std::uint64_t> Waiters::queue_of(int db, ByteView key) const {
  const auto found = queues_.find(Before::View{db, key});
  return found == queues_.end() ? std::vector<std::uint64_t>() : found->second;
}

Instant Waiters::next_deadline() const {
  return deadlines_.empty() ? kNever : deadlines_.begin()->first;
}

std::optional<std::uint64_t> Waiters::timed_out(Instant now) const {
  if (next_deadline() > now) return std::nullopt;
  return deadlines_.begin()->second;
}

}  // namespace replserver
