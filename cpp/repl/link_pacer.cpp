#include "repl/link_pacer.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace replserver {
namespace {

constexpr std::uint64_t kPiecesPerSecond = 100;  // a slow link is slow evenly

}  // namespace

LinkPacer::Ready LinkPacer::ready(std::size_t in_hand, Instant now, const LinkPace& pace,
                                  Random& random) {
  RS_ASSERT(in_hand >= known_);
  if (in_hand > known_) {
    Duration delay = pace.delay;
    if (pace.jitter > Duration()) {
      delay += Duration(static_cast<Duration::rep>(
          random.below(static_cast<std::uint64_t>(pace.jitter.count()) + 1)));
    }
    Instant due = now + delay;
    if (!arrivals_.empty()) due = std::max(due, arrivals_.back().due);
    const std::size_t size = in_hand - known_;
    if (arrivals_.size() == kArrivalsMax) {
      arrivals_.back() = {arrivals_.back().size + size, due};
    } else {
      arrivals_.push_back({size, due});
    }
    known_ = in_hand;
  }
  // A link that was healed does not make anything wait that came before.
  const bool is_prompt = pace.delay == Duration() && pace.jitter == Duration();
  Ready ready;
  for (const Arrival& arrival : arrivals_) {
    if (!is_prompt && arrival.due > now) {
      ready.due = arrival.due;
      break;
    }
    ready.size += arrival.size;
  }
  if (pace.bytes_per_second == 0 || ready.size == 0) return ready;
  if (free_at_ > now) return {0, free_at_};
  const auto most = std::max<std::uint64_t>(1, pace.bytes_per_second / kPiecesPerSecond);
  if (ready.size > most) ready = {static_cast<std::size_t>(most), now};
  return ready;
}

void LinkPacer::passed(std::size_t size, Instant now, const LinkPace& pace) {
  RS_ASSERT(size <= known_);
  known_ -= size;
  if (pace.bytes_per_second > 0) {
    free_at_ = std::max(free_at_, now) +
               Duration(static_cast<Duration::rep>(size * 1'000'000 / pace.bytes_per_second));
  }
  while (size > 0) {
    Arrival& first = arrivals_.front();
    const std::size_t taken = std::min(size, first.size);
    first.size -= taken;
    size -= taken;
    if (first.size == 0) arrivals_.pop_front();
  }
}

}  // namespace replserver
