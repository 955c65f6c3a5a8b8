#include <gtest/gtest.h>

#include <set>

#include "command/docs.hpp"
#include "command/syntax.hpp"
#include "node/harness.hpp"

namespace replserver {
namespace {

Bytes in_resp3(TestClient& client, ByteView line) {
  client.say("HELLO 3");
  Bytes bytes = client.say_raw(Bytes(line) + "\r\n");
  std::replace(bytes.begin(), bytes.end(), '\n', ' ');
  std::erase(bytes, '\r');
  return bytes;
}

TEST(CommandInfo, DescribesACommandInTenFields) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("COMMAND INFO get"),
            "[[\"get\" 2 [readonly fast] 1 1 1 [@read @string @fast] [] "
            "[[\"flags\" [RO access] "
            "\"begin_search\" [\"type\" \"index\" \"spec\" [\"index\" 1]] "
            "\"find_keys\" [\"type\" \"range\" "
            "\"spec\" [\"lastkey\" 0 \"keystep\" 1 \"limit\" 0]]]] []]]");
  EXPECT_EQ(client.say("COMMAND INFO nope GET|x client|list|x"), "[nil nil nil]");
}

TEST(CommandInfo, GivesSetsAndMapsToThoseWhoSpeakThem) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(in_resp3(client, "COMMAND INFO dbsize nope"),
            "*2 *10 $6 dbsize :1 ~2 +readonly +fast :0 :0 :0 ~3 +@keyspace +@read +@fast "
            "~2 $25 request_policy:all_shards $23 response_policy:agg_sum ~0 ~0 _ ");
  EXPECT_EQ(
      in_resp3(client, "COMMAND INFO strlen"),
      "*1 *10 $6 strlen :2 ~2 +readonly +fast :1 :1 :1 ~3 +@read +@string +@fast ~0 "
      "~1 %3 $5 flags ~1 +RO $12 begin_search %2 $4 type $5 index $4 spec %1 $5 index :1 "
      "$9 find_keys %2 $4 type $5 range $4 spec %3 $7 lastkey :0 $7 keystep :1 $5 limit :0 ~0 ");
}

TEST(CommandInfo, NestsSubcommands) {
  TestNode node;
  TestClient client = node.connect();
  const Bytes container = client.say("COMMAND INFO object");
  EXPECT_TRUE(
      container.starts_with("[[\"object\" -2 [] 0 0 0 [@slow] [] [] [[\"object|encoding\" 3 "))
      << container;
  const Bytes sub = client.say("COMMAND INFO OBJECT|freq");
  EXPECT_NE(container.find(sub.substr(1, sub.size() - 2)), Bytes::npos) << sub;
}

TEST(CommandDocs, TellsWhatPeopleAskFor) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("COMMAND DOCS swapdb nope"),
            "[\"swapdb\" [\"summary\" \"Lets two databases change places\" \"since\" \"4.0.0\" "
            "\"group\" \"server\" \"complexity\" "
            "\"O(N), N being the clients that watch or wait for keys of either\" \"arguments\" "
            "[[\"name\" \"index1\" \"type\" \"integer\" \"display_text\" \"index1\"] "
            "[\"name\" \"index2\" \"type\" \"integer\" \"display_text\" \"index2\"]]]]");
  EXPECT_EQ(client.say("COMMAND DOCS nope"), "[]");
}

TEST(CommandDocs, WarnsOfDiscouragedCommands) {
  TestNode node;
  TestClient client = node.connect();
  const Bytes docs = in_resp3(client, "COMMAND DOCS quit");
  EXPECT_NE(docs.find("$9 doc_flags ~1 +deprecated $16 deprecated_since $5 7.2.0 $11 replaced_by "),
            Bytes::npos)
      << docs;
}

TEST(CommandDocs, GivesMapsToThoseWhoSpeakThem) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(
      in_resp3(client, "COMMAND DOCS memory|usage"),
      "%1 $12 memory|usage %5 $7 summary $29 Estimates the memory of a key $5 since $5 4.0.0 "
      "$5 group $6 server $10 complexity $35 O(N), N being the number of samples "
      "$9 arguments *2 %4 $4 name $3 key $4 type $3 key $12 display_text $3 key "
      "$14 key_spec_index :0 %5 $4 name $5 count $4 type $7 integer $12 display_text $5 count "
      "$5 token $7 SAMPLES $5 flags ~1 +optional ");
}

TEST(CommandDocs, ExistForEveryCommandAndForNoOther) {
  TestNode node;
  TestClient client = node.connect();
  std::set<Bytes> documented;
  for (const DocsGroup& group : docs_groups()) {
    for (const CommandDocs& docs : group.commands) {
      EXPECT_TRUE(documented.insert(Bytes(docs.name)).second) << docs.name << " is there twice";
      EXPECT_NE(client.say("COMMAND INFO " + Bytes(docs.name)), "[nil]") << docs.name;
      parse_syntax(docs.syntax);
    }
  }
  const Bytes listed = client.say("COMMAND LIST");
  const auto words = resp::split_words(listed.substr(1, listed.size() - 2));
  ASSERT_TRUE(words);
  for (const Bytes& name : *words) EXPECT_TRUE(documented.contains(name)) << name;
  EXPECT_EQ(words->size(), documented.size());
}

TEST(CommandList, FiltersByCategoryAndPattern) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("COMMAND LIST FILTERBY aclcat TRANSACTION"),
            R"(["discard" "exec" "multi" "unwatch" "watch"])");
  EXPECT_EQ(client.say("COMMAND LIST filterby PATTERN Client|no*"),
            R"(["client|no-evict" "client|no-touch"])");
  EXPECT_EQ(client.say("COMMAND LIST FILTERBY MODULE x"), "[]");
  EXPECT_EQ(client.say("COMMAND LIST FILTERBY ACLCAT nope"), "[]");
  EXPECT_EQ(client.say("COMMAND LIST FILTERBY nope x"), "-ERR syntax error");
  EXPECT_EQ(client.say("COMMAND LIST FILTERBY ACLCAT"), "-ERR syntax error");
}

TEST(CommandGetKeys, FindsTheKeysOfACall) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("COMMAND GETKEYS MSET a 1 b 2"), R"(["a" "b"])");
  EXPECT_EQ(client.say("COMMAND GETKEYS object FREQ k"), R"(["k"])");
  EXPECT_EQ(client.say("COMMAND GETKEYSANDFLAGS RENAMENX a b"),
            R"([["a" [RW access delete]] ["b" [OW insert]]])");
}

TEST(CommandGetKeys, SaysWhyItCannot) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("COMMAND GETKEYS nope k"), "-ERR Invalid command specified");
  EXPECT_EQ(client.say("COMMAND GETKEYS OBJECT nope k"), "-ERR Invalid command specified");
  EXPECT_EQ(client.say("COMMAND GETKEYS PING"), "-ERR The command has no key arguments");
  EXPECT_EQ(client.say("COMMAND GETKEYS SSUBSCRIBE k"), "-ERR The command has no key arguments");
  EXPECT_EQ(client.say("COMMAND GETKEYS GET"),
            "-ERR Invalid number of arguments specified for command");
}

TEST(Command, CountsWhatItDescribes) {
  TestNode node;
  TestClient client = node.connect();
  client.say("HELLO 2");
  const Bytes all = client.say_raw("COMMAND\r\n");
  EXPECT_TRUE(all.starts_with("*" + client.say("COMMAND COUNT") + "\r\n")) << all.substr(0, 20);
  EXPECT_EQ(all, client.say_raw("COMMAND INFO\r\n"));
}

TEST(Command, RefusesAnUnknownSubcommandAsAllContainersDo) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("COMMAND nope"), "-ERR unknown subcommand 'nope'. Try COMMAND HELP.");
  EXPECT_EQ(client.say("MULTI"), "OK");
  EXPECT_EQ(client.say("COMMAND nope"), "-ERR unknown subcommand 'nope'. Try COMMAND HELP.");
  EXPECT_EQ(client.say("EXEC"), "-EXECABORT Transaction discarded because of previous errors.");
}

TEST(Command, ListsRenamedCommandsByTheirOwnName) {
  TestNode node({{"rename-command", "get", "fetch"}, {"rename-command", "set", ""}});
  TestClient client = node.connect();
  EXPECT_EQ(client.say("COMMAND INFO get set"), "[nil nil]");
  EXPECT_TRUE(client.say("COMMAND INFO fetch").starts_with("[[\"get\" 2 "));
  EXPECT_EQ(client.say("COMMAND LIST FILTERBY PATTERN [gsf]et*"),
            R"(["get" "getdel" "getex" "getrange" "getset" "setex" "setnx" "setrange" "getbit" "setbit"])");
}

}  // namespace
}  // namespace replserver
