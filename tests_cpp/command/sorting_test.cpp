#include <gtest/gtest.h>

#include "command/harness.hpp"
#include "command/key_specs.hpp"

namespace replserver {
namespace {

TEST(Sort, OrdersNumbersOrTexts) {
  Harness at;
  at.run("RPUSH l 10 9 2.5 -1 1e2");
  EXPECT_EQ(at.run("SORT l"), R"(["-1" "2.5" "9" "10" "1e2"])");
  EXPECT_EQ(at.run("SORT l DESC"), R"(["1e2" "10" "9" "2.5" "-1"])");
  EXPECT_EQ(at.run("SORT l ALPHA"), R"(["-1" "10" "1e2" "2.5" "9"])");
  EXPECT_EQ(at.run("SORT l LIMIT 1 2"), R"(["2.5" "9"])");
  EXPECT_EQ(at.run("SORT l LIMIT -5 2"), R"(["-1" "2.5"])");
  EXPECT_EQ(at.run("SORT l LIMIT 5 2"), "[]");
  EXPECT_EQ(at.run("SORT l LIMIT 3 -7"), R"(["10" "1e2"])");
  EXPECT_EQ(at.run("SORT nosuch"), "[]");
}

TEST(Sort, OrdersEqualNumbersByTheirBytes) {
  Harness at;
  at.run("RPUSH l 3 3.0 1 03");
  EXPECT_EQ(at.run("SORT l"), R"(["1" "03" "3" "3.0"])");
  EXPECT_EQ(at.run("SORT l DESC"), R"(["3.0" "3" "03" "1"])");
  at.run("SADD s c a b");
  EXPECT_EQ(at.run("SORT s BY nosuch_*"), R"(["a" "b" "c"])");
}

TEST(Sort, RefusesWhatIsNoNumber) {
  const Bytes refusal = "-ERR One or more scores can't be converted into double";
  for (const ByteView text : {"x", "1 ", " ", "nan", "1e400"}) {
    Harness at;
    at.run_words({"RPUSH", "l", "1", Bytes(text)});
    EXPECT_EQ(at.run("SORT l"), refusal) << text;
  }
  Harness at;
  at.run(R"(RPUSH l 2 " 1" "" inf 0x10 "3\x00x")");
  EXPECT_EQ(at.run("SORT l LIMIT 0 4"), Bytes("[\"\" \" 1\" \"2\" \"3\0x\"]", 19));
}

TEST(Sort, LooksUpWhatToCompareAndWhatToTell) {
  Harness at;
  at.run("RPUSH l a b c d");
  at.run("MSET w_a 3 w_b 1 w_c 2");
  at.run("HSET h_a rank 1 name A");
  at.run("HSET h_b rank 2");
  EXPECT_EQ(at.run("SORT l BY w_*"), R"(["d" "b" "c" "a"])") << "what has no weight weighs 0";
  EXPECT_EQ(at.run("SORT l BY h_*->rank DESC LIMIT 0 2"), R"(["b" "a"])");
  EXPECT_EQ(at.run("SORT l BY w_* ALPHA DESC GET # GET w_* GET h_*->name LIMIT 0 2"),
            R"(["a" "3" "A" "c" "2" nil])");
  EXPECT_EQ(at.run("SORT l ALPHA GET constant LIMIT 0 1"), "[nil]");
  EXPECT_EQ(at.run("SORT l ALPHA GET w_*->field LIMIT 0 1"), "[nil]") << "no hash";
  EXPECT_EQ(at.run("SORT l ALPHA GET h_* LIMIT 0 1"), "[nil]") << "no string";
}

TEST(Sort, KeepsTheOrderOfTheValueWhenAllWouldCompareAlike) {
  Harness at;
  at.run("RPUSH l 3 x 2 1");
  EXPECT_EQ(at.run("SORT l BY nosort"), R"(["3" "x" "2" "1"])");
  EXPECT_EQ(at.run("SORT l BY nosort DESC LIMIT 1 2"), R"(["2" "x"])");
  EXPECT_EQ(at.run("SORT l BY nosort LIMIT 3 9"), R"(["1"])");
  EXPECT_EQ(at.run("SORT l BY nosort LIMIT 4 9"), "[]");
  at.run("ZADD z 3 a 1 b 2 c");
  EXPECT_EQ(at.run("SORT z BY nosort"), R"(["b" "c" "a"])");
  EXPECT_EQ(at.run("SORT z BY nosort LIMIT 1 1"), R"(["c"])");
  EXPECT_EQ(at.run("SORT z BY nosort DESC LIMIT 1 9"), R"(["c" "b"])");
  at.run("SADD s 2 3 1");
  EXPECT_EQ(at.run("SORT s BY nosort LIMIT 1 1"), R"(["2"])");
}

TEST(Sort, StoresAListInPlaceOfAnything) {
  Harness at;
  at.run("SADD s c a b");
  at.run("SET d text EX 10");
  at.listen();
  at.changes();
  EXPECT_EQ(at.run("SORT s BY nosort STORE d"), "3");
  EXPECT_EQ(at.changes(), "SORT s BY nosort STORE d");
  EXPECT_EQ(at.events(), "sortstore d");
  EXPECT_EQ(at.context.dirty, 3 + 1 + 3);
  EXPECT_EQ(at.run("LRANGE d 0 -1"), R"(["a" "b" "c"])") << "a set is sorted for its replicas";
  EXPECT_EQ(at.run("TTL d"), "-1");
  EXPECT_EQ(at.run("SORT s ALPHA GET nothing_* LIMIT 0 1 STORE new"), "1");
  EXPECT_EQ(at.run("LRANGE new 0 -1"), R"([""])");
  at.events();
  EXPECT_EQ(at.run("SORT s ALPHA LIMIT 9 1 STORE d"), "0");
  EXPECT_EQ(at.events(), "del d");
  EXPECT_EQ(at.run("SORT s STORE d"), "-ERR One or more scores can't be converted into double");
  EXPECT_EQ(at.run("SORT_RO s ALPHA STORE d"), "-ERR syntax error");
}

TEST(Sort, RefusesWrongWordsBeforeWrongTypes) {
  Harness at;
  at.run("SET k v");
  EXPECT_EQ(at.run("SORT k LIMIT 1"), "-ERR syntax error");
  EXPECT_EQ(at.run("SORT k BY"), "-ERR syntax error");
  EXPECT_EQ(at.run("SORT k LIMIT a 1"), "-" + Bytes(kNotInteger));
  EXPECT_EQ(at.run("SORT k"), "-" + Bytes(kWrongType));
}

TEST(Sort, TellsItsKeysAndWhatItDoesWithThem) {
  const auto used = [](ByteView line) {
    const auto words = resp::split_words(line).value();
    const std::vector<ByteView> call(words.begin(), words.end());
    std::vector<UsedKey> keys;
    EXPECT_TRUE(used_keys(Harness::row_of(call), call, keys));
    Bytes text;
    for (const UsedKey& key : keys) {
      text += std::to_string(key.position) + (key.use & kKeyOverwrite ? "! " : " ");
    }
    return text;
  };
  EXPECT_EQ(used("SORT k BY store STORE a GET store STORE d"), "1 9! ");
  EXPECT_EQ(used("SORT k LIMIT STORE STORE x ALPHA"), "1 ");
  EXPECT_EQ(used("SORT_RO k BY w_*"), "1 ");
}

}  // namespace
}  // namespace replserver
