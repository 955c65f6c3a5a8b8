#include "node/config_table.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace replserver {
namespace {

std::vector<const Directive*> all() {
  std::vector<const Directive*> rows;
  for (const DirectiveGroup& group : directive_groups()) {
    for (const Directive& directive : group.directives) rows.push_back(&directive);
  }
  return rows;
}

// tests_py/reference/config.tsv, one map per row, by the titles of its columns.
using Row = std::map<Bytes, Bytes>;

Words split(const Bytes& line) {
  Words cells;
  std::istringstream stream(line);
  for (Bytes cell; std::getline(stream, cell, '\t');) cells.push_back(cell);
  return cells;
}

std::vector<Row> reference() {
  std::ifstream file(REPLSERVER_SOURCE_DIR "/tests_py/reference/config.tsv");
  EXPECT_TRUE(file.is_open());
  Bytes line;
  std::getline(file, line);
  const Words titles = split(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    Words cells = split(line);
    cells.resize(titles.size());
    Row row;
    for (std::size_t at = 0; at < cells.size(); ++at) row[titles[at]] = cells[at];
    rows.push_back(row);
  }
  return rows;
}

bool is_of_redis(const Row& row) {
  // Valkey's spelling; Redis' is checked by hand below.
  return row.at("present_in") != "valkey" && !row.at("name").starts_with("primary") &&
         row.at("type") != "directive";
}

// "10485760 (10mb)" and the like without their remarks; Redis' value where it differs.
Bytes expected_default(const Row& row) {
  const Bytes& difference = row.at("redis_difference");
  if (const auto at = difference.find("default="); at != Bytes::npos) {
    const Bytes value = difference.substr(at + 8);
    return value.substr(0, value.find(' '));
  }
  const Bytes& value = row.at("default");
  if (value.starts_with('(')) return "";
  const auto remark = value.find(" (");
  return remark == Bytes::npos ? value : value.substr(0, remark);
}

// Where ours differs on purpose: see NodeConfig.
const std::map<Bytes, Bytes> kOurDefaults = {
    {"bind", "127.0.0.1 -::1"},
    {"repl-diskless-load", "swapdb"},
    {"repl-diskless-sync-delay", "0"},
    {"dir", "."},
    {"client-output-buffer-limit",
     "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"},
};

TEST(ConfigTable, HoldsEveryDirectiveOfTheReference) {
  const auto rows = reference();
  ASSERT_GT(rows.size(), 200u);
  for (const Row& row : rows) {
    if (!is_of_redis(row)) continue;
    const Bytes& name = row.at("name");
    const Directive* const directive = find_directive(name);
    ASSERT_NE(directive, nullptr) << name;
    EXPECT_EQ(directive->name, name);
    EXPECT_EQ(directive->alias, row.at("alias")) << name;
    EXPECT_EQ((directive->flags & kImmutable) == 0, row.at("mutable") == "yes") << name;
  }
}

TEST(ConfigTable, HasTheDefaultsOfTheReference) {
  for (const Row& row : reference()) {
    if (!is_of_redis(row)) continue;
    const Bytes& name = row.at("name");
    const auto ours = kOurDefaults.find(name);
    const Bytes expected = ours != kOurDefaults.end() ? ours->second : expected_default(row);
    EXPECT_EQ(directive_text(*find_directive(name), NodeConfig()), expected) << name;
  }
}

TEST(ConfigTable, HasTheFlagsOfTheReference) {
  const std::map<Bytes, std::uint32_t> flags = {{"hidden", kHidden},
                                                {"sensitive", kSensitive},
                                                {"protected", kGuarded},
                                                {"multi_arg", kMultiWord},
                                                {"deny_loading", kDenyLoading}};
  for (const Row& row : reference()) {
    if (!is_of_redis(row)) continue;
    for (const auto& [word, flag] : flags) {
      EXPECT_EQ((find_directive(row.at("name"))->flags & flag) != 0,
                row.at("flags").find(word) != Bytes::npos)
          << row.at("name") << " " << word;
    }
  }
}

// "1..INT_MAX" of the reference as we print ranges.
Bytes expected_range(Bytes range) {
  const std::vector<std::pair<Bytes, Bytes>> limits = {
      {"1024 * 1024", "1048576"},
      {"INT_MIN", "-2147483648"},
      {"ULLONG_MAX", "18446744073709551615"},
      {"SSIZE_MAX", "9223372036854775807"},
      {"LLONG_MAX", "9223372036854775807"},
      {"LONG_MAX", "9223372036854775807"},
      {"UINT_MAX", "4294967295"},
      {"INT_MAX", "2147483647"},
      {"0..0777", "0..777"},
      {"|flush-before-load", ""},
      {"-100..9", "0..9"},
  };
  for (const auto& [name, value] : limits) {
    if (const auto at = range.find(name); at != Bytes::npos) range.replace(at, name.size(), value);
  }
  return range;
}

TEST(ConfigTable, HasTheRangesAndChoicesOfTheReference) {
  for (const Row& row : reference()) {
    const Bytes& range = row.at("range_or_values");
    if (!is_of_redis(row) || range.empty()) continue;
    Bytes ours = directive_range(*find_directive(row.at("name")));
    ours = ours.substr(0, ours.find(", 0%"));
    EXPECT_EQ(ours, expected_range(range)) << row.at("name");
  }
}

TEST(ConfigTable, HasNothingBesideTheReferenceThatIsNotNamedHere) {
  std::set<Bytes> known = {"masterauth", "masteruser",         "rdb-save-version",
                           "compat",     "snapshot-cpu-share", "repl-history-from-start"};
  for (const Row& row : reference()) known.insert(row.at("name"));
  for (const Directive* directive : all()) {
    EXPECT_TRUE(known.contains(Bytes(directive->name))) << directive->name;
  }
}

TEST(ConfigTable, KnowsRedisNamesOfThePrimarysPassword) {
  for (const ByteView name : {"masterauth", "masteruser"}) {
    EXPECT_TRUE(find_directive(name)->flags & kSensitive);
  }
  EXPECT_EQ(find_directive("primaryauth"), nullptr);
}

TEST(ConfigTable, GivesEachNameToOneDirective) {
  std::set<ByteView> names;
  for (const Directive* directive : all()) {
    EXPECT_TRUE(names.insert(directive->name).second) << directive->name;
    if (directive->alias.empty()) continue;
    EXPECT_TRUE(names.insert(directive->alias).second) << directive->alias;
  }
}

TEST(ConfigTable, DescribesEachDirectiveInOneLine) {
  for (const Directive* directive : all()) {
    const ByteView text = directive->description;
    EXPECT_GT(text.size(), 10u) << directive->name;
    EXPECT_LE(text.size(), 90u) << directive->name;
    EXPECT_TRUE(text.ends_with('.')) << directive->name;
    EXPECT_EQ(text.find('\n'), ByteView::npos) << directive->name;
  }
}

TEST(ConfigTable, FindsNothingWithoutAName) {
  EXPECT_EQ(find_directive(""), nullptr);  // although most rows have no alias
}

TEST(ConfigTable, ListsOnlyKnownDirectivesAsNotYetThere) {
  std::set<ByteView> listed;
  for (const NotYet& row : directives_not_yet()) {
    const Directive* const directive = find_directive(row.name);
    ASSERT_NE(directive, nullptr) << row.name;
    EXPECT_EQ(directive->name, row.name);
    EXPECT_TRUE(listed.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.reason.empty()) << row.name;
  }
}

TEST(ConfigTable, WritesMemoryShortWhereNothingIsLost) {
  EXPECT_EQ(short_memory(0), "0");
  EXPECT_EQ(short_memory(1023), "1023");
  EXPECT_EQ(short_memory(1024), "1kb");
  EXPECT_EQ(short_memory(3u << 20), "3mb");
  EXPECT_EQ(short_memory(2ull << 30), "2gb");
  EXPECT_EQ(short_memory((2ull << 30) + 1024), "2097153kb");
}

}  // namespace
}  // namespace replserver
