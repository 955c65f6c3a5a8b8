#include "repl/conversation_reader.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "repl/link_carrier.hpp"

namespace replserver {
namespace {

using Phase = ConversationReader::Phase;

// What the reader tells of a conversation: each step that ended, in order.
Bytes told(const Script& script, const Cut& cut, ConversationReader& reader) {
  Bytes told;
  for (const Said& said : script) {
    ByteView bytes = said.bytes;
    while (!bytes.empty()) {
      const std::size_t taken = reader.read(said.way, bytes.substr(0, cut()));
      bytes.remove_prefix(taken);
      const auto ended = reader.ended(said.way);
      if (ended) told += Bytes(name_of(*ended)) + (said.way == LinkWay::up ? "? " : "! ");
    }
  }
  return told;
}

const Bytes kHandshake =
    "ping? ping! auth? listening-port? capa? auth! listening-port! capa! psync? psync! ";

TEST(ConversationReader, FollowsAFullSyncIntoTheStream) {
  for (const Bytes& framed :
       {Bytes("$5\r\nREDIS"), "$EOF:" + kLinkMark + "\r\nREDIS" + kLinkMark}) {
    for (const Cut& cut : {Cut(whole), Cut(bytewise)}) {
      ConversationReader reader;
      const Script script = full_sync_at(100, framed, command_of({"SET", "k", "v"}));
      EXPECT_EQ(told(script, cut, reader), kHandshake + "payload! ack? ");
      EXPECT_EQ(reader.phase(), Phase::streaming);
      EXPECT_EQ(reader.history(), kLinkId);
      EXPECT_EQ(reader.offset(), 100 + command_of({"SET", "k", "v"}).size());
      EXPECT_EQ(reader.acknowledged(), 100u);
      EXPECT_EQ(reader.payload_bytes(), framed.size() - framed.find('\n') - 1);
    }
  }
}

TEST(ConversationReader, CountsAContinuedStreamFromWhatWasAskedFor) {
  ConversationReader reader;
  told(continued_from(200, "*1\r\n$4\r\nPI"), whole, reader);
  EXPECT_EQ(reader.offset(), 210u);
  EXPECT_FALSE(reader.at_border(LinkWay::down));
}

TEST(ConversationReader, FollowsAPrimaryFromBeforePsync) {
  using enum LinkWay;
  ConversationReader reader;
  const Script script = {{up, command_of({"PSYNC", "?", "-1"})},
                         {down, "-ERR unknown command\r\n"},
                         {up, "SYNC\r\n"},
                         {down, "\n\n$3\r\nabc" + command_of({"PING"})}};
  EXPECT_EQ(told(script, bytewise, reader), "psync? psync! sync? payload! ");
  EXPECT_EQ(reader.phase(), Phase::streaming);
  EXPECT_EQ(reader.offset(), std::nullopt);  // it names no position
}

TEST(ConversationReader, KnowsAStepBeforeItsFirstByteHasPassed) {
  ConversationReader reader;
  const Bytes psync = command_of({"psync", "?", "-1"});
  EXPECT_FALSE(reader.upcoming(LinkWay::up, ByteView(psync).substr(0, 9)).is_known);
  EXPECT_EQ(reader.upcoming(LinkWay::up, psync).step, LinkStep::psync);
  EXPECT_EQ(reader.upcoming(LinkWay::up, psync).size, psync.size());
  reader.read(LinkWay::up, psync);
  EXPECT_EQ(reader.upcoming(LinkWay::down, "+").step, LinkStep::psync);
}

TEST(ConversationReader, LeavesOtherClientsAlone) {
  ConversationReader reader;
  told({{LinkWay::up, command_of({"PING"}) + command_of({"GET", "k"})}}, whole, reader);
  EXPECT_EQ(reader.phase(), Phase::foreign);
  EXPECT_EQ(reader.read(LinkWay::down, "$-1\r\n"), 5u);
}

TEST(ConversationReader, TellsTheSameWhateverThePieces) {
  const Script script = full_sync_at(
      7, "$EOF:" + kLinkMark + "\r\nab\r\n" + kLinkMark,
      command_of({"SELECT", "0"}) + "PING\r\n" + command_of({"SET", "k", Bytes(300, '\n')}));
  ConversationReader whole_reader;
  const Bytes expected = told(script, whole, whole_reader);
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    ConversationReader reader;
    ASSERT_EQ(told(
                  script, [&] { return 1 + random.below(30); }, reader),
              expected)
        << "seed " << seed;
    ASSERT_EQ(reader.offset(), whole_reader.offset()) << "seed " << seed;
    ASSERT_TRUE(reader.at_border(LinkWay::down)) << "seed " << seed;
  }
}

TEST(CommandBorders, KeepTheFirstWordsClipped) {
  CommandBorders borders;
  const Bytes command = command_of({"SET", Bytes(100, 'k'), "1", "2", "3", "4"});
  EXPECT_EQ(borders.take(command + "x"), command.size());
  EXPECT_TRUE(borders.is_whole());
  EXPECT_EQ(borders.words(), (Words{"SET", Bytes(CommandBorders::kWordKept, 'k'), "1", "2"}));
}

TEST(CommandBorders, NeverFindTheEndOfWhatIsNoCommand) {
  CommandBorders borders;
  EXPECT_EQ(borders.take("*1\r\n+OK\r\nPING\r\n"), 15u);
  EXPECT_FALSE(borders.at_border());
}

}  // namespace
}  // namespace replserver
