#include "data/stream_node.hpp"

#include <gtest/gtest.h>

#include <tuple>

#include "base/random.hpp"
#include "data/stream_listpack.hpp"

namespace replserver {
namespace {

using Told = std::tuple<StreamId, bool, std::vector<Bytes>>;  // id, whether deleted, words

std::vector<Told> told_by(const StreamNodeView& node) {
  std::vector<Told> all;
  node.walk([&](const StreamEntry& entry) {
    std::vector<Bytes> words;
    entry.for_each_field([&](const PackedElement& name, const PackedElement& value) {
      words.push_back(name.copy());
      words.push_back(value.copy());
    });
    all.emplace_back(entry.id, entry.is_deleted, std::move(words));
    return true;
  });
  return all;
}

std::vector<PackedElement> elements(const std::vector<Bytes>& words) {
  return elements_of(std::vector<ByteView>(words.begin(), words.end()));
}

Bytes random_word(Random& random) {
  static const std::vector<Bytes> edges{"",
                                        "0",
                                        "-1",
                                        "63",
                                        "64",
                                        "01",
                                        "2305843009213693951",
                                        "2305843009213693952",
                                        "-2305843009213693952",
                                        "-2305843009213693953",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "9223372036854775808",
                                        Bytes(63, 'a'),
                                        Bytes(64, 'b'),
                                        Bytes(5000, 'c')};
  return random.below(3) == 0 ? edges[random.below(edges.size())]
                              : std::to_string(random.below(100'000));
}

StreamId random_next(Random& random, StreamId id) {
  switch (random.below(5)) {
    case 0:
      return {id.ms, id.seq + 1 + random.below(300)};
    case 1:
      return {id.ms + 1 + random.below(100), random.below(3)};
    case 2:
      return {id.ms + 1 + random.below(std::uint64_t{1} << 40), random.next()};
    default:
      return {id.ms, id.seq + 1};
  }
}

void expect_same_behind_a_listpack(Arena& arena, const StreamNodeView& node) {
  const Bytes packed = stream_listpack_of(node);
  EXPECT_EQ(packed.size(), node.packed_size());
  const auto view = ListpackView::check(packed, PackedCheck::whole);
  ASSERT_TRUE(view);
  ASSERT_TRUE(StreamListpackView::check(*view));
  const StreamListpackView listpack(node.first(), packed.data());
  EXPECT_EQ(listpack.live(), node.live());
  EXPECT_EQ(listpack.deleted(), node.deleted());
  const StreamNode again = stream_node_of(arena, listpack);
  EXPECT_EQ(again.view().bytes(), node.bytes());
}

TEST(StreamNode, ReadsBackWhatWasAppendedAlsoBehindAListpack) {
  const std::uint64_t seed = 20261122;
  SCOPED_TRACE(seed);
  Random random(seed);
  Arena arena;
  for (int round = 0; round < 300; ++round) {
    StreamId id{random.below(3), random.below(3)};
    const std::vector<Bytes> common{"name", random_word(random), "7", random_word(random)};
    StreamNode node(arena, id, elements(common));
    std::vector<Told> model;
    for (std::uint64_t count = random.below(200); count > 0; --count) {
      std::vector<Bytes> words = common;
      words[1] = random_word(random);
      words[3] = random_word(random);
      if (random.below(4) == 0) words = {random_word(random), random_word(random)};
      node.append(id, elements(words));
      model.emplace_back(id, false, words);
      id = random_next(random, id);
    }
    for (Told& entry : model) {
      if (random.below(3) > 0) continue;
      node.view().walk([&](const StreamEntry& found) {
        if (found.id != std::get<0>(entry)) return true;
        node.remove(found);
        return false;
      });
      std::get<1>(entry) = true;
    }
    EXPECT_EQ(told_by(node.view()), model);
    EXPECT_EQ(node.view().live() + node.view().deleted(), model.size());
    if (!model.empty()) {
      EXPECT_EQ(node.view().last(), std::get<0>(model.back()));
    }
    expect_same_behind_a_listpack(arena, node.view());
  }
}

TEST(StreamNode, TakesLessThanThreeQuartersOfAListpack) {
  Arena arena;
  const StreamId first{1'700'000'000'000, 0};
  StreamNode node(arena, first, elements({"field", "000000000000abcd"}));
  for (std::uint64_t seq = 0; seq < 100; ++seq) {
    node.append({first.ms + seq / 9, seq % 9}, elements({"field", "000000000000abcd"}));
  }
  EXPECT_LT(node.view().size() * 4, node.view().packed_size() * 3);
}

TEST(StreamListpack, RefusesWhatIsNoNode) {
  Arena arena;
  Listpack packed(arena);
  EXPECT_FALSE(StreamListpackView::check(packed.view()));
  for (const int number : {1, 0, 1}) packed.append(ListpackItem(std::int64_t{number}));
  packed.append({"a", std::int64_t{0}});
  packed.append({std::int64_t{2}, std::int64_t{0}, std::int64_t{0}, "1", std::int64_t{4}});
  EXPECT_TRUE(StreamListpackView::check(packed.view()));
  packed.replace(packed.view().begin(), ListpackItem(std::int64_t{2}));
  EXPECT_FALSE(StreamListpackView::check(packed.view())) << "there is one entry only";
}

}  // namespace
}  // namespace replserver
