#include "resp/writer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace replserver::resp {
namespace {

Bytes contents(const Output& output) {
  std::vector<ByteView> pieces;
  output.views(pieces, SIZE_MAX);
  Bytes all;
  for (const ByteView piece : pieces) all += piece;
  return all;
}

// What `write` writes for a client of either version.
template <class Write>
Bytes written(int version, Write write) {
  Output output;
  Writer writer(output, version);
  write(writer);
  return contents(output);
}

#define EXPECT_WRITTEN(call, resp2, resp3)                                     \
  EXPECT_EQ(written(2, [](Writer& writer) { writer.call; }), ByteView(resp2)); \
  EXPECT_EQ(written(3, [](Writer& writer) { writer.call; }), ByteView(resp3))

TEST(Writer, WritesTheSameInBothVersionsWhereTheyAgree) {
  EXPECT_WRITTEN(ok(), "+OK\r\n", "+OK\r\n");
  EXPECT_WRITTEN(simple("PONG"), "+PONG\r\n", "+PONG\r\n");
  EXPECT_WRITTEN(integer(-42), ":-42\r\n", ":-42\r\n");
  EXPECT_WRITTEN(bulk("value"), "$5\r\nvalue\r\n", "$5\r\nvalue\r\n");
  EXPECT_WRITTEN(bulk(ByteView()), "$0\r\n\r\n", "$0\r\n\r\n");
  EXPECT_WRITTEN(bulk_integer(-100), "$4\r\n-100\r\n", "$4\r\n-100\r\n");
  EXPECT_WRITTEN(array(3), "*3\r\n", "*3\r\n");
  EXPECT_WRITTEN(error("ERR syntax error"), "-ERR syntax error\r\n", "-ERR syntax error\r\n");
}

TEST(Writer, WritesForOldClientsWhatTheyKnow) {
  EXPECT_WRITTEN(null(), "$-1\r\n", "_\r\n");
  EXPECT_WRITTEN(null_array(), "*-1\r\n", "_\r\n");
  EXPECT_WRITTEN(map(2), "*4\r\n", "%2\r\n");
  EXPECT_WRITTEN(set(2), "*2\r\n", "~2\r\n");
  EXPECT_WRITTEN(push(3), "*3\r\n", ">3\r\n");
  EXPECT_WRITTEN(number(1.5), "$3\r\n1.5\r\n", ",1.5\r\n");
  EXPECT_WRITTEN(number(std::numeric_limits<double>::infinity()), "$3\r\ninf\r\n", ",inf\r\n");
  EXPECT_WRITTEN(number(std::nan("")), "$3\r\nnan\r\n", ",nan\r\n");
  EXPECT_WRITTEN(boolean(true), ":1\r\n", "#t\r\n");
  EXPECT_WRITTEN(boolean(false), ":0\r\n", "#f\r\n");
  EXPECT_WRITTEN(big_number("123"), "$3\r\n123\r\n", "(123\r\n");
  EXPECT_WRITTEN(verbatim("txt", "hi"), "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n");
}

TEST(Writer, WritesIntegersOfEveryLength) {
  for (std::int64_t value = 1; value < std::numeric_limits<std::int64_t>::max() / 10; value *= 10) {
    for (const std::int64_t each : {value, value - 1, -value}) {
      EXPECT_EQ(written(2, [&](Writer& writer) { writer.integer(each); }),
                ":" + std::to_string(each) + "\r\n");
    }
  }
  EXPECT_WRITTEN(integer(std::numeric_limits<std::int64_t>::min()), ":-9223372036854775808\r\n",
                 ":-9223372036854775808\r\n");
}

TEST(Writer, WritesBulksOfEveryLength) {
  Output output;
  Writer writer(output, 2);
  Bytes expected;
  for (std::size_t size = 0; size < 600; ++size) {
    const Bytes value(size, static_cast<char>('a' + size % 26));
    writer.bulk(value);
    expected += "$" + std::to_string(size) + "\r\n" + value + "\r\n";
  }
  writer.bulk(Bytes(100000, 'x'));
  expected += "$100000\r\n" + Bytes(100000, 'x') + "\r\n";
  EXPECT_EQ(contents(output), expected);
}

TEST(Writer, SendsABigSharedValueWithoutACopy) {
  const SharedBytes value = SharedBytes::copy_of(Bytes(20000, 'x'));
  Output output;
  Writer writer(output, 2);
  writer.bulk(value);
  EXPECT_FALSE(value.only_owner());
  EXPECT_EQ(contents(output), "$20000\r\n" + Bytes(value.view()) + "\r\n");

  const SharedBytes small = SharedBytes::copy_of("small");
  output.clear();
  writer.bulk(small);
  EXPECT_TRUE(small.only_owner());
  EXPECT_EQ(contents(output), "$5\r\nsmall\r\n");
}

TEST(Writer, KeepsAnErrorOnOneLine) {
  EXPECT_WRITTEN(error("\nERR two\r\nlines\r\n"), "-ERR two  lines\r\n", "-ERR two  lines\r\n");
  EXPECT_WRITTEN(error("ERR"), "-ERR\r\n", "-ERR\r\n");
  EXPECT_WRITTEN(error(""), "-\r\n", "-\r\n");
}

TEST(Writer, CountsErrorsAndKnowsTheCodeOfTheLast) {
  Output output;
  Writer writer(output, 2);
  EXPECT_EQ(writer.errors(), 0u);
  writer.error("ERR syntax error");
  writer.error(Error{Error::Kind::command, "WRONGTYPE Operation against …"});
  EXPECT_EQ(writer.errors(), 2u);
  EXPECT_EQ(writer.last_error_code(), "WRONGTYPE");
}

TEST(Writer, GoesOnInAnotherOutputAndVersion) {
  Output first, second;
  Writer writer(first, 2);
  writer.error("ERR no");
  writer.retarget(second, 3);
  writer.null();
  EXPECT_EQ(contents(first), "-ERR no\r\n");
  EXPECT_EQ(contents(second), "_\r\n");
  EXPECT_EQ(writer.errors(), 1u);
}

TEST(Writer, WritesAnAggregateWhoseLengthIsKnownAtItsEnd) {
  const auto nested = [](Writer& writer) {
    writer.simple("before");
    const Writer::Late outer = writer.begin();
    const Writer::Late inner = writer.begin();
    for (int index = 0; index < 12; ++index) writer.integer(index);
    writer.end_set(inner, 12);
    const Writer::Late pairs = writer.begin();
    writer.bulk("key");
    writer.null();
    writer.end_map(pairs, 1);
    writer.end_array(writer.begin(), 0);
    writer.end_array(outer, 3);
  };
  const Bytes integers =
      ":0\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n:7\r\n:8\r\n:9\r\n:10\r\n:11\r\n";
  EXPECT_EQ(written(2, nested),
            "+before\r\n*3\r\n*12\r\n" + integers + "*2\r\n$3\r\nkey\r\n$-1\r\n*0\r\n");
  EXPECT_EQ(written(3, nested),
            "+before\r\n*3\r\n~12\r\n" + integers + "%1\r\n$3\r\nkey\r\n_\r\n*0\r\n");
}

}  // namespace
}  // namespace replserver::resp
