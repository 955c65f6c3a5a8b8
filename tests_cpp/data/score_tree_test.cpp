#include "data/score_tree.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace replserver {
namespace {

using Model = std::set<std::pair<double, Bytes>>;

class ScoreTrees : public testing::Test {
 protected:
  ScoredMember* add(double score, const Bytes& bytes) {
    ScoredMember* member = ScoredMember::make(arena, bytes, score);
    tree.insert(*member);
    model.emplace(score, bytes);
    return member;
  }
  std::vector<Bytes> upwards(std::size_t first, std::size_t count) {
    std::vector<Bytes> found;
    tree.up(tree.at(first), count,
            [&](const ScoredMember& member) { found.emplace_back(member.member()); });
    return found;
  }
  std::vector<Bytes> downwards(std::size_t end, std::size_t count) {
    std::vector<Bytes> found;
    tree.down(tree.at(end), count,
              [&](const ScoredMember& member) { found.emplace_back(member.member()); });
    return found;
  }
  void expect_the_model() {
    tree.invariants();
    std::vector<Bytes> expected;
    for (const auto& [score, bytes] : model) expected.push_back(bytes);
    EXPECT_EQ(upwards(0, SIZE_MAX), expected);
    EXPECT_EQ(downwards(tree.size(), SIZE_MAX),
              std::vector<Bytes>(expected.rbegin(), expected.rend()));
  }

  Arena arena;
  ScoreTree tree{arena, {5, 4}};
  Model model;
};

TEST_F(ScoreTrees, HoldWhatAModelHolds) {
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::vector<ScoredMember*> members;
    for (int step = 0; step < 3000; ++step) {
      // It grows first, and shrinks to nothing at the end.
      const bool grows = random.below(10) < (step < 1500 ? 7u : 3u);
      const auto score = static_cast<double>(random.below(20));
      if (grows || members.empty()) {
        members.push_back(add(score, std::to_string(seed) + "-" + std::to_string(step)));
        continue;
      }
      std::swap(members[random.below(members.size())], members.back());
      ScoredMember* member = members.back();
      model.erase({member->score(), Bytes(member->member())});
      if (random.below(2) == 0) {
        tree.move(*member, score);
        model.emplace(score, member->member());
      } else {
        tree.erase(*member);
        members.pop_back();
        member->drop(arena);
      }
      if (step % 50 == 0) expect_the_model();
    }
    expect_the_model();
    while (!members.empty()) {
      model.erase({members.back()->score(), Bytes(members.back()->member())});
      tree.erase(*members.back());
      members.pop_back();
      if (members.size() % 20 == 0) expect_the_model();
    }
    EXPECT_EQ(tree.memory(), 0u);
  }
}

TEST_F(ScoreTrees, KnowRanksAndBorders) {
  Random random(7);
  std::vector<ScoredMember*> members;
  for (int each = 0; each < 300; ++each) {
    members.push_back(add(static_cast<double>(random.below(40)), std::to_string(each)));
  }
  for (const ScoredMember* member : members) {
    const auto at = model.find({member->score(), Bytes(member->member())});
    EXPECT_EQ(tree.rank(*member), static_cast<std::size_t>(std::distance(model.begin(), at)));
  }
  for (double score = -1; score < 41; score += 0.5) {
    std::size_t below = 0, at_most = 0;
    for (const auto& [other, bytes] : model) {
      below += other < score;
      at_most += other <= score;
    }
    EXPECT_EQ(tree.seek(ScoreBorder{score}).rank(), below);
    EXPECT_EQ(tree.seek(ScoreBorder{score, true}).rank(), at_most);
  }
  EXPECT_EQ(upwards(100, 10), [&] {
    auto down = downwards(110, 10);
    return std::vector<Bytes>(down.rbegin(), down.rend());
  }());
}

TEST_F(ScoreTrees, GiveUpRangesOfRanks) {
  Random random(8);
  for (int each = 0; each < 400; ++each) add(static_cast<double>(each), std::to_string(each));
  while (tree.size() > 0) {
    const std::size_t first = random.below(tree.size());
    const std::size_t count = random.below(std::min<std::size_t>(tree.size() - first, 60) + 1);
    auto begin = std::next(model.begin(), static_cast<std::ptrdiff_t>(first));
    model.erase(begin, std::next(begin, static_cast<std::ptrdiff_t>(count)));
    std::size_t taken = 0;
    tree.erase_ranks(first, count, [&](ScoredMember& member) {
      ++taken;
      member.drop(arena);
    });
    EXPECT_EQ(taken, count);
    expect_the_model();
  }
}

TEST(ScoreTree, FillsItsNodesWithWhatArrivesInOrder) {
  Arena arena;
  ScoreTree tree(arena);
  for (int each = 0; each < 100'000; ++each) {
    tree.insert(*ScoredMember::make(arena, "m", static_cast<double>(each)));
  }
  EXPECT_LT(tree.memory(), 100'000 * 18u);
}

TEST(ScoreTree, IsFreedInBoundedPieces) {
  Arena arena;
  ScoreTree tree(arena);
  for (int each = 0; each < 20'000; ++each) {
    tree.insert(*ScoredMember::make(arena, "m", static_cast<double>(each)));
  }
  int pieces = 0;
  for (std::size_t budget = 100; !tree.dissolve(budget); budget = 100) ++pieces;
  EXPECT_GT(pieces, 10);
  EXPECT_EQ(tree.memory(), 0u);
}

}  // namespace
}  // namespace replserver
