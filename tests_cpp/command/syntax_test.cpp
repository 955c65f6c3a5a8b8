#include "command/syntax.hpp"

#include <gtest/gtest.h>

#include "command/docs.hpp"

namespace replserver {
namespace {

// key:key#0  EX:seconds:integer  oneof:name(…)  with [ ] and ... as in a syntax line.
Bytes text_of(const std::vector<Argument>& arguments);
Bytes text_of(const Argument& argument) {
  Bytes text = argument.name + ":" + Bytes(argument.type);
  if (argument.key_spec >= 0) text += "#" + std::to_string(argument.key_spec);
  if (!argument.token.empty()) text = Bytes(argument.token) + ">" + text;
  if (!argument.arguments.empty()) text += "(" + text_of(argument.arguments) + ")";
  if (argument.multiple) text += argument.multiple_token ? "...+" : "...";
  if (!argument.since.empty()) text += "@" + Bytes(argument.since);
  if (!argument.deprecated_since.empty()) text += "~" + Bytes(argument.deprecated_since);
  return argument.optional ? "[" + text + "]" : text;
}
Bytes text_of(const std::vector<Argument>& arguments) {
  Bytes text;
  for (const Argument& argument : arguments) text += (text.empty() ? "" : " ") + text_of(argument);
  return text;
}
Bytes parsed(ByteView syntax) { return text_of(parse_syntax(syntax)); }

TEST(Syntax, MayBeEmpty) { EXPECT_EQ(parsed(""), ""); }

TEST(Syntax, TakesWordsForStringsUnlessTheySayOtherwise) {
  EXPECT_EQ(parsed("value count:integer at:unix-time"), "value:string count:integer at:unix-time");
  EXPECT_EQ(parsed("pattern"), "pattern:pattern");
}

TEST(Syntax, NamesTheSpecificationThatFindsAKey) {
  EXPECT_EQ(parsed("key"), "key:key#0");
  EXPECT_EQ(parsed("source:key destination:key#1"), "source:key#0 destination:key#1");
  EXPECT_EQ(parsed("BY by-pattern:pattern#1"), "BY>by-pattern:pattern#1");
}

TEST(Syntax, GivesATokenToTheArgumentBehindIt) {
  EXPECT_EQ(parsed("[DB index:integer] [REPLACE]"),
            "[DB>index:integer] [REPLACE>replace:pure-token]");
  EXPECT_EQ(parsed("[WITHCODE] code"), "[WITHCODE>withcode:pure-token] code:string");
  EXPECT_EQ(parsed("[sorting=ALPHA]"), "[ALPHA>sorting:pure-token]");
  EXPECT_EQ(parsed("no-one(NO ONE)"), "no-one:block(NO>no:pure-token ONE>one:pure-token)");
}

TEST(Syntax, TellsAlternativesFromBlocks) {
  EXPECT_EQ(parsed("[when(NX|XX)@7.0.0]"), "[when:oneof(NX>nx:pure-token XX>xx:pure-token)@7.0.0]");
  EXPECT_EQ(parsed("data(key value)..."), "data:block(key:key#0 value:string)...");
  EXPECT_EQ(parsed("[AUTH auth(user password)]"), "[AUTH>auth:block(user:string password:string)]");
  EXPECT_EQ(parsed("a(b(c d)|E)"), "a:oneof(b:block(c:string d:string) E>e:pure-token)");
}

TEST(Syntax, MarksWhatMayBeRepeatedAndSinceWhen) {
  EXPECT_EQ(parsed("key..."), "key:key#0...");
  EXPECT_EQ(parsed("[GET pattern...+]"), "[GET>pattern:pattern...+]");
  EXPECT_EQ(parsed("[ID id:integer...@6.2.0]"), "[ID>id:integer...@6.2.0]");
  EXPECT_EQ(parsed("old~2.8.12"), "old:string~2.8.12");
}

TEST(Syntax, ShowsAnArgumentAsItsNameUnlessToldOtherwise) {
  EXPECT_EQ(parse_syntax("value")[0].display, "value");
  EXPECT_EQ(parse_syntax("[ADDR addr{ip:port}]")[0].display, "ip:port");
  EXPECT_EQ(parse_syntax("[GET]")[0].display, "get");
  EXPECT_EQ(parse_syntax("a(b|c)")[0].display, "");
}

}  // namespace
}  // namespace replserver
