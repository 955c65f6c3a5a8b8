#include <algorithm>
#include <set>

#include "command/harness.hpp"

namespace replserver {
namespace {

// Every key a whole SCAN names, with repetitions; `between` runs after each step.
template <class Between>
std::multiset<Bytes> scan_all(Harness& at, const Bytes& options, Between between) {
  std::multiset<Bytes> keys;
  Bytes cursor = "0";
  do {
    const Bytes reply = at.run("SCAN " + cursor + " " + options);
    std::vector<Bytes> words;  // every second part between quotes
    for (std::size_t begin = reply.find('"'); begin != Bytes::npos;) {
      const std::size_t end = reply.find('"', begin + 1);
      words.push_back(reply.substr(begin + 1, end - begin - 1));
      begin = reply.find('"', end + 1);
    }
    cursor = words.at(0);
    keys.insert(words.begin() + 1, words.end());
    between();
  } while (cursor != "0");
  return keys;
}

TEST(Scan, NamesEveryKeyOnceWhileNothingChanges) {
  Harness at;
  for (int i = 0; i < 3000; ++i) at.run("SET key:" + std::to_string(i) + " v");
  const auto keys = scan_all(at, "COUNT 7", [] {});
  EXPECT_EQ(keys.size(), 3000u);
  EXPECT_EQ(std::set<Bytes>(keys.begin(), keys.end()).size(), 3000u);
}

TEST(Scan, MissesNoKeyThatWasThereAllTheTime) {
  Harness at;
  for (int i = 0; i < 500; ++i) at.run("SET stays:" + std::to_string(i) + " v");
  int next = 0;
  const auto keys = scan_all(at, "COUNT 10", [&] {
    for (int i = 0; i < 100 && next < 5000; ++i) at.run("SET new:" + std::to_string(next++) + " v");
  });
  const std::set<Bytes> distinct(keys.begin(), keys.end());
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(distinct.count("stays:" + std::to_string(i))) << i;
}

TEST(Scan, SelectsByPatternAndType) {
  Harness at;
  at.run("MSET a 1 b 2 aa 3 '' 4");
  EXPECT_EQ(scan_all(at, "MATCH a*", [] {}), (std::multiset<Bytes>{"a", "aa"}));
  EXPECT_EQ(scan_all(at, "MATCH *", [] {}).size(), 4u);
  EXPECT_EQ(scan_all(at, "TYPE STRING COUNT 1", [] {}).size(), 4u);
  EXPECT_EQ(scan_all(at, "type hash", [] {}).size(), 0u);
  EXPECT_EQ(scan_all(at, "type nonsense", [] {}).size(), 0u);
}

TEST(Scan, RefusesWhatItDoesNotUnderstand) {
  Harness at;
  EXPECT_EQ(at.run("SCAN abc"), "-ERR invalid cursor");
  EXPECT_EQ(at.run("SCAN 1x"), "-ERR invalid cursor");
  EXPECT_EQ(at.run("SCAN -"), "-ERR invalid cursor");
  EXPECT_EQ(at.run("SCAN 18446744073709551616"), "-ERR invalid cursor");
  EXPECT_EQ(at.run("SCAN 0 COUNT 0"), "-ERR syntax error");
  EXPECT_EQ(at.run("SCAN 0 COUNT -1"), "-ERR syntax error");
  EXPECT_EQ(at.run("SCAN 0 COUNT abc"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(at.run("SCAN 0 MATCH"), "-ERR syntax error");
  EXPECT_EQ(at.run("SCAN 0 FOO"), "-ERR syntax error");
}

TEST(Scan, TakesAnyCursorAsAPlace) {
  Harness at;
  EXPECT_EQ(at.run("SCAN 0"), "[\"0\" []]");
  at.run("SET a 1");
  for (const ByteView cursor : {"-1", "+5", "18446744073709551615", "123456789", "007"}) {
    EXPECT_EQ(at.run("SCAN " + Bytes(cursor) + " COUNT 9223372036854775807").substr(0, 6),
              "[\"0\" [")
        << cursor;
  }
}

TEST(Keys, MatchesPatterns) {
  Harness at;
  EXPECT_EQ(at.run("KEYS *"), "[]");
  at.run("MSET one 1 two 2");
  EXPECT_EQ(at.run("KEYS o?e"), "[\"one\"]");
  EXPECT_EQ(at.run("KEYS [^o]*"), "[\"two\"]");
  EXPECT_EQ(at.run("KEYS x*"), "[]");
  at.run("SET '' empty");
  EXPECT_EQ(std::ranges::count(at.run("KEYS *"), '"'), 6);
}

TEST(RandomKey, NamesEveryKeySoonerOrLater) {
  Harness at;
  EXPECT_EQ(at.run("RANDOMKEY"), "nil");
  for (int i = 0; i < 20; ++i) at.run("SET " + std::to_string(i) + " v");
  std::set<Bytes> named;
  for (int i = 0; i < 1000; ++i) named.insert(at.run("RANDOMKEY"));
  EXPECT_EQ(named.size(), 20u);
}

TEST(RandomKey, DeletesTheExpiredOnesItMeets) {
  Harness at;
  for (int i = 0; i < 20; ++i) at.run("SET " + std::to_string(i) + " v PX 5");
  at.run("SET lives v");
  at.advance(6);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(at.run("RANDOMKEY"), "\"lives\"");
  EXPECT_GT(at.context.stats.expired, 0u);
}

}  // namespace
}  // namespace replserver
