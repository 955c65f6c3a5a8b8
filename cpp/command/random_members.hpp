// Distinct members of a collection, drawn at random: SPOP and SRANDMEMBER with a count.
#pragma once

#include <cstddef>
#include <unordered_set>
#include <utility>

#include "base/bytes.hpp"
#include "base/random.hpp"

namespace replserver {

// `count` of them, or all there are. Few of many are drawn one by one; otherwise all are listed and
// the first `count` places are filled at random.
template <class View>
Words distinct_members(const View& view, std::size_t count, Random& random) {
  Words drawn;
  if (count * 3 <= view.size()) {
    std::unordered_set<Bytes> seen;
    while (drawn.size() < count) {
      Bytes member = view.random(random);
      if (seen.insert(member).second) drawn.push_back(std::move(member));
    }
    return drawn;
  }
  drawn.reserve(view.size());
  view.for_each([&](ByteView member) { drawn.emplace_back(member); });
  if (count >= drawn.size()) return drawn;
  for (std::size_t place = 0; place < count; ++place) {
    std::swap(drawn[place], drawn[place + random.below(drawn.size() - place)]);
  }
  drawn.resize(count);
  return drawn;
}

}  // namespace replserver
