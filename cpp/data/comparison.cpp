#include "data/comparison.hpp"

#include <algorithm>
#include <compare>
#include <tuple>

#include "base/assert.hpp"
#include "data/digest.hpp"
#include "data/keyspace.hpp"

namespace replserver {
namespace {

constexpr std::size_t kParts = 1 << 16;  // of a million keys one part has some fifteen

Fingerprint place_of(int database, ByteView key) {
  Fingerprint place{static_cast<std::uint64_t>(database)};
  mix_in(place, key);
  return place;
}

std::size_t part_of(Fingerprint place) { return place.bits % kParts; }

// All that counts of one key, and where it is: so two keys that have changed places are seen.
std::uint64_t bits_of(Fingerprint place, const Entry& entry) {
  mix_in(place, value_fingerprint(entry).bits);
  mix_in(place, static_cast<std::uint64_t>(entry.expiry().value_or(-1)));
  return place.bits;
}

auto order_of(const KeyState& state) { return std::tie(state.database, state.key); }

bool is_equal(const KeyState& one, const KeyState& other) {
  return one.type == other.type && one.value == other.value && one.expiry == other.expiry;
}

template <class Callback>  // void(int database, const Entry&)
void for_each(const Keyspace& keyspace, Callback callback) {
  for (int index = 0; index < keyspace.databases(); ++index) {
    keyspace.database(index).for_each([&](const Entry& entry) { callback(index, entry); });
  }
}

}  // namespace

Summary summary(const Keyspace& keyspace) {
  Summary sums(kParts);
  for_each(keyspace, [&](int database, const Entry& entry) {
    const Fingerprint place = place_of(database, entry.key());
    sums[part_of(place)].bits ^= bits_of(place, entry);
  });
  return sums;
}

std::vector<bool> differing_parts(const Summary& one, const Summary& other) {
  RS_ASSERT(one.size() == other.size());
  std::vector<bool> parts(one.size());
  for (std::size_t part = 0; part < parts.size(); ++part) parts[part] = !(one[part] == other[part]);
  return parts;
}

std::vector<KeyState> states(const Keyspace& keyspace, const std::vector<bool>& parts) {
  std::vector<KeyState> found;
  for_each(keyspace, [&](int database, const Entry& entry) {
    if (!parts[part_of(place_of(database, entry.key()))]) return;
    found.push_back(
        {database, Bytes(entry.key()), entry.type(), value_fingerprint(entry), entry.expiry()});
  });
  std::sort(found.begin(), found.end(), [](const KeyState& one, const KeyState& other) {
    return order_of(one) < order_of(other);
  });
  return found;
}

std::vector<KeyDifference> differences(const std::vector<KeyState>& one,
                                       const std::vector<KeyState>& other, UnixMs now) {
  std::vector<KeyDifference> found;
  const auto is_over = [now](const KeyState& state) {
    return state.expiry && *state.expiry <= now;
  };
  auto left = one.begin();
  auto right = other.begin();
  while (left != one.end() || right != other.end()) {
    if (right == other.end() || (left != one.end() && order_of(*left) < order_of(*right))) {
      if (!is_over(*left)) found.push_back({&*left, nullptr});
      ++left;
    } else if (left == one.end() || order_of(*right) < order_of(*left)) {
      if (!is_over(*right)) found.push_back({nullptr, &*right});
      ++right;
    } else {
      if (!is_equal(*left, *right)) found.push_back({&*left, &*right});
      ++left, ++right;
    }
  }
  return found;
}

}  // namespace replserver
