#include "data/list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "data/keyspace.hpp"

namespace replserver {
namespace {

class Lists : public testing::Test {
 protected:
  Lists() { keyspace.check_door(); }

  Database& database() { return keyspace.database(0); }
  Key key() { return database().make_key("k"); }
  Change<List> change() { return database().change<List>(key()); }
  ListView view() { return ListView(*database().find(key())); }
  std::deque<Bytes> elements(ListEnd towards = ListEnd::back) {
    std::deque<Bytes> found;
    if (database().find(key()) == nullptr) return found;
    const std::size_t first = towards == ListEnd::back ? 0 : view().size() - 1;
    view().walk(first, towards, [&](const PackedElement& element) {
      found.push_back(element.copy());
      return true;
    });
    return found;
  }
  void set_limit(std::int64_t size) {
    CollectionLimits limits;
    limits.list_max_listpack_size = size;
    keyspace.set_limits(limits);
  }
  void push_back(ByteView value) {
    const ByteView values[] = {value};
    Change<List> list = change();
    list->expect(values);
    list->push(ListEnd::back, value);
  }
  void fill(int count, std::size_t width) {
    for (int i = 0; i < count; ++i) push_back(std::to_string(i) + Bytes(width, 'x'));
  }

  Random random{1};
  Keyspace keyspace{2, random};
};

TEST_F(Lists, AreListpacksWithinTheirLimitAndChainsBeyond) {
  set_limit(3);
  fill(3, 1);
  EXPECT_EQ(view().encoding(), Encoding::listpack);
  push_back("4");
  EXPECT_EQ(view().encoding(), Encoding::chain);
  EXPECT_EQ(view().chain().nodes(), 2u);
  EXPECT_EQ(view().size(), 4u);
}

TEST_F(Lists, KeepTheirNodesBelowTheLimitInBytes) {
  set_limit(-1);
  fill(5000, 20);
  const ListChain& chain = view().chain();
  EXPECT_GT(chain.nodes(), 20u);
  for (std::size_t node = 0; node < chain.nodes(); ++node) {
    // What came from a listpack may be longer by the head of its last element, as in Redis.
    EXPECT_LE(chain.node(node).size(), node == 0 ? 4096u + 2 : 4096u);
  }
  EXPECT_EQ(view().at(4321).copy(), "4321" + Bytes(20, 'x'));
}

TEST_F(Lists, GiveALongElementANodeOfItsOwn) {
  set_limit(-2);
  fill(10, 10);
  push_back(Bytes(100'000, 'y'));
  push_back("behind");
  ASSERT_EQ(view().encoding(), Encoding::chain);
  EXPECT_EQ(view().chain().nodes(), 3u);
  EXPECT_EQ(view().at(10).copy().size(), 100'000u);
}

TEST_F(Lists, BecomeAListpackAgainAtHalfTheLimit) {
  set_limit(8);
  fill(9, 1);
  const auto pop = [&] {
    Change<List> list = change();
    list->pop(ListEnd::back);
    list->shrink();
  };
  for (int left = 9; left > 4; --left) {
    EXPECT_EQ(view().encoding(), Encoding::chain) << left;
    pop();
  }
  EXPECT_EQ(view().encoding(), Encoding::listpack);
  EXPECT_EQ(view().size(), 4u);
}

TEST_F(Lists, DoNotLeaveANodePerElementBehind) {
  set_limit(-1);
  fill(20'000, 10);
  {
    Change<List> list = change();
    for (std::size_t index = 20'000; index-- > 0;) {
      if (index % 100 != 0) list->erase(index, 1);
    }
  }
  EXPECT_EQ(view().size(), 200u);
  EXPECT_LT(view().chain().nodes(), 5u);
}

TEST_F(Lists, LargeOnesAreFreedInSteps) {
  fill(200'000, 10);
  const std::size_t full = keyspace.used_memory();
  database().erase(key());
  EXPECT_GT(keyspace.used_memory(), full / 2);
  int steps = 0;
  while (keyspace.maintain(64)) ++steps;
  EXPECT_GT(steps, 10);
  EXPECT_LT(keyspace.used_memory(), full / 20);
}

TEST_F(Lists, AreCopiedAndGoTheirOwnWays) {
  set_limit(2);
  for (const int count : {1, 2, 3, 50}) {
    database().erase(key());
    fill(count, 1);
    const auto before = elements();
    database().copy(key(), keyspace.database(1), key());
    push_back("more");
    std::deque<Bytes> copied;
    ListView(*keyspace.database(1).find(key())).for_each([&](const PackedElement& element) {
      copied.push_back(element.copy());
    });
    EXPECT_EQ(copied, before);
  }
}

// One random step on the list and on its model.
void step(Random& chance, List& list, std::deque<Bytes>& model) {
  Bytes value = std::to_string(chance.below(20));
  if (chance.below(4) == 0) value.append(chance.below(300), 'x');
  const ByteView values[] = {value};
  const auto place = [&](std::size_t more) {
    return static_cast<std::ptrdiff_t>(chance.below(model.size() + more));
  };
  const ListEnd end = chance.below(2) ? ListEnd::front : ListEnd::back;
  const std::uint64_t kind = model.empty() ? 0 : chance.below(10);
  if (kind < 4) {
    list.expect(values);
    list.push(end, value);
    end == ListEnd::front ? model.push_front(value) : model.push_back(value);
  } else if (kind == 4) {
    ASSERT_EQ(list.pop(end), end == ListEnd::front ? model.front() : model.back());
    end == ListEnd::front ? model.pop_front() : model.pop_back();
  } else if (kind == 5 || kind == 6) {
    const auto at = place(1);
    list.expect(values);
    list.insert(static_cast<std::size_t>(at), value);
    model.insert(model.begin() + at, value);
  } else if (kind == 7) {
    const auto at = place(0);
    list.expect(values);
    list.replace(static_cast<std::size_t>(at), value);
    model[static_cast<std::size_t>(at)] = value;
  } else if (kind == 8) {
    const auto at = place(0);
    const auto count =
        chance.below(std::min<std::size_t>(model.size() - static_cast<std::size_t>(at), 9) + 1);
    list.erase(static_cast<std::size_t>(at), count);
    model.erase(model.begin() + at, model.begin() + at + static_cast<std::ptrdiff_t>(count));
  } else {
    const std::size_t limit = 1 + chance.below(4);
    std::size_t removed = 0;
    const auto found = [&](const Bytes& other) {
      return removed < limit && other == value && ++removed;
    };
    if (end == ListEnd::front) {
      model.erase(std::remove_if(model.begin(), model.end(), found), model.end());
    } else {
      std::reverse(model.begin(), model.end());
      model.erase(std::remove_if(model.begin(), model.end(), found), model.end());
      std::reverse(model.begin(), model.end());
    }
    ASSERT_EQ(list.remove(value, limit, end), removed);
  }
  list.shrink();
}

TEST_F(Lists, BehaveAsAPlainSequenceDoes) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random chance(seed);
    database().erase(key());
    set_limit(chance.below(2) ? static_cast<std::int64_t>(chance.below(9)) : -1);
    std::deque<Bytes> model;
    for (int count = 0; count < 300; ++count) {
      {
        Change<List> list = change();
        step(chance, *list, model);
        ASSERT_EQ(list.finish(), !model.empty());
      }
      ASSERT_EQ(elements(), model);
      if (model.empty()) continue;
      auto backwards = elements(ListEnd::front);
      std::reverse(backwards.begin(), backwards.end());
      ASSERT_EQ(backwards, model);
      const std::size_t index = chance.below(model.size());
      ASSERT_EQ(view().at(index).copy(), model[index]);
    }
  }
}

}  // namespace
}  // namespace replserver
