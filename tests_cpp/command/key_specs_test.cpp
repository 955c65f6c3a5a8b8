#include "command/key_specs.hpp"

#include <gtest/gtest.h>

#include "resp/parser.hpp"

namespace replserver {
namespace {

using At = KeySpec::At;
using After = KeySpec::After;
using Range = KeySpec::Range;
using Counted = KeySpec::Counted;

struct Call {
  explicit Call(ByteView line) : words(resp::split_words(line).value()) {
    views.assign(words.begin(), words.end());
  }
  Words words;
  std::vector<ByteView> views;
};

// The positions of the keys; "?" when they cannot be told.
Bytes found(const KeySpec& spec, ByteView line) {
  const Call call(line);
  std::vector<UsedKey> keys;
  if (!find_keys(spec, call.views, keys)) return "?";
  Bytes text;
  for (const UsedKey& key : keys) text += std::to_string(key.position) + " ";
  return text;
}

TEST(KeySpec, FindsARange) {
  const KeySpec all{kKeyReadOnly, At{1}, Range{.last = -1}};
  EXPECT_EQ(found(all, "MGET a b c"), "1 2 3 ");
  EXPECT_EQ(found(all, "MGET"), "?");
  EXPECT_EQ(found({kKeyReadOnly, At{1}, Range{.last = 1}}, "LCS a b LEN"), "1 2 ");
  EXPECT_EQ(found({kKeyReadOnly, At{1}, Range{.last = 1}}, "LCS a"), "?");
  EXPECT_EQ(found({kKeyReadOnly, At{1}, Range{.last = -1, .step = 2}}, "MSET a 1 b 2"), "1 3 ");
}

TEST(KeySpec, FindsAsManyAsTheCallSays) {
  const KeySpec counted{kKeyReadOnly, At{2}, Counted{}};
  EXPECT_EQ(found(counted, "EVAL s 2 a b x"), "3 4 ");
  EXPECT_EQ(found(counted, "EVAL s 2 a"), "?");
  EXPECT_EQ(found(counted, "EVAL s 0 a"), "?");
  EXPECT_EQ(found(counted, "EVAL s x a"), "?");
  EXPECT_EQ(found(counted, "EVAL s 99999999999 a"), "?");
  EXPECT_EQ(found(counted, "EVAL s"), "?");
}

TEST(KeySpec, FindsWhatFollowsAKeyword) {
  const KeySpec streams{kKeyReadOnly, After{"STREAMS", 1}, Range{.last = -1, .limit = 2}};
  EXPECT_EQ(found(streams, "XREAD COUNT 1 streams a b 0 0"), "4 5 ");
  const KeySpec keys{kKeyReadOnly, After{"KEYS", -2}, Range{.last = -1}};
  EXPECT_EQ(found(keys, "MIGRATE h 1 keys 0 9 KEYS a b"), "7 8 ");
  EXPECT_EQ(found(keys, "MIGRATE h 1 a 0 9"), "") << "the keyword may be left out";
}

TEST(KeySpec, CanBeUnknown) { EXPECT_EQ(found({kKeyReadOnly, {}, {}}, "SORT a"), "?"); }

void no_handler(Context&, Args) {}
bool second_word(Args call, std::vector<int>& positions) {
  if (call.size() < 3) return false;
  positions.push_back(2);
  return true;
}

TEST(UsedKeys, FallBackOnTheFinderOfTheRow) {
  const Command command{"unheard-of", -2, 0, {}, kNoCategory, no_handler, second_word};
  EXPECT_TRUE(has_keys(command));
  std::vector<UsedKey> keys;
  EXPECT_TRUE(used_keys(command, Call("X a b").views, keys));
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].position, 2);
  EXPECT_FALSE(used_keys(command, Call("X a").views, keys));
}

TEST(UsedKeys, OfSetDependOnItsOptions) {
  const Command& set = *std::find_if(string_commands().begin(), string_commands().end(),
                                     [](const Command& row) { return row.name == "set"; });
  const auto use = [&](ByteView line) {
    std::vector<UsedKey> keys;
    EXPECT_TRUE(used_keys(set, Call(line).views, keys));
    return keys.at(0).use;
  };
  EXPECT_EQ(use("SET k v"), kKeyOverwrite | kKeyUpdate);
  EXPECT_EQ(use("SET k get"), kKeyOverwrite | kKeyUpdate);
  EXPECT_EQ(use("SET k v NX Get"), kKeyReadWrite | kKeyAccess | kKeyUpdate);
}

TEST(KeySpecs, KnowTheUseOfTheKeysOfEveryRow) {
  for (const auto family : {string_commands(), key_commands(), expiry_commands(), scan_commands(),
                            database_commands()}) {
    for (const Command& row : family) {
      const std::vector<KeySpec> specs = key_specs(row);
      EXPECT_EQ(specs.empty(), row.keys.first == 0 && row.find_keys == nullptr) << row.name;
      constexpr std::uint32_t kChanges = kKeyReadWrite | kKeyOverwrite | kKeyRemove;
      for (const KeySpec& spec : specs) {
        EXPECT_FALSE((row.flags & kReadonly) && (spec.use & kChanges)) << row.name;
      }
    }
  }
}

}  // namespace
}  // namespace replserver
