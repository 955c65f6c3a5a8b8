// SetMember — one member of a large set, in one allocation of its arena.
//
//   size 1 | bytes            up to 254 bytes
//   255 | size 4 | bytes      longer
//
// Owned by a Set's table.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "data/arena.hpp"
#include "data/table.hpp"

namespace replserver {

class SetMember {
 public:
  static SetMember* make(Arena& arena, ByteView bytes) {
    RS_ASSERT(bytes.size() <= UINT32_MAX);
    auto* made = static_cast<SetMember*>(arena.allocate(size_for(bytes.size())));
    char* to = reinterpret_cast<char*>(made + 1);
    made->short_size_ = static_cast<std::uint8_t>(bytes.size() < kLong ? bytes.size() : kLong);
    if (made->short_size_ == kLong) {
      const auto size = static_cast<std::uint32_t>(bytes.size());
      std::memcpy(to, &size, sizeof size);
      to += sizeof size;
    }
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    return made;
  }
  void drop(Arena& arena) { arena.release(this, size_for(bytes().size())); }

  ByteView bytes() const {
    const char* from = reinterpret_cast<const char*>(this + 1);
    if (short_size_ != kLong) [[likely]]
      return ByteView(from, short_size_);
    std::uint32_t size;
    std::memcpy(&size, from, sizeof size);
    return ByteView(from + sizeof size, size);
  }
  std::size_t memory() const { return Arena::rounded(size_for(bytes().size())); }

 private:
  static constexpr std::uint8_t kLong = 255;
  static std::size_t size_for(std::size_t bytes) {
    return sizeof(SetMember) + (bytes < kLong ? 0 : sizeof(std::uint32_t)) + bytes;
  }

  std::uint8_t short_size_;
};
static_assert(sizeof(SetMember) == 1);

struct SetMemberTraits {
  using Item = SetMember;
  static constexpr bool kExpires = false;
  static ByteView key(const SetMember& member) { return member.bytes(); }
  static bool has_key(const SetMember& member, ByteView key) { return member.bytes() == key; }
};

using MemberTable = SegmentTable<SetMemberTraits>;

}  // namespace replserver
