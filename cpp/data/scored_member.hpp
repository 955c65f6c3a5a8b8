// ScoredMember — one member of a large sorted set with its score, in one allocation of its arena.
//
//   score 8 | size 1 | bytes                      short: up to 254 bytes
//   score 8 | 255 | size 4 | bytes
//
// Owned by a SortedSet; its table and its tree both point here. The score is also in the tree's
// leaf, so that a search reads no members; here it makes the score of a member one look-up.
// Scores order as Redis orders them: as numbers, -0 equal to 0, then members by their bytes.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "data/arena.hpp"
#include "data/table.hpp"

namespace replserver {

class ScoredMember {
 public:
  static ScoredMember* make(Arena& arena, ByteView member, double score) {
    RS_ASSERT(member.size() <= UINT32_MAX);
    auto* made = static_cast<ScoredMember*>(arena.allocate(size_for(member.size())));
    made->set_score(score);
    unsigned char* tail = made->tail();
    if (member.size() < kLong) {
      *tail = static_cast<unsigned char>(member.size());
    } else {
      *tail = kLong;
      const auto size = static_cast<std::uint32_t>(member.size());
      std::memcpy(tail + 1, &size, sizeof size);
      tail += sizeof size;
    }
    if (!member.empty()) std::memcpy(tail + 1, member.data(), member.size());
    return made;
  }
  void drop(Arena& arena) { arena.release(this, size()); }

  double score() const { return score_; }
  void set_score(double score) {  // by the set, which moves it in the tree
    RS_ASSERT(!std::isnan(score));
    score_ = score;
  }
  ByteView member() const {
    const unsigned char* tail = this->tail();
    if (*tail != kLong) [[likely]]
      return ByteView(reinterpret_cast<const char*>(tail + 1), *tail);
    return ByteView(reinterpret_cast<const char*>(tail + 1 + sizeof(std::uint32_t)), long_size());
  }
  std::size_t memory() const { return Arena::rounded(size()); }

 private:
  static constexpr unsigned char kLong = 255;

  std::size_t size() const {  // of this allocation, as it was asked for
    return size_for(*tail() != kLong ? *tail() : long_size());
  }
  static std::size_t size_for(std::size_t member) {
    return sizeof(ScoredMember) + 1 + (member < kLong ? 0 : sizeof(std::uint32_t)) + member;
  }
  unsigned char* tail() { return reinterpret_cast<unsigned char*>(this + 1); }
  const unsigned char* tail() const { return reinterpret_cast<const unsigned char*>(this + 1); }
  std::uint32_t long_size() const {
    std::uint32_t size;
    std::memcpy(&size, tail() + 1, sizeof size);
    return size;
  }

  double score_;
};
static_assert(sizeof(ScoredMember) == 8);

struct ScoredMemberTraits {
  using Item = ScoredMember;
  static constexpr bool kExpires = false;
  static ByteView key(const ScoredMember& member) { return member.member(); }
  static bool has_key(const ScoredMember& member, ByteView key) { return member.member() == key; }
};

using ScoreTable = SegmentTable<ScoredMemberTraits>;

}  // namespace replserver
