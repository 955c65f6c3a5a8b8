// What replicas are told, as it was seen on the link of a redis-server 7.0.15 that was told the same.
// "claim A 1-0 2 L" stands for XCLAIM s g A 0 1-0 TIME now RETRYCOUNT 2 FORCE JUSTID LASTID L.
#include <gtest/gtest.h>

#include <utility>

#include "command/harness.hpp"

namespace replserver {
namespace {

using Talk = std::vector<std::pair<const char*, const char*>>;

Bytes spelled_out(ByteView told) {
  Bytes text;
  while (!told.empty()) {
    const std::size_t end = std::min(told.find("; "), told.size());
    const auto words = *resp::split_words(told.substr(0, end));
    const bool is_claim = words[0] == "claim";
    text += is_claim ? "XCLAIM s g " + words[1] + " 0 " + words[2] + " TIME 1000000 RETRYCOUNT " +
                           words[3] + " FORCE JUSTID LASTID " + words[4]
                     : Bytes(told.substr(0, end));
    told.remove_prefix(std::min(end + 2, told.size()));
    if (!told.empty()) text += "; ";
  }
  return text;
}

void expect_told(Harness& at, const Talk& talk) {
  for (const auto& [said, told] : talk) {
    at.run(said);
    EXPECT_EQ(at.changes(), ByteView(told) == "same" ? Bytes(said) : spelled_out(told)) << said;
  }
}

TEST(StreamPropagation, NamesTheIdsThatTheStreamChoseAndWhatATrimLeft) {
  Harness at;
  CollectionLimits limits;
  limits.stream_node_max_entries = 2;
  at.keyspace.set_limits(limits);
  constexpr const char* kHighest = "18446744073709551615-18446744073709551615";
  const Bytes all_gone = Bytes("XADD s MINID = ") + kHighest + " 15-1 f v";
  expect_told(
      at, {
              {"XADD s 1-1 f v", "same"},
              {"XADD s 1-* f v", "XADD s 1-2 f v"},
              {"XADD s MAXLEN ~ 2 5-* f v", "XADD s MAXLEN = 3 5-0 f v"},
              {"XADD s MAXLEN ~ 2 LIMIT 100 6-1 f v", "XADD s MAXLEN = 2 LIMIT 100 6-1 f v"},
              {"XADD s MAXLEN 3 7-1 f v", "same"},
              {"XADD s MAXLEN = 3 8-1 f v", "same"},
              {"XADD s MINID ~ 1 9-1 f v", "XADD s MINID = 5-0 9-1 f v"},
              {"XADD s MINID ~ 6 LIMIT 2 10-* f v", "XADD s MINID = 5-0 LIMIT 2 10-0 f v"},
              {"XADD s NOMKSTREAM MAXLEN ~ 1000 11-1 f v", "XADD s NOMKSTREAM MAXLEN = 6 11-1 f v"},
              {"XTRIM s MAXLEN ~ 3", "XTRIM s MAXLEN = 3"},
              {"XTRIM s MAXLEN ~ 1 LIMIT 2", "XTRIM s MAXLEN = 1 LIMIT 2"},
              {"XTRIM s MINID ~ 10", ""},
              {"XTRIM s MAXLEN 1", ""},
              {"XADD s MAXLEN 0 12-1 f v", "same"},
              {"XADD s MAXLEN ~ 0 13-1 f v", "XADD s MAXLEN = 0 13-1 f v"},
              {"XADD s MINID ~ 99 15-1 f v", all_gone.c_str()},
              {"XADD s MINID 99 16-1 f v", "same"},
              {"XADD s 17 f v", "same"},
          });
}

TEST(StreamPropagation, TellsOfEachEntryThatIsPendingInTheOrderOfTheirIds) {
  Harness at;
  for (int id = 1; id <= 6; ++id) at.run("XADD s " + std::to_string(id) + " f v");
  at.run("XGROUP CREATE s g 0");
  at.changes();
  expect_told(
      at, {
              {"XREADGROUP GROUP g ann COUNT 1 STREAMS s >", "claim ann 1-0 1 1-0"},
              {"XREADGROUP GROUP g bob COUNT 1 NOACK STREAMS s >",
               "XGROUP CREATECONSUMER s g bob; XGROUP SETID s g 2-0 ENTRIESREAD 2"},
              {"XREADGROUP GROUP g bob NOACK COUNT 2 STREAMS s >",
               "XGROUP SETID s g 4-0 ENTRIESREAD 4"},
              {"XREADGROUP GROUP g bob STREAMS s 0", ""},
              {"XREADGROUP GROUP g ann STREAMS s 0", ""},
              {"XREADGROUP GROUP g ann STREAMS s >", "claim ann 5-0 1 5-0; claim ann 6-0 1 6-0"},
              {"XREADGROUP GROUP g ann STREAMS s >", ""},
              {"XCLAIM s g bob 0 1 JUSTID", "claim bob 1 2 6-0"},
              {"XCLAIM s g bob 0 1-0", "claim bob 1-0 3 6-0"},
              {"XCLAIM s g emil 0 1 2 5 6 RETRYCOUNT 7 FORCE",
               "claim emil 1 7 6-0; claim emil 2 7 6-0; claim emil 5 7 6-0; claim emil 6 7 6-0"},
              {"XCLAIM s g emil 0 99 FORCE", ""},
              {"XCLAIM s g emil 0 99 LASTID 50", "XGROUP SETID s g 50-0 ENTRIESREAD 6"},
              {"XCLAIM s g fred 0 5 LASTID 60", "claim fred 5 8 60-0"},
              {"XCLAIM s g fred 0 5 LASTID 1", "claim fred 5 9 60-0"},
              {"XDEL s 5", "same"},
              {"XCLAIM s g ann 0 5 6 LASTID 70", "claim fred 5 9 70-0; claim ann 6 8 70-0"},
              {"XDEL s 2", "same"},
              {"XAUTOCLAIM s g ann 0 0",
               "claim ann 1-0 8 70-0; claim emil 2-0 7 70-0; claim ann 6-0 9 70-0"},
              {"XDEL s 6", "same"},
              {"XAUTOCLAIM s g ann 0 0 JUSTID", "claim ann 1-0 8 70-0; claim ann 6-0 9 70-0"},
              {"XAUTOCLAIM s g gina 0 0 COUNT 1", "claim gina 1-0 9 70-0"},
              {"XACK s g 1 2 3", "same"},
              {"XACK s g 1", ""},
              {"XGROUP DELCONSUMER s g ann", "same"},
              {"XGROUP DELCONSUMER s g nobody", ""},
              {"XGROUP CREATECONSUMER s g ann", "same"},
              {"XGROUP CREATECONSUMER s g ann", ""},
              {"XGROUP DESTROY s h", ""},
          });
}

// Redis 7.2 keeps such consumers, but its replicas do not hear of them.
TEST(StreamPropagation, TellsOfConsumersWhoGotNothing) {
  Harness at;
  at.run("XADD s 1 f v");
  at.run("XGROUP CREATE s g $");
  at.changes();
  expect_told(at, {
                      {"XREADGROUP GROUP g ann STREAMS s >", "XGROUP CREATECONSUMER s g ann"},
                      {"XREADGROUP GROUP g bob STREAMS s 0", "XGROUP CREATECONSUMER s g bob"},
                      {"XCLAIM s g carl 0 1", "XGROUP CREATECONSUMER s g carl"},
                      {"XAUTOCLAIM s g dora 0 0", "XGROUP CREATECONSUMER s g dora"},
                      {"XAUTOCLAIM s g dora 0 0", ""},
                  });
}

}  // namespace
}  // namespace replserver
