// What differs between the data of two nodes, without telling what is equal.
//
//   summary(a) ─┐                        ┌─> states(a, parts) ─┐
//               ├─> the parts that differ┤                     ├─> differences
//   summary(b) ─┘                        └─> states(b, parts) ─┘
//
// The keys are dealt out to parts by a hash that all nodes share. A part's number is made of all
// that its keys hold, in any order: where two nodes have the same number, nothing is looked at
// again. Each function reads one keyspace, on its own thread; none of them changes anything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/fingerprint.hpp"
#include "data/entry.hpp"

namespace replserver {

class Keyspace;

using Summary = std::vector<Fingerprint>;  // one for each part
Summary summary(const Keyspace& keyspace);

std::vector<bool> differing_parts(const Summary& one, const Summary& other);

struct KeyState {
  int database;
  Bytes key;
  Type type;
  Fingerprint value;
  std::optional<UnixMs> expiry;
};
// Of all keys in these parts, in the order of database and key.
std::vector<KeyState> states(const Keyspace& keyspace, const std::vector<bool>& parts);

struct KeyDifference {
  const KeyState* one;    // nullptr: it has no such key
  const KeyState* other;  // never both
};
// Views into both, which are in order. A key whose time has come by `now` may be there or not: which
// of the two has removed it first says nothing of their data.
std::vector<KeyDifference> differences(const std::vector<KeyState>& one,
                                       const std::vector<KeyState>& other, UnixMs now);

}  // namespace replserver
