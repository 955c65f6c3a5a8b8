#include "resp/reply_parser.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "resp/transcript.hpp"
#include "resp/writer.hpp"

namespace replserver::resp {
namespace {

constexpr ReplyLimits kLimits;

// The one reply that the stream is, however it is cut.
Reply only_reply(ByteView stream) {
  const ReplyTranscript whole = reply_transcript(stream, kLimits, uncut);
  const ReplyTranscript bytewise = reply_transcript(stream, kLimits, [] { return 1; });
  EXPECT_TRUE(whole.replies.size() == 1 && !whole.failed && whole.at_border) << quoted(stream);
  EXPECT_TRUE(whole.replies == bytewise.replies) << quoted(stream);
  return whole.replies.empty() ? Reply{} : whole.replies.front();
}

Bytes failure(ByteView stream, const ReplyLimits& limits = kLimits) {
  ReplyParser parser(limits);
  Reply reply;
  while (!stream.empty()) {
    if (parser.next(stream, reply) == ReplyParser::Status::error) return parser.error().text;
  }
  return "none";
}

Reply bulk(ByteView text) { return {Reply::Bulk{Bytes(text)}}; }

TEST(ReplyParser, ReadsEveryKindOfValue) {
  EXPECT_EQ(only_reply("+OK\r\n"), Reply{Reply::Simple{"OK"}});
  EXPECT_EQ(only_reply("-ERR no\r\n"), Reply{Reply::Failure{"ERR no"}});
  EXPECT_EQ(only_reply(":-42\r\n"), Reply{std::int64_t{-42}});
  EXPECT_EQ(only_reply("$5\r\na\r\nb\n\r\n"), bulk("a\r\nb\n"));
  EXPECT_EQ(only_reply("$0\r\n\r\n"), bulk(""));
  EXPECT_EQ(only_reply("$-1\r\n"), Reply{});
  EXPECT_EQ(only_reply("*-1\r\n"), Reply{});
  EXPECT_EQ(only_reply("_\r\n"), Reply{});
  EXPECT_EQ(only_reply("#t\r\n"), Reply{true});
  EXPECT_EQ(only_reply("#f\r\n"), Reply{false});
  EXPECT_EQ(only_reply(",1.5\r\n"), Reply{1.5});
  EXPECT_EQ(only_reply(",-inf\r\n"), Reply{-std::numeric_limits<double>::infinity()});
  EXPECT_EQ(only_reply(",nan\r\n"), Reply{std::nan("")});
  EXPECT_EQ(only_reply("(123456789012345678901\r\n"),
            Reply{Reply::BigNumber{"123456789012345678901"}});
  EXPECT_EQ(only_reply("=6\r\ntxt:hi\r\n"), (Reply{Reply::Verbatim{"txt", "hi"}}));
  EXPECT_EQ(only_reply("!6\r\nERR no\r\n"), Reply{Reply::Failure{"ERR no"}});
}

TEST(ReplyParser, ReadsAggregates) {
  EXPECT_EQ(only_reply("*0\r\n"), Reply{Reply::Array{}});
  EXPECT_EQ(only_reply("*2\r\n$1\r\na\r\n:1\r\n"),
            Reply(Reply::Array{{bulk("a"), Reply{std::int64_t{1}}}}));
  EXPECT_EQ(only_reply("~1\r\n$1\r\na\r\n"), Reply(Reply::Set{{bulk("a")}}));
  EXPECT_EQ(only_reply(">1\r\n$1\r\na\r\n"), Reply(Reply::Push{{bulk("a")}}));
  EXPECT_EQ(only_reply("%1\r\n$1\r\nk\r\n$1\r\nv\r\n"), Reply(Reply::Map{{bulk("k"), bulk("v")}}));
  EXPECT_EQ(only_reply("%0\r\n"), Reply{Reply::Map{}});
}

TEST(ReplyParser, ReadsAggregatesWithinAggregates) {
  const Reply inner{Reply::Set{{bulk("a"), Reply{Reply::Array{}}}}};
  EXPECT_EQ(only_reply("*2\r\n%1\r\n+k\r\n~2\r\n$1\r\na\r\n*0\r\n*-1\r\n"),
            Reply(Reply::Array{{Reply{Reply::Map{{Reply{Reply::Simple{"k"}}, inner}}}, Reply{}}}));
}

TEST(ReplyParser, DropsAttributes) {
  EXPECT_EQ(only_reply("|1\r\n+ttl\r\n:3\r\n|0\r\n$1\r\na\r\n"), bulk("a"));
  EXPECT_EQ(only_reply("*1\r\n|1\r\n+ttl\r\n*1\r\n:3\r\n$1\r\na\r\n"),
            Reply(Reply::Array{{bulk("a")}}));
}

TEST(ReplyParser, KnowsWhetherItIsWithinAReply) {
  for (const ByteView part : {"+", "+OK\r", "$2\r\n", "*1\r\n", "|1\r\n+a\r\n+b\r\n"}) {
    EXPECT_FALSE(reply_transcript(part, kLimits, uncut).at_border) << part;
  }
  EXPECT_TRUE(reply_transcript("+OK\r\n+OK\r\n", kLimits, uncut).at_border);
}

TEST(ReplyParser, GivesRepliesOneByOne) {
  ReplyParser parser;
  ByteView bytes = ":1\r\n:2\r\n:";
  Reply reply;
  EXPECT_EQ(parser.next(bytes, reply), ReplyParser::Status::reply);
  EXPECT_EQ(reply, Reply{std::int64_t{1}});
  EXPECT_EQ(bytes, ":2\r\n:");
  EXPECT_EQ(parser.next(bytes, reply), ReplyParser::Status::reply);
  EXPECT_EQ(parser.next(bytes, reply), ReplyParser::Status::incomplete);
  EXPECT_EQ(bytes, "");
}

TEST(ReplyParser, SaysWhatItCouldNotRead) {
  EXPECT_EQ(failure("+OK\r\nhello\r\n"), "reply: unknown type \"h\" before byte 7");
  EXPECT_EQ(failure("+OK\n"), "reply: a line does not end in CR LF before byte 4");
  EXPECT_EQ(failure("\r\n"), "reply: an empty line before byte 2");
  EXPECT_EQ(failure(":1.5\r\n"), "reply: not an integer before byte 6");
  EXPECT_EQ(failure(",x\r\n"), "reply: not a double before byte 4");
  EXPECT_EQ(failure("#x\r\n"), "reply: not a boolean before byte 4");
  EXPECT_EQ(failure("_x\r\n"), "reply: not a null before byte 4");
  EXPECT_EQ(failure("$-2\r\n"), "reply: not a bulk length before byte 5");
  EXPECT_EQ(failure("=-1\r\n"), "reply: not a bulk length before byte 5");
  EXPECT_EQ(failure("$1\r\nabc"), "reply: a bulk does not end in CR LF before byte 7");
  EXPECT_EQ(failure("=3\r\ntxt\r\n"), "reply: a verbatim string without its format before byte 4");
  EXPECT_EQ(failure("=4\r\ntext\r\n"),
            "reply: a verbatim string without its format before byte 10");
  EXPECT_EQ(failure("~-1\r\n"), "reply: not a length of an aggregate before byte 5");
}

TEST(ReplyParser, HoldsNoMoreThanItsLimits) {
  const ReplyLimits small{.size_max = 100, .line_max = 20, .nesting_max = 3, .elements_max = 10};
  EXPECT_EQ(failure("$101\r\n", small), "reply: the bulk is too big before byte 6");
  EXPECT_EQ(failure("$18446744073709551615\r\n"), "reply: the bulk is too big before byte 23");
  EXPECT_EQ(failure("*2\r\n$60\r\n" + Bytes(60, 'x') + "\r\n$60\r\n" + Bytes(60, 'x'), small),
            "reply: the reply is too big before byte 136");
  EXPECT_EQ(failure("+" + Bytes(30, 'x'), small), "reply: a line is too long before byte 31");
  EXPECT_EQ(failure("+" + Bytes(30, 'x') + "\r\n", small),
            "reply: a line is too long before byte 33");
  EXPECT_EQ(failure("*1\r\n*1\r\n*1\r\n*1\r\n", small),
            "reply: aggregates nested too deeply before byte 16");
  EXPECT_EQ(failure("*11\r\n", small), "reply: too many elements before byte 5");
  EXPECT_EQ(failure("%6\r\n", small), "reply: too many elements before byte 4");
  EXPECT_EQ(failure("*2\r\n*9\r\n", small), "reply: too many elements before byte 8");
  EXPECT_EQ(failure("*9223372036854775809\r\n"), "reply: too many elements before byte 22");
}

TEST(ReplyParser, CountsLimitsForEachReplyAnew) {
  const ReplyLimits small{.size_max = 100, .elements_max = 3};
  Bytes stream;
  for (int index = 0; index < 100; ++index) stream += "*3\r\n:1\r\n:2\r\n:3\r\n";
  EXPECT_EQ(reply_transcript(stream, small, uncut).replies.size(), 100u);
}

void write_random(Writer& writer, Random& random, int depth) {
  switch (random.below(depth > 0 ? 13 : 9)) {
    case 0:
      return writer.ok();
    case 1:
      return writer.error("ERR " + random.hex(random.below(10)));
    case 2:
      return writer.integer(static_cast<std::int64_t>(random.next()));
    case 3:
      return writer.bulk(random.hex(random.below(400)));
    case 4:
      return writer.null();
    case 5:
      return writer.number(random.unit() * 1e10);
    case 6:
      return writer.boolean(random.below(2) == 0);
    case 7:
      return writer.verbatim("txt", random.hex(random.below(20)));
    case 8:
      return writer.null_array();
    default:
      break;
  }
  const std::uint64_t size = random.below(6);
  const std::uint64_t kind = random.below(4);
  if (kind == 0) writer.array(size);
  if (kind == 1) writer.set(size);
  if (kind == 2) writer.push(size);
  if (kind == 3) writer.map(size);
  for (std::uint64_t left = kind == 3 ? 2 * size : size; left > 0; --left) {
    write_random(writer, random, depth - 1);
  }
}

TEST(ReplyParser, ReadsWhateverTheWriterWritesHoweverCut) {
  constexpr std::uint64_t kSeed = 5;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  for (int round = 0; round < 2000; ++round) {
    Output output;
    Writer writer(output, 2 + round % 2);
    const std::uint64_t count = 1 + random.below(4);
    for (std::uint64_t left = count; left > 0; --left) write_random(writer, random, 4);
    std::vector<ByteView> pieces;
    output.views(pieces, SIZE_MAX);
    Bytes stream;
    for (const ByteView piece : pieces) stream += piece;

    const ReplyTranscript whole = reply_transcript(stream, kLimits, uncut);
    ASSERT_EQ(whole.replies.size(), count) << quoted(stream);
    const ReplyTranscript cut =
        reply_transcript(stream, kLimits, [&] { return 1 + random.below(30); });
    ASSERT_TRUE(cut.replies == whole.replies && cut.at_border) << quoted(stream);
  }
}

}  // namespace
}  // namespace replserver::resp
