#include "command/categories.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

// Of both kinds: what a command is given, and what follows.
template <class... Bits>
std::uint32_t all_of(Bits... bits) {
  return (0u | ... | static_cast<std::uint32_t>(bits));
}

std::uint32_t categories(std::uint32_t flags, std::uint32_t own = kNoCategory) {
  return acl_categories({"x", 1, flags, {}, own, nullptr, nullptr});
}

TEST(Categories, FollowFromFlags) {
  EXPECT_EQ(categories(0), kSlowCategory);
  EXPECT_EQ(categories(kFast), kFastCategory);
  EXPECT_EQ(categories(kReadonly), all_of(kReadCategory, kSlowCategory));
  EXPECT_EQ(categories(kWrite | kBlocking),
            all_of(kWriteCategory, kBlockingCategory, kSlowCategory));
  EXPECT_EQ(categories(kPubsub | kFast), all_of(kPubsubCategory, kFastCategory));
}

TEST(Categories, TakeAnAdministratorsCommandForDangerous) {
  EXPECT_EQ(categories(kAdmin), all_of(kAdminCategory, kDangerousCategory, kSlowCategory));
}

TEST(Categories, KeepThoseOfTheRow) {
  EXPECT_EQ(categories(kReadonly, kStringCategory),
            all_of(kReadCategory, kStringCategory, kSlowCategory));
}

TEST(Categories, DoNotCallAReadingScriptAReader) {
  EXPECT_EQ(categories(kReadonly, kScriptingCategory), all_of(kScriptingCategory, kSlowCategory));
}

TEST(Categories, AreFoundByNameInAnyCase) {
  EXPECT_EQ(category_named("SortedSet"), kSortedSetCategory);
  EXPECT_EQ(category_named("fast"), kFastCategory);
  EXPECT_EQ(category_named("@fast"), 0u);
  std::uint32_t all = 0;
  for (const NamedCategory& category : all_categories()) {
    EXPECT_EQ(all & category.bit, 0u) << category.name;
    all |= category.bit;
  }
}

}  // namespace
}  // namespace replserver
