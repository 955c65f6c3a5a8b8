// DoorCheck — catches a change of an entry that did not go through its database's door.
//
// Keeps a checksum of every entry seen; an entry that reaches the door again, or is met by a
// snapshot's walk, must still have it. An entry that was lent out for writing is summed up when the
// next one is looked at. For sanitizer builds and tests: it costs a checksum per change.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "data/entry.hpp"

namespace replserver {

class DoorCheck {
 public:
  void verify(const Entry& entry);   // before a change, or when met
  void written(const Entry& entry);  // after a change
  void lent(const Entry& entry);     // its bytes are still to be written
  void removed(const Entry& entry);
  void clear();

 private:
  void settle();

  std::unordered_map<const Entry*, std::uint64_t> sums_;
  const Entry* lent_ = nullptr;
};

}  // namespace replserver
