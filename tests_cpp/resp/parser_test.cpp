#include "resp/parser.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "resp/transcript.hpp"

namespace replserver::resp {
namespace {

constexpr ParserLimits kLimits;
constexpr ParserLimits kStranger{.authenticated = false};

Bytes talk(ByteView stream, const ParserLimits& limits = kLimits) {
  const Bytes whole = transcript(stream, limits, uncut);
  const std::size_t piece = stream.size() < 2000 ? 1 : 999;
  EXPECT_EQ(transcript(stream, limits, [&] { return piece; }), whole)
      << quoted(stream.substr(0, 100));
  return whole;
}

Bytes protocol_error(ByteView text) { return Bytes("ERR Protocol error: ").append(text) + "\n"; }

TEST(Parser, ReadsAMultibulkCommand) {
  EXPECT_EQ(talk("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n\r\n\r\n"),
            "usual 28 \"SET\" \"a\" \"\\r\\n\"\n0 left\n");
}

TEST(Parser, ReadsOneCommandAfterAnother) {
  EXPECT_EQ(talk("*1\r\n$4\r\nPING\r\nPING x\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4"),
            "usual 14 \"PING\"\nline 8 \"PING\" \"x\"\nusual 20 \"GET\" \"a\"\n6 left\n");
}

TEST(Parser, ReadsWordsOfAnyLength) {
  for (const std::size_t size : {0, 1, 9, 10, 11, 99, 100, 12345, 1 << 20}) {
    const Bytes word(size, 'x');
    const Bytes stream = "*2\r\n$" + std::to_string(size) + "\r\n" + word + "\r\n$0\r\n\r\n";
    EXPECT_EQ(transcript(stream, kLimits, uncut),
              "usual " + std::to_string(stream.size()) + " \"" + word + "\" \"\"\n0 left\n");
  }
}

TEST(Parser, ReadsManyWords) {
  Bytes stream = "*1000\r\n", expected = "usual 9007";
  for (int index = 0; index < 1000; ++index) {
    stream += "$3\r\nabc\r\n";
    expected += " \"abc\"";
  }
  EXPECT_EQ(talk(stream), expected + "\n0 left\n");
}

TEST(Parser, GivesViewsIntoTheInput) {
  const Bytes stream = "*2\r\n$3\r\nGET\r\n$1\r\na\r\nGET b\r\n";
  Parser parser;
  std::vector<ByteView> words;
  Parser::Command command;
  ASSERT_EQ(parser.next(stream, kLimits, words, command), Parser::Status::command);
  EXPECT_EQ(words[1].data(), stream.data() + 17);
  const ByteView rest = ByteView(stream).substr(command.size);
  ASSERT_EQ(parser.next(rest, kLimits, words, command), Parser::Status::command);
  ASSERT_EQ(words.size(), 4u);  // appended
  EXPECT_EQ(words[3].data(), rest.data() + 4);
}

TEST(Parser, SkipsCommandsWithoutWords) {
  EXPECT_EQ(talk("*0\r\n*-5\r\n*-9223372036854775808\r\n\r\n\n  \r\nPING\r\n"),
            "usual 4\nusual 5\nusual 23\nline 2\nline 1\nline 4\nline 6 \"PING\"\n0 left\n");
}

TEST(Parser, SkipsWhateverFollowsACarriageReturn) {
  EXPECT_EQ(talk("*1\rX$4\rYPINGab"), "unusual 14 \"PING\"\n0 left\n");
  EXPECT_EQ(talk("*1\r\n$4\r\nPING\n\n"), "unusual 14 \"PING\"\n0 left\n");
  EXPECT_EQ(talk("*0\r*"), "unusual 4\n0 left\n");
}

TEST(Parser, RefusesAStrangeNumberOfWords) {
  for (const ByteView count : {"2147483648", "01", "+1", " 1", "", "-9223372036854775809", "a",
                               "-0", "1.0", "9999999999999999999999"}) {
    EXPECT_EQ(talk(Bytes("*").append(count) + "\r\n"), protocol_error("invalid multibulk length"));
  }
  EXPECT_EQ(talk("*2147483647\r\n"), "13 left\n");
}

TEST(Parser, RefusesAStrangeLengthOfAWord) {
  for (const ByteView length : {"-1", "01", "", "536870913", "99999999999999999999", "x"}) {
    EXPECT_EQ(talk(Bytes("*1\r\n$").append(length) + "\r\n"),
              protocol_error("invalid bulk length"));
  }
  EXPECT_EQ(talk("*1\r\n$536870912\r\n"), "16 left\n");
}

TEST(Parser, RefusesAWordWithoutItsDollar) {
  EXPECT_EQ(talk("*1\r\nX4\r\nPING\r\n"), protocol_error("expected '$', got 'X'"));
  EXPECT_EQ(talk("*2\r\n$1\r\na\r\n:1\r\n"), protocol_error("expected '$', got ':'"));
  EXPECT_EQ(talk("*1\r\n\r\n"), protocol_error("expected '$', got '\r'"));
  EXPECT_EQ(talk("*1\r\nX4"), "6 left\n");  // is told at the end of the line
}

TEST(Parser, RefusesLinesThatDoNotEnd) {
  const Bytes long_line(64 * 1024, '1');
  EXPECT_EQ(talk(long_line), "65536 left\n");
  EXPECT_EQ(talk(long_line + "1"), protocol_error("too big inline request"));
  EXPECT_EQ(transcript(long_line + "\n", kLimits, uncut),
            "line 65537 \"" + long_line + "\"\n0 left\n");
  EXPECT_EQ(talk("*" + long_line), protocol_error("too big mbulk count string"));
  EXPECT_EQ(talk("*1\r\n$" + long_line), protocol_error("too big bulk count string"));
  EXPECT_EQ(talk("*" + long_line.substr(1)), "65536 left\n");
}

TEST(Parser, RefusesUnbalancedQuotes) {
  EXPECT_EQ(talk("GET \"a\r\n"), protocol_error("unbalanced quotes in request"));
  EXPECT_EQ(talk("GET 'a'b\r\n"), protocol_error("unbalanced quotes in request"));
}

TEST(Parser, GivesAStrangerTenWordsAndSixteenKilobytes) {
  EXPECT_EQ(talk("*10\r\n", kStranger), "5 left\n");
  EXPECT_EQ(talk("*11\r\n", kStranger), protocol_error("unauthenticated multibulk length"));
  EXPECT_EQ(talk("*1\r\n$16384\r\n", kStranger), "12 left\n");
  EXPECT_EQ(talk("*1\r\n$16385\r\n", kStranger), protocol_error("unauthenticated bulk length"));
  EXPECT_EQ(talk("*2147483648\r\n", kStranger), protocol_error("invalid multibulk length"));
  EXPECT_EQ(talk("*1\r\n$999999999\r\n", kStranger), protocol_error("invalid bulk length"));
  EXPECT_EQ(talk("*1\r\n$4\r\nPING\r\n", kStranger), "usual 14 \"PING\"\n0 left\n");
}

TEST(Parser, KeepsToTheLimitsOfItsCaller) {
  const ParserLimits small{.bulk_max = 3, .inline_max = 10, .words_max = 2};
  EXPECT_EQ(talk("*3\r\n", small), protocol_error("invalid multibulk length"));
  EXPECT_EQ(talk("*2\r\n$3\r\nGET\r\n$4\r\n", small), protocol_error("invalid bulk length"));
  EXPECT_EQ(talk("12345678901\n", small), protocol_error("too big inline request"));
}

TEST(Parser, ReadsInlineWords) {
  EXPECT_EQ(talk("SET a \"\\x41\\n\"\nGET 'x y'\r\n"),
            "line 15 \"SET\" \"a\" \"A\\n\"\nline 11 \"GET\" \"x y\"\n0 left\n");
  EXPECT_EQ(talk("\vPING\t a\vb \f\n"), "line 13 \"PING\" \"a\\x0bb\"\n0 left\n");
  EXPECT_EQ(talk("a\rb\r\r\n"), "line 6 \"a\" \"b\"\n0 left\n");
}

TEST(Parser, SaysHowMuchIsMissing) {
  Parser parser;
  std::vector<ByteView> words;
  Parser::Command command;
  EXPECT_EQ(parser.next("*1\r\n$1000\r\nabc", kLimits, words, command), Parser::Status::incomplete);
  EXPECT_EQ(parser.missing(), 999u);
  EXPECT_EQ(Parser().next("", kLimits, words, command), Parser::Status::incomplete);
}

TEST(Parser, LooksAtABigBulkInSmallPiecesOnce) {
  const Bytes stream = "*1\r\n$50000000\r\n" + Bytes(50'000'000, 'x') + "\r\n";
  Parser parser;
  std::vector<ByteView> words;
  Parser::Command command;
  // Five million calls over up to 50 MB each: hours, if any looked at the bulk again.
  for (std::size_t size = 0; size < stream.size(); size += 10) {
    ASSERT_EQ(parser.next(ByteView(stream).substr(0, size), kLimits, words, command),
              Parser::Status::incomplete);
  }
  ASSERT_EQ(parser.next(stream, kLimits, words, command), Parser::Status::command);
  EXPECT_EQ(words.at(0).size(), 50'000'000u);
}

// Commands that are right, nearly right or garbage.
Bytes random_stream(Random& random) {
  Bytes stream;
  for (std::uint64_t left = 1 + random.below(8); left > 0; --left) {
    const std::uint64_t kind = random.below(8);
    if (kind == 0) {
      stream += Bytes("PING 'a b' \"c\\x00\" d").substr(0, random.below(22)) + "\r\n";
    } else if (kind == 1) {
      stream += Bytes("*0\r\n*-1\r\n\r\n\n").substr(random.below(13));
    } else {
      const std::uint64_t words = 1 + random.below(5);
      stream += "*" + std::to_string(words) + "\r\n";
      for (std::uint64_t word = 0; word < words; ++word) {
        const std::uint64_t size = random.below(random.below(4) ? 20 : 300);
        stream += "$" + std::to_string(size) + "\r\n" + random.hex(size) + "\r\n";
      }
    }
  }
  if (!stream.empty() && random.below(2)) {
    for (std::uint64_t left = random.below(3); left > 0; --left) {
      stream[random.below(stream.size())] = "\r\n$*019'\"x"[random.below(10)];
    }
  }
  return stream;
}

TEST(Parser, DoesNotCareHowTheBytesWereCut) {
  constexpr std::uint64_t kSeed = 20240611;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  for (int round = 0; round < 2000; ++round) {
    const Bytes stream = random_stream(random);
    const ParserLimits limits{
        .bulk_max = 250, .inline_max = 40, .words_max = 100, .authenticated = round % 4 != 0};
    const std::uint64_t longest = 1 + random.below(40);
    ASSERT_EQ(transcript(stream, limits, [&] { return 1 + random.below(longest); }),
              transcript(stream, limits, uncut))
        << quoted(stream);
  }
}

}  // namespace
}  // namespace replserver::resp
