#include "data/arena.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "base/random.hpp"

namespace replserver {
namespace {

TEST(Arena, HoldsNothingUntilItIsUsed) {
  Arena arena;
  EXPECT_EQ(arena.used(), 0u);
  EXPECT_EQ(arena.reserved(), 0u);
}

TEST(Arena, TouchesFewPagesForFewSlots) {
  Arena arena;
  arena.allocate(40);
  arena.allocate(56);
  arena.allocate(4096);
  EXPECT_LE(arena.reserved(), 5 * 4096u);
}

TEST(Arena, RoundsUpByAnEighthAtMost) {
  for (std::size_t size = 1; size <= Arena::kSlotMax; ++size) {
    const std::size_t rounded = Arena::rounded(size);
    EXPECT_GE(rounded, size);
    EXPECT_EQ(rounded % 8, 0u);
    if (size <= 1024) {
      EXPECT_LT(rounded, size + 8);
    } else {
      EXPECT_LE(rounded, size + size / 8) << size;
      EXPECT_EQ(rounded % 64, 0u);
    }
    EXPECT_EQ(Arena::rounded(rounded), rounded);
  }
}

TEST(Arena, AlignsMultiplesOfACacheLine) {
  Arena arena;
  for (std::size_t size = 64; size <= Arena::kSlotMax; size += 64) {
    for (int count = 0; count < 3; ++count) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.allocate(size)) % 64, 0u) << size;
    }
  }
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(arena.allocate(4096)) % 4096, 0u);
}

struct Held {
  unsigned char* slot;
  std::size_t size;
  unsigned char filling;
};

void expect_intact(const Held& held) {
  for (std::size_t at = 0; at < held.size; ++at) ASSERT_EQ(held.slot[at], held.filling);
}

TEST(Arena, KeepsSlotsApartAndCountsThem) {
  const std::uint64_t seed = 4711;
  SCOPED_TRACE(seed);
  Random random(seed);
  Arena arena;
  std::vector<Held> all;
  std::size_t used = 0;
  for (int step = 0; step < 40000; ++step) {
    if (all.empty() || random.below(step < 25000 ? 3 : 5) < (step < 25000 ? 2 : 1)) {
      const std::size_t size = 1 + random.below(random.below(20) ? 300 : 20000);
      const auto filling = static_cast<unsigned char>(random.next());
      auto* slot = static_cast<unsigned char*>(arena.allocate(size));
      std::memset(slot, filling, size);
      all.push_back({slot, size, filling});
      used += Arena::rounded(size);
    } else {
      std::swap(all[random.below(all.size())], all.back());
      expect_intact(all.back());
      arena.release(all.back().slot, all.back().size);
      used -= Arena::rounded(all.back().size);
      all.pop_back();
    }
    ASSERT_EQ(arena.used(), used);
    if (random.below(1000) == 0) arena.trim(2);
  }
  for (const Held& held : all) {
    expect_intact(held);
    arena.release(held.slot, held.size);
  }
  EXPECT_EQ(arena.used(), 0u);
}

TEST(Arena, ReservesLittleMoreThanIsUsed) {
  Arena arena;
  Random random(1);
  for (int count = 0; count < 300000; ++count) arena.allocate(24 + random.below(100));
  EXPECT_LE(arena.reserved(), arena.used() + arena.used() / 10);
}

TEST(Arena, GivesFreeSlabsBack) {
  Arena arena;
  std::vector<void*> slots;
  for (int count = 0; count < 200000; ++count) slots.push_back(arena.allocate(100));
  const std::size_t full = arena.reserved();
  for (void* slot : slots) arena.release(slot, 100);
  EXPECT_EQ(arena.reserved(), full);
  while (arena.trim(4)) {
  }
  EXPECT_EQ(arena.reserved(), 0u);
  for (int count = 0; count < 200000; ++count) std::memset(arena.allocate(100), 1, 100);
  EXPECT_EQ(arena.reserved(), full);
}

TEST(Arena, KeepsAFewFreeSlabsForWhatComesNext) {
  Arena arena;
  std::vector<void*> slots;
  for (int count = 0; count < 200000; ++count) slots.push_back(arena.allocate(100));
  const std::size_t full = arena.reserved();
  for (int count = 0; count < 10000; ++count)
    arena.release(slots[static_cast<std::size_t>(count)], 100);
  EXPECT_FALSE(arena.trim(100));
  EXPECT_EQ(arena.reserved(), full);
}

TEST(Arena, HoldsAReferenceToEachBlob) {
  SharedBytes bytes = SharedBytes::copy_of(Bytes(50000, 'x'));
  {
    Arena arena;
    Arena::Blob* first = arena.hold(bytes);
    arena.hold(bytes);
    EXPECT_FALSE(bytes.only_owner());
    EXPECT_GE(arena.used(), 100000u);
    arena.let_go(first);
    EXPECT_LT(arena.used(), 51000u);
    EXPECT_FALSE(bytes.only_owner());
  }
  EXPECT_TRUE(bytes.only_owner());
}

TEST(Arena, DissolvesInSteps) {
  SharedBytes bytes = SharedBytes::copy_of("shared");
  Arena arena;
  arena.hold(bytes);
  for (int count = 0; count < 100000; ++count) arena.allocate(200);
  arena.allocate(100000);
  int steps = 1;
  while (!arena.dissolve(1)) ++steps;
  EXPECT_GE(steps, 10);
  EXPECT_EQ(arena.used(), 0u);
  EXPECT_EQ(arena.reserved(), 0u);
  EXPECT_TRUE(bytes.only_owner());
}

}  // namespace
}  // namespace replserver
