#include "data/stream.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/random.hpp"

namespace replserver {
namespace {

struct Workshop {
  Arena arena;
  HashSeed seed{1, 2};
  CollectionLimits limits;
  ValueContext context{arena, seed, limits};
};

using Model = std::map<StreamId, std::vector<Bytes>>;

std::vector<Bytes> words_of(const StreamEntry& entry) {
  std::vector<Bytes> words;
  entry.for_each_field([&](const PackedElement& name, const PackedElement& value) {
    words.push_back(name.copy());
    words.push_back(value.copy());
  });
  return words;
}

void expect_same(const StreamView& stream, const Model& model, StreamId from, StreamId to) {
  Model up, down;
  stream.walk(from, to, [&](const StreamEntry& entry) {
    EXPECT_TRUE(up.empty() || up.rbegin()->first < entry.id);
    up[entry.id] = words_of(entry);
    return true;
  });
  stream.walk_down(from, to, [&](const StreamEntry& entry) {
    EXPECT_TRUE(down.empty() || entry.id < down.begin()->first);
    down[entry.id] = words_of(entry);
    return true;
  });
  Model wanted;
  for (const auto& [id, words] : model) {
    if (from <= id && id <= to) wanted[id] = words;
  }
  EXPECT_EQ(up, wanted);
  EXPECT_EQ(down, wanted);
}

TEST(Stream, DoesWhatAPlainMapDoes) {
  const std::uint64_t seed = 20261121;
  SCOPED_TRACE(seed);
  Random random(seed);
  Workshop at;
  at.limits.stream_node_max_entries = 5;
  Stream stream(at.context);
  Model model;
  StreamId last;
  for (int step = 0; step < 4000; ++step) {
    const std::uint64_t what = random.below(100);
    if (what < 60) {
      last = random.below(3) > 0 ? StreamId{last.ms, last.seq + 1 + random.below(2)}
                                 : StreamId{last.ms + random.below(9), last.seq + 1};
      std::vector<Bytes> words{"name", std::to_string(step)};
      if (random.below(4) == 0) words.insert(words.end(), {"7", Bytes(random.below(90), 'x')});
      stream.append(last, std::vector<ByteView>(words.begin(), words.end()));
      model[last] = words;
    } else if (what < 97 && !model.empty()) {
      auto chosen =
          std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
      EXPECT_TRUE(stream.erase(chosen->first));
      EXPECT_FALSE(stream.erase(chosen->first));
      model.erase(chosen);
    } else if (!model.empty()) {
      const bool by_length = random.below(2) == 0;
      const auto stays = std::next(
          model.begin(), static_cast<std::ptrdiff_t>(std::min(model.size(), random.below(9) + 1)));
      StreamTrim trim;
      trim.by = by_length ? StreamTrim::By::length : StreamTrim::By::id;
      trim.length = static_cast<std::uint64_t>(std::distance(stays, model.end()));
      trim.id = stays == model.end() ? StreamId::max() : stays->first;
      trim.is_rough = random.below(3) == 0;
      const std::size_t gone = stream.trim(trim), size = model.size();
      model.erase(model.begin(), trim.is_rough
                                     ? std::next(model.begin(), static_cast<std::ptrdiff_t>(gone))
                                     : stays);
      EXPECT_EQ(gone, size - model.size());
      EXPECT_GE(model.size(), trim.length);
    }
    EXPECT_EQ(stream.view().size(), model.size());
    EXPECT_EQ(stream.view().first(), model.empty() ? StreamId{} : model.begin()->first);
    if (step % 50 == 0) {
      expect_same(stream.view(), model, {}, StreamId::max());
      expect_same(stream.view(), model, {last.ms / 2, 0}, {last.ms, last.seq / 2});
    }
  }
  std::size_t pieces = 0, budget = 0;
  void* value = stream.release();
  do {
    budget = 10;
    ASSERT_LT(++pieces, 10000u);
  } while (!Stream::destroy(at.arena, Encoding::stream, value, budget));
  EXPECT_EQ(at.arena.used(), 0u);
}

TEST(StreamGroup, DoesWhatAPlainMapFromIdsToOwnersDoes) {
  const std::uint64_t seed = 20261123;
  SCOPED_TRACE(seed);
  Random random(seed);
  Workshop at;
  Stream stream(at.context);
  StreamGroup* group = stream.add_group("g", {}, 0);
  const std::vector<Bytes> names{"ann", "bob", "carl"};
  std::map<StreamId, Bytes> model;
  for (int step = 0; step < 6000; ++step) {
    const StreamId id{random.below(40), random.below(10)};
    const Bytes& name = names[random.below(names.size())];
    const std::uint64_t what = random.below(100);
    StreamConsumer* consumer = group->consumer(name);
    if (what < 60) {
      if (consumer == nullptr) consumer = group->add_consumer(at.arena, name, step);
      EXPECT_EQ(group->deliver(at.arena, id, consumer).id, id);
      model[id] = name;
    } else if (what < 99) {
      EXPECT_EQ(group->acknowledge(at.arena, id), model.erase(id) == 1);
    } else if (consumer != nullptr) {
      const std::size_t had = std::erase_if(model, [&](auto& one) { return one.second == name; });
      EXPECT_EQ(group->remove_consumer(at.arena, consumer), had);
    }
    ASSERT_EQ(group->pending().size(), model.size());
    if (step % 100 > 0) continue;
    auto wanted = model.begin();
    const auto& pending = group->pending();
    for (auto place = pending.begin(); place != pending.end(); place = pending.next(place)) {
      EXPECT_EQ(pending.at(place).id, wanted->first);
      EXPECT_EQ(pending.at(place).owner->name(), wanted->second);
      EXPECT_NE(pending.at(place).owner->pending().find(wanted->first), nullptr);
      ++wanted;
    }
    std::size_t owned = 0;
    for (const StreamConsumer* one : group->consumers()) owned += one->pending().size();
    EXPECT_EQ(owned, model.size());
  }
  std::size_t budget = SIZE_MAX;
  EXPECT_TRUE(Stream::destroy(at.arena, Encoding::stream, stream.release(), budget));
  EXPECT_EQ(at.arena.used(), 0u);
}

TEST(Stream, KeepsWhatIsPendingForExactlyOneConsumer) {
  Workshop at;
  Stream stream(at.context);
  StreamGroup* group = stream.add_group("g", {}, 0);
  StreamConsumer* ann = group->add_consumer(at.arena, "ann", 5);
  StreamConsumer* bob = group->add_consumer(at.arena, "bob", 6);
  for (std::uint64_t id = 1; id <= 300; ++id) {
    group->deliver(at.arena, {id, 0}, id % 3 ? ann : bob);
  }
  group->deliver(at.arena, {1, 0}, bob);
  EXPECT_EQ(ann->pending().size(), 199u);
  EXPECT_EQ(bob->pending().size(), 101u);
  EXPECT_TRUE(group->acknowledge(at.arena, {1, 0}));
  EXPECT_FALSE(group->acknowledge(at.arena, {1, 0}));
  EXPECT_EQ(group->remove_consumer(at.arena, ann), 199u);
  EXPECT_EQ(group->pending().size(), 100u);
  std::size_t budget = SIZE_MAX;
  EXPECT_TRUE(Stream::destroy(at.arena, Encoding::stream, stream.release(), budget));
  EXPECT_EQ(at.arena.used(), 0u);
}

}  // namespace
}  // namespace replserver
