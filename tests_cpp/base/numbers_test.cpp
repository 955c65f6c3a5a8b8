#include "base/numbers.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/random.hpp"

namespace replserver {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Bytes text_of(std::int64_t value) {
  char text[kIntegerTextMax];
  return Bytes(text, format_integer(value, text));
}

TEST(ParseInteger, ReadsTheWholeRange) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-1"), -1);
  EXPECT_EQ(parse_integer("9223372036854775807"), kHighest);
  EXPECT_EQ(parse_integer("-9223372036854775808"), kLowest);
  EXPECT_EQ(parse_integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(parse_integer("-9223372036854775809"), std::nullopt);
  EXPECT_EQ(parse_integer("99999999999999999999"), std::nullopt);
}

TEST(ParseInteger, TakesOneFormOfEachNumberOnly) {
  for (const ByteView text :
       {"", "-", "+1", "-0", "00", "01", "-01", " 1", "1 ", "1.0", "0x1", "--1", "1e3", "a", "1a",
        "a1234567890", "/", ":", "123456789012345678901"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_integer(ByteView("1\0", 2)), std::nullopt);
}

TEST(ParseUnsigned, ReadsTheWholeRange) {
  EXPECT_EQ(parse_unsigned("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(parse_unsigned("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_unsigned("18446744073709551620"), std::nullopt);
  EXPECT_EQ(parse_unsigned("1844674407370955161a"), std::nullopt);
  EXPECT_EQ(parse_unsigned("99999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_unsigned("-1"), std::nullopt);
}

TEST(FormatInteger, IsReadBackAtEveryLength) {
  EXPECT_EQ(text_of(0), "0");
  EXPECT_EQ(text_of(kLowest), "-9223372036854775808");
  EXPECT_EQ(text_of(kHighest), "9223372036854775807");
  for (std::int64_t power = 1; power <= kHighest / 10; power *= 10) {
    for (const std::int64_t value : {power - 1, power, power + 1, -power, 10 * power - 1}) {
      EXPECT_EQ(text_of(value), std::to_string(value));
      EXPECT_EQ(parse_integer(text_of(value)), value);
    }
  }
}

TEST(ParseDouble, ReadsWhatStrtodReads) {
  EXPECT_EQ(parse_double("3.5"), 3.5);
  EXPECT_EQ(parse_double("+5"), 5.0);
  EXPECT_EQ(parse_double("-.5"), -0.5);
  EXPECT_EQ(parse_double("5."), 5.0);
  EXPECT_EQ(parse_double("1e5"), 1e5);
  EXPECT_EQ(parse_double("1E-5"), 1e-5);
  EXPECT_EQ(parse_double("007"), 7.0);
  EXPECT_EQ(parse_double("0x10"), 16.0);
  EXPECT_EQ(parse_double("-0X1p3"), -8.0);
  EXPECT_EQ(parse_double("0x.8"), 0.5);
  EXPECT_EQ(parse_double("4e-320"), 4e-320);
  EXPECT_TRUE(std::signbit(*parse_double("-0")));
}

TEST(ParseDouble, KnowsInfinityInAnyCase) {
  for (const ByteView text : {"inf", "+inf", "INF", "Infinity", "+INFINITY"}) {
    EXPECT_EQ(parse_double(text), kInfinity) << text;
  }
  EXPECT_EQ(parse_double("-inf"), -kInfinity);
}

TEST(ParseDouble, RefusesWhatIsNotOneNumber) {
  for (const ByteView text : {"",   "+",    "-",     ".",      "+-5",    "--5", "-+5",  " 1",
                              "1 ", "1e",   "1e400", "-1e400", "1e-400", "nan", "-nan", "nan(1)",
                              "0x", "0x-5", "0xinf", "0xnan",  "infx",   "in",  "1,5",  "x"}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_double(ByteView("1\0", 2)), std::nullopt);
}

TEST(ParseLongDouble, HasMoreDigitsAndALargerRange) {
  EXPECT_EQ(parse_long_double("0.1"), 0.1L);
  EXPECT_EQ(parse_long_double("1e400"), 1e400L);
  EXPECT_EQ(parse_long_double("-0x10"), -16.0L);
  EXPECT_EQ(parse_long_double("1e5000"), std::nullopt);
  EXPECT_EQ(parse_long_double("nan"), std::nullopt);
  EXPECT_EQ(parse_long_double("1."), 1.0L);
  EXPECT_EQ(parse_long_double(Bytes(5119, '1')), std::nullopt);  // too big a number …
  EXPECT_EQ(parse_long_double(Bytes(5118, '0') + "1"), 1.0L);
  EXPECT_EQ(parse_long_double(Bytes(5119, '0') + "1"), std::nullopt);  // … or too long a text
}

TEST(FormatDouble, PrintsIntegersWithoutAPoint) {
  EXPECT_EQ(format_double(0), "0");
  EXPECT_EQ(format_double(-0.0), "-0");
  EXPECT_EQ(format_double(3), "3");
  EXPECT_EQ(format_double(-17), "-17");
  EXPECT_EQ(format_double(3e15), "3000000000000000");
  EXPECT_EQ(format_double(1e17), "100000000000000000");
  EXPECT_EQ(format_double(9007199254740993.0), "9007199254740992");
  EXPECT_EQ(format_double(0x1p62), "4611686018427387904");
}

TEST(FormatDouble, PrintsTheFewestDigitsThatReadBack) {
  EXPECT_EQ(format_double(0.1), "0.1");
  EXPECT_EQ(format_double(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(format_double(1.5), "1.5");
  EXPECT_EQ(format_double(-3.25), "-3.25");
  EXPECT_EQ(format_double(0.00001), "0.00001");
  EXPECT_EQ(format_double(0.000123), "0.000123");
}

TEST(FormatDouble, ChoosesTheScientificFormWhereRedisDoes) {
  EXPECT_EQ(format_double(1e20), "1e+20");
  EXPECT_EQ(format_double(1.5e300), "1.5e+300");
  EXPECT_EQ(format_double(-1e-7), "-1e-7");
  EXPECT_EQ(format_double(1e-10), "1e-10");
  EXPECT_EQ(format_double(5e-324), "5e-324");
  EXPECT_EQ(format_double(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(format_double(12345.678901234), "1.2345678901234e+4");
  EXPECT_EQ(format_double(1234.5678901234), "1234.5678901234");
  EXPECT_EQ(format_double(123456789012.5), "123456789012.5");
  EXPECT_EQ(format_double(0x1p63), "9223372036854776000");
  EXPECT_EQ(format_double(1.0e21), "1e+21");
}

TEST(FormatDouble, HasOneNameForEachOfTheRest) {
  EXPECT_EQ(format_double(kInfinity), "inf");
  EXPECT_EQ(format_double(-kInfinity), "-inf");
  EXPECT_EQ(format_double(std::nan("")), "nan");
  EXPECT_EQ(format_double(-std::nan("")), "nan");
}

TEST(FormatDouble, IsReadBackExactly) {
  constexpr std::uint64_t kSeed = 4711;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  for (int round = 0; round < 100000; ++round) {
    const double value = round % 2 ? std::bit_cast<double>(random.next()) : random.unit() * 1e6;
    if (std::isnan(value) || std::isinf(value)) continue;
    const auto again = parse_double(format_double(value));
    ASSERT_TRUE(again && *again == value) << format_double(value);
  }
}

TEST(FormatLongDoubleHuman, TrimsSeventeenDecimals) {
  EXPECT_EQ(format_long_double_human(3000.0L), "3000");
  EXPECT_EQ(format_long_double_human(1.1L), "1.1");
  EXPECT_EQ(format_long_double_human(0.1L + 0.2L), "0.3");
  EXPECT_EQ(format_long_double_human(-10.5L), "-10.5");
  EXPECT_EQ(format_long_double_human(1e-30L), "0");
  EXPECT_EQ(format_long_double_human(-1e-30L), "0");
  EXPECT_EQ(format_long_double_human(100.0L), "100");
  EXPECT_EQ(format_long_double_human(1e-17L), "0.00000000000000001");
  EXPECT_EQ(format_long_double_human(1e22L), "10000000000000000000000");
  EXPECT_EQ(format_long_double_human(std::numeric_limits<long double>::max()).size(), 4933u);
  EXPECT_EQ(format_long_double_human(-std::numeric_limits<long double>::infinity()), "-inf");
}

}  // namespace
}  // namespace replserver
