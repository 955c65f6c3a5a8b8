// Random walks over replicating nodes. By hand: REPLSERVER_WALK_SEEDS=first:count walks others, and
// REPLSERVER_WALK_SEEDS=seed tells the whole story of one.
#include <cstdlib>
#include <iostream>

#include "sim/replication_walk.hpp"

namespace replserver::sim {
namespace {

constexpr std::uint64_t kSeeds = 2000;
constexpr std::uint64_t kPart = 100;

constexpr std::size_t kShown = 40;  // lines of the story of one that went wrong

void walk(std::uint64_t seed, std::size_t shown = kShown) {
  ReplicationWalk walk(seed);
  const auto wrong = walk.run();
  if (!wrong && shown == kShown) return;
  Bytes end;
  const auto& story = walk.story();
  for (std::size_t i = story.size() - std::min(story.size(), shown); i < story.size(); ++i) {
    end += story[i] + "\n";
  }
  if (!wrong) {
    std::cout << end;
  } else {
    ADD_FAILURE() << "seed " << seed << ": " << wrong->check << ": " << wrong->text << "\n" << end;
  }
}

class RandomWalk : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomWalk, EndsWithTheSameDataEverywhere) {
  for (std::uint64_t seed = GetParam(); seed < GetParam() + kPart && !HasFailure(); ++seed) {
    walk(seed);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWalk, ::testing::Range(std::uint64_t{1}, kSeeds + 1, kPart));

TEST(RandomWalks, ChosenByHandEndWell) {
  const char* const chosen = std::getenv("REPLSERVER_WALK_SEEDS");
  if (chosen == nullptr) GTEST_SKIP() << "REPLSERVER_WALK_SEEDS names none";
  char* end = nullptr;
  const std::uint64_t first = std::strtoull(chosen, &end, 10);
  if (*end == '\0') return walk(first, SIZE_MAX);
  const std::uint64_t count = std::strtoull(end + 1, nullptr, 10);
  for (std::uint64_t seed = first; seed < first + count; ++seed) walk(seed);
}

}  // namespace
}  // namespace replserver::sim
