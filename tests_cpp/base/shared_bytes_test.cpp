#include "base/shared_bytes.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

TEST(SharedBytes, IsEmptyWithoutABlock) {
  const SharedBytes none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.view(), "");
  EXPECT_FALSE(none.only_owner());
}

TEST(SharedBytes, HoldsACopyOfWhatItWasGiven) {
  Bytes text = "value";
  const SharedBytes shared = SharedBytes::copy_of(text);
  text[0] = 'V';
  EXPECT_EQ(shared.view(), "value");
  EXPECT_EQ(shared.capacity(), 5u);
}

TEST(SharedBytes, CanHoldNothingAtAll) {
  const SharedBytes shared = SharedBytes::copy_of({});
  EXPECT_TRUE(shared);
  EXPECT_EQ(shared.size(), 0u);
}

TEST(SharedBytes, KeepsRoomForMoreWhenAsked) {
  EXPECT_EQ(SharedBytes::copy_of("ab", 100).capacity(), 100u);
  EXPECT_EQ(SharedBytes::copy_of("ab", 1).capacity(), 2u);
}

TEST(SharedBytes, KnowsWhetherItIsTheOnlyOwner) {
  SharedBytes first = SharedBytes::copy_of("value");
  EXPECT_TRUE(first.only_owner());
  {
    const SharedBytes second = first;
    EXPECT_FALSE(first.only_owner());
    EXPECT_EQ(second.view().data(), first.view().data());
  }
  EXPECT_TRUE(first.only_owner());
  const SharedBytes third = std::move(first);
  EXPECT_TRUE(third.only_owner());
  EXPECT_FALSE(first);
}

TEST(SharedBytes, SurvivesAnAssignmentToItself) {
  SharedBytes shared = SharedBytes::copy_of("value");
  shared = *&shared;
  EXPECT_EQ(shared.view(), "value");
  EXPECT_TRUE(shared.only_owner());
}

TEST(SharedBytes, GivesItsReferenceToARawPointerAndTakesItBack) {
  SharedBytes shared = SharedBytes::copy_of("value");
  SharedBytes::Block* const raw = shared.release();
  EXPECT_FALSE(shared);
  EXPECT_EQ(raw->references, 1u);
  const SharedBytes again = SharedBytes::adopt(raw);
  EXPECT_EQ(again.view(), "value");
}

}  // namespace
}  // namespace replserver
