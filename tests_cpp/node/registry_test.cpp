#include "node/registry.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

void nothing(Context&, Args) {}

constexpr Command kRows[] = {
    {"get", 2, kReadonly, {1, 1, 1}, kNoCategory, nothing},
    {"client", -2, 0, {}, kNoCategory, nullptr},
    {"client|list", -2, 0, {}, kNoCategory, nothing},
};

Bytes name_of(const RegisteredCommand* command) {
  return command == nullptr ? "(none)" : command->name;
}

Bytes resolved(const Registry& registry, std::vector<ByteView> words) {
  return name_of(registry.resolve(words));
}

TEST(Registry, FindsCommandsInAnyCase) {
  const Registry registry({kRows});
  EXPECT_EQ(resolved(registry, {"GeT", "k"}), "get");
  EXPECT_EQ(resolved(registry, {"got"}), "(none)");
  EXPECT_EQ(registry.top_level_count(), 2u);
}

TEST(Registry, ResolvesSubcommandsAndElseTheirContainer) {
  const Registry registry({kRows});
  EXPECT_EQ(resolved(registry, {"client", "LIST"}), "client|list");
  EXPECT_EQ(resolved(registry, {"client", "nonsense"}), "client");
  EXPECT_EQ(resolved(registry, {"client"}), "client");
}

TEST(Registry, KnowsARenamedCommandByItsNewNameOnly) {
  Registry registry({kRows});
  EXPECT_TRUE(registry.rename("CLIENT", "Secret"));
  EXPECT_EQ(resolved(registry, {"secret", "list"}), "secret|list");
  EXPECT_EQ(resolved(registry, {"client", "list"}), "(none)");
}

TEST(Registry, LosesACommandThatIsRenamedToNothing) {
  Registry registry({kRows});
  EXPECT_TRUE(registry.rename("get", ""));
  EXPECT_EQ(resolved(registry, {"get", "k"}), "(none)");
  EXPECT_FALSE(registry.rename("get", "again"));
}

TEST(Registry, GivesNoCommandTheNameOfAnother) {
  Registry registry({kRows});
  EXPECT_FALSE(registry.rename("get", "client"));
  EXPECT_EQ(resolved(registry, {"get", "k"}), "get");
}

}  // namespace
}  // namespace replserver
