#include "node/config_file.hpp"

#include <gtest/gtest.h>

#include <map>

namespace replserver {
namespace {

Result<std::vector<Bytes>> no_files(ByteView) {
  return fail(Error::Kind::io, "No such file or directory");
}

Config loaded(ByteView text, const ReadInclude& include = no_files) {
  const auto config = load_config(text, include, "7.2.4");
  EXPECT_TRUE(config) << config.error().text;
  return config.value_or(Config());
}

// What is said about a wrong text, without the first two lines.
Bytes complaint(ByteView text, const KnowsCommand& knows_command = {}) {
  const auto config = load_config(text, no_files, "7.2.4", {}, knows_command);
  if (config) return "";
  const Bytes title =
      "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nReading the configuration file, ";
  const Bytes& report = config.error().text;
  return report.starts_with(title) ? report.substr(title.size()) : report;
}

Bytes options(const Words& arguments) {
  const auto line = read_command_line(arguments);
  return line ? line->options : line.error().text;
}

TEST(ConfigFile, ReportsAWrongLineAsRedisDoes) {
  const auto config = load_config("maxmemory 1mb\nmaxmemory abc\n", no_files, "7.2.4");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().text,
            "\n"
            "*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\n"
            "Reading the configuration file, at line 2\n"
            ">>> 'maxmemory abc'\n"
            "argument must be a memory value\n");
}

TEST(ConfigFile, TakesCommentsSpacesQuotesAndOldLineEnds) {
  const Config config = loaded(
      "port 7911\r\nMaxMemory \"5mb\"\r\n\t timeout\t 8 \r\n\r\n#x\n  # y\n"
      "proc-title-template \"\\x61 b\"\nlogfile ''");
  EXPECT_EQ(config->port, 7911);
  EXPECT_EQ(config->maxmemory, 5u << 20);
  EXPECT_EQ(config->timeout, 8);
  EXPECT_EQ(config->proc_title_template, "a b");
  EXPECT_EQ(config->logfile, "");
}

TEST(ConfigFile, HasRedisComplaints) {
  EXPECT_EQ(complaint("maxmemory \"1gb"),
            "at line 1\n>>> 'maxmemory \"1gb'\nUnbalanced quotes in configuration line\n");
  EXPECT_EQ(complaint("\n\n  port '79''32' \r\n"),
            "at line 3\n>>> 'port '79''32''\nUnbalanced quotes in configuration line\n");
  EXPECT_EQ(complaint("maxmemory 1gb # x"),
            "at line 1\n>>> 'maxmemory 1gb # x'\nwrong number of arguments\n");
  EXPECT_EQ(
      complaint("sentinel monitor a b"),
      "at line 1\n>>> 'sentinel monitor a b'\nsentinel directive while not in sentinel mode\n");
  for (const ByteView line : {"nope 1", "\"\"", "include", "include a b", "user", "loadmodule",
                              "rename-command get", "list-max-ziplist-value 5 6", "foo.bar baz"}) {
    EXPECT_EQ(complaint(line),
              "at line 1\n>>> '" + Bytes(line) + "'\nBad directive or wrong number of arguments\n");
  }
  EXPECT_EQ(complaint("shutdown-on-sigterm"),
            "at line 1\n>>> 'shutdown-on-sigterm'\nargument(s) must be one of the following: "
            "default, save, nosave, now, force\n");
}

TEST(ConfigFile, RefusesModulesAndClustersInPlainWords) {
  EXPECT_EQ(complaint("loadmodule x.so"),
            "at line 1\n>>> 'loadmodule x.so'\nmodules are not supported by this server\n");
  EXPECT_EQ(complaint("cluster-enabled yes"),
            "at line 1\n>>> 'cluster-enabled yes'\ncluster mode is not supported by this server\n");
}

TEST(ConfigFile, PassesOverWhatRedisRetired) {
  EXPECT_EQ(complaint("list-max-ziplist-entries 5\nlua-replicate-commands no\n"), "");
}

TEST(ConfigFile, AddsUpSavePointsBehindItsFirst) {
  EXPECT_EQ(loaded("").get("save"), "3600 1 300 100 60 10000");
  EXPECT_EQ(loaded("save 900 1").get("save"), "900 1");
  EXPECT_EQ(loaded("save 900 1\nsave 300 10 60 5\n").get("save"), "900 1 300 10 60 5");
  EXPECT_EQ(loaded("save 900 1\nsave \"\"\nsave 5 6\n").get("save"), "5 6");
  EXPECT_EQ(loaded("save 900 1\nsave ''\n").get("save"), "");
  EXPECT_EQ(complaint("save 900 1\nsave 5"), "at line 2\n>>> 'save 5'\nInvalid save parameters\n");
  EXPECT_EQ(complaint("save \"7 8\" \"9 10\""),
            "at line 1\n>>> 'save \"7 8\" \"9 10\"'\nInvalid save parameters\n");
}

TEST(ConfigFile, AddsUpOtherRepeatedLines) {
  const Config config = loaded(
      "client-output-buffer-limit normal 1 2 3\nclient-output-buffer-limit slave 4 5 6\n"
      "rename-command get fetch\nrename-command set \"\"\nuser a on\nuser b off\n");
  EXPECT_EQ(config.get("client-output-buffer-limit"),
            "normal 1 2 3 slave 4 5 6 pubsub 33554432 8388608 60");
  EXPECT_EQ(config->rename_command, (std::vector<RenamedCommand>{{"get", "fetch"}, {"set", ""}}));
  EXPECT_EQ(config->user.size(), 2u);
  EXPECT_EQ(loaded("timeout 5\ntimeout 6")->timeout, 6);
}

TEST(ConfigFile, RenamesOnlyCommandsThereAre) {
  const auto knows = [](ByteView name) { return name == "get" || name == "set"; };
  const auto reason = [&](ByteView text) {
    const Bytes report = complaint(text, knows);
    const auto end = report.find("'\n");
    return end == Bytes::npos ? report : report.substr(end + 2);
  };
  EXPECT_EQ(reason("rename-command get fetch"), "");
  EXPECT_EQ(reason("rename-command nope x"), "No such command in rename-command\n");
  EXPECT_EQ(reason("rename-command \"\" x"), "No such command in rename-command\n");
  EXPECT_EQ(reason("rename-command get set"), "Target command name already exists\n");
  EXPECT_EQ(reason("rename-command set \"\"\nrename-command get set"), "");
  EXPECT_EQ(reason("rename-command get a\nrename-command get b"),
            "No such command in rename-command\n");
  EXPECT_EQ(reason("rename-command get a\nrename-command set A"),
            "Target command name already exists\n");
  EXPECT_EQ(reason("rename-command get a\nrename-command a get"), "");
}

TEST(ConfigFile, IncludesOtherFilesWhereTheyStand) {
  const std::map<Bytes, std::vector<Bytes>> files = {
      {"one.conf", {"timeout 1\nhz 20\n"}},
      {"part*.conf", {"hz 30", "databases 4"}},
      {"none*.conf", {}},
      {"bad.conf", {"\nhz x\n"}},
  };
  const auto include = [&](ByteView path) -> Result<std::vector<Bytes>> {
    const auto found = files.find(Bytes(path));
    if (found == files.end()) return fail(Error::Kind::io, "No such file or directory");
    return found->second;
  };
  const Config config =
      loaded("timeout 9\ninclude one.conf\nINCLUDE part*.conf\ninclude none*.conf\n", include);
  EXPECT_EQ(config->timeout, 1);
  EXPECT_EQ(config->hz, 30);
  EXPECT_EQ(config->databases, 4);

  // A line is counted in its own file.
  const auto wrong = load_config("port 1\nport 2\nport 3\ninclude bad.conf", include, "7.2.4");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().text.find("at line 2\n>>> 'hz x'\n"), Bytes::npos);

  const auto missing = load_config("include gone.conf", include, "7.2.4");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().text,
            "Fatal error, can't open config file 'gone.conf': No such file or directory\n");
}

TEST(ConfigFile, StopsWhenAFileIncludesItself) {
  const auto itself = [](ByteView) -> Result<std::vector<Bytes>> {
    return std::vector<Bytes>{"include me\ninclude me\n"};
  };
  const auto config = load_config("include me", itself, "7.2.4");
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().text.find("Too many included files"), Bytes::npos);
}

TEST(ConfigFile, StartsFromWhatItIsGiven) {
  NodeConfig start;
  start.port = 0;
  start.hz = 50;
  const auto config = load_config("hz 60", no_files, "7.2.4", Config(start));
  EXPECT_EQ((*config)->port, 0);
  EXPECT_EQ((*config)->hz, 60);
}

TEST(CommandLine, WithoutWordsServes) {
  const auto line = read_command_line({});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->task, CommandLine::Task::serve);
  EXPECT_EQ(line->file, std::nullopt);
  EXPECT_FALSE(line->standard_input);
  EXPECT_EQ(line->options, "");
}

TEST(CommandLine, TakesAFileThenOptions) {
  const auto line = read_command_line({"redis.conf", "--port", "7000", "--hz", "20"});
  ASSERT_TRUE(line);
  EXPECT_EQ(line->file, "redis.conf");
  EXPECT_EQ(line->options, "port \"7000\" \nhz \"20\" ");
}

TEST(CommandLine, ReadsStandardInputWhereADashIsFirstOrLast) {
  for (const Words& words : {Words{"-"}, Words{"-", "--port", "1"}, Words{"--port", "1", "-"},
                             Words{"x.conf", "-"}, Words{"--save", "-"}}) {
    EXPECT_TRUE(read_command_line(words)->standard_input) << words.back();
  }
  const auto line = read_command_line({"--port", "1", "-", "--hz", "2"});
  EXPECT_FALSE(line->standard_input);
  EXPECT_EQ(line->options, "port \"1\" \"-\" \nhz \"2\" ");
}

TEST(CommandLine, KnowsItsTasks) {
  using Task = CommandLine::Task;
  EXPECT_EQ(read_command_line({"-v", "x"})->task, Task::version);
  EXPECT_EQ(read_command_line({"--version"})->task, Task::version);
  EXPECT_EQ(read_command_line({"-h"})->task, Task::help);
  EXPECT_EQ(read_command_line({"--help"})->task, Task::help);
  EXPECT_EQ(options({"--port", "1", "--version"}), "port \"1\" \nversion ");

  const auto check = read_command_line({"x.conf", "--check-config", "--port", "1"});
  EXPECT_EQ(check->task, Task::check_config);
  EXPECT_EQ(check->options, "port \"1\" ");
}

TEST(CommandLine, RefusesToBeASentinel) {
  EXPECT_EQ(options({"x.conf", "--sentinel"}),
            "Sentinel mode is not part of this server: use redis-sentinel.\n");
}

TEST(CommandLine, TakesTheWordBehindAnOptionAsItsValue) {
  EXPECT_EQ(options({"--proc-title-template", "--foo"}), "proc-title-template \"--foo\" ");
  EXPECT_EQ(options({"--timeout", "--maxmemory", "1mb"}), "timeout \"--maxmemory\" \"1mb\" ");
  EXPECT_EQ(options({"--requirepass", "a b\"c"}), "requirepass \"a b\\\"c\" ");
  EXPECT_EQ(options({"--requirepass", "-x"}), "requirepass \"-x\" ");
  EXPECT_EQ(options({"--replicaof", "h", "1", "--hz", "2"}), "replicaof \"h\" \"1\" \nhz \"2\" ");
  EXPECT_EQ(options({"--", "--hz", "2"}), " \"--hz\" \"2\" ");
  EXPECT_EQ(options({"-port", "1"}), "\"-port\" \"1\" ");
}

TEST(CommandLine, TakesAnOptionAndItsValueInOneWord) {
  EXPECT_EQ(options({"--port 7", "--hz 8"}), "port 7 \nhz 8 ");
  EXPECT_EQ(options({"--port=7"}), "port=7 ");
}

TEST(CommandLine, TakesSaveAloneForNever) {
  EXPECT_EQ(options({"--save"}), "save \"\"");
  EXPECT_EQ(options({"--SAVE", "--hz", "8"}), "SAVE \"\"\nhz \"8\" ");
  EXPECT_EQ(options({"--save", ""}), "save \"\" ");
  EXPECT_EQ(options({"--save", "900", "1", "--hz", "8"}), "save \"900\" \"1\" \nhz \"8\" ");
}

TEST(CommandLine, CountsLinesAsRedisDoes) {
  const auto line_of = [](ByteView file, const Words& words) {
    const Bytes text = join_config(file, std::nullopt, options(words));
    const Bytes report = complaint(text);
    return report.substr(0, report.find('\n'));
  };
  EXPECT_EQ(line_of("", {"--port=7911"}), "at line 2");
  EXPECT_EQ(line_of("", {"--port", "7911", "--timeout"}), "at line 3");
  EXPECT_EQ(line_of("port 7911\nsave 900 1\n", {"--save", "7 8", "9 10"}), "at line 4");
  EXPECT_EQ(line_of("port 7911", {"--timeout", "x"}), "at line 2");
}

TEST(CommandLine, JoinsFileStandardInputAndOptions) {
  EXPECT_EQ(join_config("a", "b\n", "c"), "a\nb\n\nc");
  EXPECT_EQ(join_config(std::nullopt, "b", ""), "b");
  EXPECT_EQ(join_config(std::nullopt, std::nullopt, ""), "");
  const auto line = read_command_line({"f", "--timeout", "4", "-"});
  const Config config = loaded(join_config("timeout 2\nhz 7", "timeout 3\n", line->options));
  EXPECT_EQ(config->timeout, 4);
  EXPECT_EQ(config->hz, 7);
}

}  // namespace
}  // namespace replserver
