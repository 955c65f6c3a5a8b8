// FieldDeadlines — which hashes of a database have fields that expire, by when the first may do so.
//
// Owned by the Database, which notes every hash that comes, changes, moves or goes; a hash itself
// carries the deadline it is noted under. Invariant: exactly the hashes with expiring fields are
// noted, none under a deadline later than that of any of its fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "data/entry.hpp"

namespace replserver {

class FieldDeadlines {
 public:
  void note(const Entry& entry);    // it is there, or has changed
  void forget(const Entry& entry);  // it goes, or its value does

  std::size_t size() const { return hashes_.size(); }
  UnixMs next() const { return hashes_.empty() ? INT64_MAX : hashes_.begin()->first; }
  const Bytes& first() const { return hashes_.begin()->second; }  // a key

 private:
  void move(const Entry& entry, UnixMs deadline);

  std::set<std::pair<UnixMs, Bytes>> hashes_;
};

}  // namespace replserver
