#include "data/door_check.hpp"

#include "base/assert.hpp"
#include "data/value.hpp"

namespace replserver {

void DoorCheck::settle() {
  if (lent_ != nullptr) sums_[lent_] = value_checksum(*lent_);
  lent_ = nullptr;
}

void DoorCheck::verify(const Entry& entry) {
  settle();
  const auto [known, is_new] = sums_.try_emplace(&entry, 0);
  const std::uint64_t sum = value_checksum(entry);
  if (is_new) known->second = sum;
  RS_ASSERT(known->second == sum);  // somebody wrote to it without passing the door
}

void DoorCheck::written(const Entry& entry) {
  settle();
  sums_[&entry] = value_checksum(entry);
}

void DoorCheck::lent(const Entry& entry) {
  settle();
  lent_ = &entry;
}

void DoorCheck::removed(const Entry& entry) {
  settle();
  sums_.erase(&entry);
}

void DoorCheck::clear() {
  lent_ = nullptr;
  sums_.clear();
}

}  // namespace replserver
