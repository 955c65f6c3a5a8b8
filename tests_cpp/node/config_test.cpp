#include "node/config.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "node/config_table.hpp"

namespace replserver {
namespace {

std::vector<ByteView> views(const Words& words) { return {words.begin(), words.end()}; }

// CONFIG GET's answer: "name=value name=value".
Bytes get(const Config& config, const Words& patterns) {
  Bytes text;
  for (const auto& [name, value] : config.get(views(patterns))) {
    if (!text.empty()) text += ' ';
    text += name + "=" + value;
  }
  return text;
}

// CONFIG SET's answer: what changed, or the error.
Bytes set(Config& config, const Words& pairs, Config::Caller caller = {}) {
  const auto changed = config.set(views(pairs), caller);
  if (!changed) return changed.error().text;
  Bytes text;
  for (const ByteView name : *changed) text.append(text.empty() ? "" : " ").append(name);
  return text;
}

Bytes assign(Config& config, const Words& words) {
  const auto error = config.assign(views(words));
  return error ? error->text : "";
}

Bytes failed(const Bytes& name, const Bytes& why) {
  return "ERR CONFIG SET failed (possibly related to argument '" + name + "') - " + why;
}

TEST(Config, IsReadByName) {
  const Config config;
  EXPECT_EQ(get(config, {"databases"}), "databases=16");
  EXPECT_EQ(get(config, {"nothing-of-the-kind"}), "");
  EXPECT_EQ(get(config, {""}), "");
  EXPECT_EQ(config.get("DATABASES"), "16");
  EXPECT_EQ(config.get("no"), std::nullopt);
  EXPECT_EQ(config->databases, 16);
}

TEST(Config, ComesSortedAndOnceForSeveralPatterns) {
  EXPECT_EQ(get(Config(), {"repl-ping*", "hz", "H?", "repl-t[a-i]meout"}),
            "hz=10 repl-ping-replica-period=10 repl-ping-slave-period=10 repl-timeout=60");
}

TEST(Config, FindsNamesInAnyCase) {
  EXPECT_EQ(get(Config(), {"TIMEO*"}), "timeout=0");
  EXPECT_EQ(get(Config(), {"TimeOut"}), "TimeOut=0");  // as it was written
}

TEST(Config, KnowsOldNames) {
  Config config;
  EXPECT_EQ(get(config, {"slave-read-only"}), "slave-read-only=yes");
  EXPECT_EQ(get(config, {"slave-prio*", "masterauth"}), "masterauth= slave-priority=100");
  EXPECT_EQ(set(config, {"slave-priority", "7"}), "replica-priority");
  EXPECT_EQ(config->replica_priority, 7);
  EXPECT_EQ(get(config, {"primaryauth"}), "");
}

TEST(Config, TellsAHiddenOneOnlyByItsName) {
  EXPECT_EQ(get(Config(), {"key-load-delay"}), "key-load-delay=0");
  EXPECT_EQ(get(Config(), {"key-load-dela?"}), "");
}

TEST(Config, KeepsWhatBelongsToTheFileToItself) {
  Config config;
  EXPECT_EQ(assign(config, {"rename-command", "get", "fetch"}), "");
  EXPECT_EQ(assign(config, {"user", "alice", "on", "nopass"}), "");
  EXPECT_EQ(get(config, {"rename-command", "user", "rename*"}), "");
  EXPECT_EQ(set(config, {"user", "alice"}),
            "ERR Unknown option or number of arguments for CONFIG SET - 'user'");
  EXPECT_EQ(config->rename_command, (std::vector<RenamedCommand>{{"get", "fetch"}}));
  EXPECT_EQ(config->user, (std::vector<Words>{{"alice", "on", "nopass"}}));
}

TEST(Config, PrintsEveryKindOfValueAsRedisDoes) {
  EXPECT_EQ(get(Config(), {"save", "client-output-buffer-limit", "oom-score-adj-values"}),
            "client-output-buffer-limit=normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 "
            "8388608 60 oom-score-adj-values=0 200 800 save=3600 1 300 100 60 10000");
  EXPECT_EQ(get(Config(), {"latency-tracking-info-percentiles", "proto-max-bulk-len"}),
            "latency-tracking-info-percentiles=50 99 99.9 proto-max-bulk-len=536870912");
  EXPECT_EQ(get(Config(), {"shutdown-on-sigint", "maxmemory-policy", "unixsocketperm", "bind"}),
            "bind=127.0.0.1 -::1 maxmemory-policy=noeviction shutdown-on-sigint=default "
            "unixsocketperm=0");
}

TEST(ConfigSet, ChangesSeveralAndTellsWhichDiffer) {
  Config config;
  EXPECT_EQ(set(config, {"timeout", "0", "hz", "20", "loglevel", "Debug", "appendonly", "YES"}),
            "hz loglevel appendonly");
  EXPECT_EQ(config->hz, 20);
  EXPECT_EQ(config->loglevel, LogLevel::debug);
  EXPECT_TRUE(config->appendonly);
  EXPECT_EQ(get(config, {"loglevel"}), "loglevel=debug");
}

TEST(ConfigSet, ChangesAllOrNothing) {
  Config config;
  const Config before = config;
  EXPECT_EQ(set(config, {"timeout", "5", "save", "1 2", "hz", "often"}),
            failed("hz", "argument couldn't be parsed into an integer"));
  EXPECT_EQ(config, before);
}

TEST(ConfigSet, RefusesWhatItDoesNotKnow) {
  Config config;
  EXPECT_EQ(set(config, {"nope", "1"}),
            "ERR Unknown option or number of arguments for CONFIG SET - 'nope'");
  EXPECT_EQ(set(config, {"timeout", "abc", "nope", "2"}),  // names come before values
            "ERR Unknown option or number of arguments for CONFIG SET - 'nope'");
  EXPECT_EQ(set(config, {"timeout", "1", "hz"}), "ERR syntax error");
  EXPECT_EQ(set(config, {}), "ERR syntax error");
}

TEST(ConfigSet, TellsTheFirstFaultOnly) {
  Config config;
  EXPECT_EQ(set(config, {"databases", "2", "nope", "1"}),
            failed("databases", "can't set immutable config"));
  EXPECT_EQ(set(config, {"timeout", "1", "TIMEOUT", "2", "databases", "2"}),
            failed("TIMEOUT", "duplicate parameter"));
}

TEST(ConfigSet, TakesAnOldNameBesideTheNewOne) {
  Config config;
  EXPECT_EQ(set(config, {"slave-read-only", "yes", "replica-read-only", "no"}),
            "replica-read-only");
  EXPECT_FALSE(config->replica_read_only);
}

TEST(ConfigSet, LeavesWhatOnlyARestartChanges) {
  Config config;
  EXPECT_EQ(set(config, {"databases", "3"}), failed("databases", "can't set immutable config"));
  EXPECT_EQ(set(config, {"slaveof", "a 1"}), failed("slaveof", "can't set immutable config"));
  EXPECT_EQ(assign(config, {"databases", "3"}), "");
  EXPECT_EQ(config->databases, 3);
}

TEST(ConfigSet, GuardsFilesFromClients) {
  Config config;
  const Bytes refused = failed("dir", "can't set protected config");
  EXPECT_EQ(set(config, {"dir", "/"}, {.is_local = true}), refused);
  EXPECT_EQ(set(config, {"dbfilename", "x"}), failed("dbfilename", "can't set protected config"));

  ASSERT_EQ(assign(config, {"enable-protected-configs", "local"}), "");
  EXPECT_EQ(set(config, {"dir", "/"}, {.is_local = false}), refused);
  EXPECT_EQ(set(config, {"dir", "/"}, {.is_local = true}), "dir");

  ASSERT_EQ(assign(config, {"enable-protected-configs", "yes"}), "");
  EXPECT_EQ(set(config, {"dir", "/tmp"}), "dir");
  EXPECT_EQ(set(config, {"dbfilename", "a/b"}),
            failed("dbfilename", "dbfilename can't be a path, just a filename"));
}

TEST(ConfigSet, WaitsForTheDataSet) {
  Config config;
  EXPECT_EQ(set(config, {"appendonly", "yes"}, {.loading = true}),
            "LOADING Redis is loading the dataset in memory");
  EXPECT_EQ(set(config, {"timeout", "1"}, {.loading = true}), "timeout");
}

struct Case {
  Bytes name, value, answer;  // an empty answer: taken
};

void expect_answers(const std::vector<Case>& cases) {
  for (const Case& row : cases) {
    Config config;
    const Bytes answer = set(config, {row.name, row.value});
    if (row.answer.empty()) {
      EXPECT_FALSE(answer.starts_with("ERR")) << row.name << " " << row.value << ": " << answer;
    } else {
      EXPECT_EQ(answer, failed(row.name, row.answer)) << row.value;
    }
  }
}

TEST(ConfigSet, HasRedisErrorsForNumbers) {
  const Bytes no_integer = "argument couldn't be parsed into an integer";
  expect_answers({
      {"timeout", "-1", "argument must be between 0 and 2147483647 inclusive"},
      {"timeout", "99999999999", "argument must be between 0 and 2147483647 inclusive"},
      {"timeout", "99999999999999999999", no_integer},
      {"timeout", "+1", no_integer},
      {"timeout", " 1", no_integer},
      {"timeout", "00", no_integer},
      {"timeout", "", no_integer},
      {"hash-max-listpack-entries", "1k", no_integer},
      {"maxclients", "0", "argument must be between 1 and 4294967295 inclusive"},
      {"maxclients", "4294967295", ""},
      {"slowlog-log-slower-than", "-2",
       "argument must be between -1 and 9223372036854775807 inclusive"},
      {"list-max-listpack-size", "-2147483649",
       "argument must be between -2147483648 and 2147483647 inclusive"},
      {"list-max-listpack-size", "-2147483648", ""},
  });
}

TEST(ConfigSet, HasRedisErrorsForMemory) {
  const Bytes no_memory = "argument must be a memory value";
  const Bytes no_share = "argument must be a memory or percent value";
  expect_answers({
      {"maxmemory", "abc", no_memory},
      {"maxmemory", "-1", no_memory},
      {"maxmemory", "1.5gb", no_memory},
      {"maxmemory", "0x10", no_memory},
      {"repl-backlog-size", "0", "argument must be between 1 and 9223372036854775807 inclusive"},
      {"repl-backlog-size", "9223372036854775808",
       "argument must be between 1 and 9223372036854775807 inclusive"},
      {"proto-max-bulk-len", "1",
       "argument must be between 1048576 and 9223372036854775807 inclusive"},
      {"maxmemory-clients", "101%", "percentage argument must be less or equal to 100"},
      {"maxmemory-clients", "-5%", no_share},
      {"maxmemory-clients", "-5", no_share},
      {"maxmemory-clients", "abc%", no_share},
      {"maxmemory-clients", "100%", ""},
  });
}

TEST(ConfigSet, HasRedisErrorsForWords) {
  expect_answers({
      {"appendonly", "maybe", "argument must be 'yes' or 'no'"},
      {"maxmemory-policy", "foo",
       "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, "
       "volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction"},
      {"shutdown-on-sigterm", "save nosave",
       "shutdown options SAVE and NOSAVE can't be used simultaneously"},
      {"shutdown-on-sigterm", "",
       "argument(s) must be one of the following: default, save, nosave, now, force"},
      {"notify-keyspace-events", "q", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."},
      {"bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "Too many bind addresses specified."},
      {"proc-title-template", "{foo}", "template format is invalid or contains unknown variables"},
      {"proc-title-template", "{title", "template format is invalid or contains unknown variables"},
      {"proc-title-template", "node {port}", ""},
      {"cluster-announce-hostname", "a b",
       "Hostnames may only contain alphanumeric characters, hyphens or dots"},
  });
}

TEST(ConfigSet, HasRedisErrorsForLists) {
  const Bytes bad_limit =
      "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
  const Bytes bad_score = "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
  expect_answers({
      {"save", "900 1 300", "Invalid save parameters"},
      {"save", "0 2", "Invalid save parameters"},
      {"save", "1 -2", "Invalid save parameters"},
      {"save", "  900   1  ", "Invalid save parameters"},
      {"save", "1 0", ""},
      {"client-output-buffer-limit", "normal 1 1",
       "Wrong number of arguments in buffer limit configuration."},
      {"client-output-buffer-limit", "master 1 1 1",
       "Invalid client class specified in buffer limit configuration."},
      {"client-output-buffer-limit", "normal 2mb xkb 2", bad_limit},
      {"client-output-buffer-limit", "normal 1 1 -2", bad_limit},
      {"client-output-buffer-limit", "", ""},
      {"oom-score-adj-values", "1 2", "wrong number of arguments"},
      {"oom-score-adj-values", "1 2 3000", bad_score},
      {"oom-score-adj-values", "1 2 x", bad_score},
      {"latency-tracking-info-percentiles", "101",
       "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"},
      {"latency-tracking-info-percentiles", "abc",
       "Invalid latency-tracking-info-percentiles parameters"},
      {"latency-tracking-info-percentiles", "", ""},
  });
}

TEST(ConfigSet, ReadsMemoryInUnits) {
  Config config;
  for (const auto& [text, bytes] :
       std::vector<std::pair<Bytes, Bytes>>{{"1gb", "1073741824"},
                                            {"10B", "10"},
                                            {"1k", "1000"},
                                            {"18446744073709551615", "18446744073709551615"}}) {
    EXPECT_EQ(set(config, {"maxmemory", text}), "maxmemory");
    EXPECT_EQ(config.get("maxmemory"), bytes);
  }
  EXPECT_EQ(set(config, {"maxmemory-clients", "5%"}), "maxmemory-clients");
  EXPECT_EQ(config->maxmemory_clients, -5);
  EXPECT_EQ(config.get("maxmemory-clients"), "5%");
}

TEST(ConfigSet, CorrectsWhatRedisCorrects) {
  Config config;
  set(config, {"hz", "1000", "repl-backlog-size", "1"});
  EXPECT_EQ(get(config, {"hz", "repl-backlog-size"}), "hz=500 repl-backlog-size=16384");
  set(config, {"hz", "0"});
  EXPECT_EQ(config->hz, 1);
}

TEST(ConfigSet, ChangesTheOutputLimitsOfTheClassesItNames) {
  Config config;
  set(config, {"client-output-buffer-limit", "slave 2mb 1kb 10 pubsub 1 2 3"});
  EXPECT_EQ(config->output_limit(ClientClass::normal), OutputLimit{});
  EXPECT_EQ(config->output_limit(ClientClass::replica), (OutputLimit{2 << 20, 1024, 10}));
  EXPECT_EQ(config->output_limit(ClientClass::pubsub), (OutputLimit{1, 2, 3}));
}

TEST(ConfigSet, WritesEventLettersInRedisOrder) {
  const std::vector<std::pair<Bytes, Bytes>> cases = {
      {"KEA", "AKE"},        {"Kgd", "gdK"},    {"Kg$lshzxet", "g$lshzxetK"},
      {"Kg$lshzxetd", "AK"}, {"KEAmn", "AKEm"}, {"nK", "nK"},
      {"mE", "Em"},          {"", ""},
  };
  for (const auto& [written, shown] : cases) {
    Config config;
    ASSERT_FALSE(set(config, {"notify-keyspace-events", written}).starts_with("ERR"));
    EXPECT_EQ(config.get("notify-keyspace-events"), shown) << written;
  }
}

TEST(ConfigSet, NoticesAChangeThatIsNotShown) {
  Config config;
  set(config, {"notify-keyspace-events", "KEA"});
  EXPECT_EQ(set(config, {"notify-keyspace-events", "KEAn"}), "notify-keyspace-events");
}

TEST(ConfigSet, AddsUpTheFlagsOfAShutdown) {
  Config config;
  set(config, {"shutdown-on-sigterm", "force now save"});
  EXPECT_EQ(config.get("shutdown-on-sigterm"), "save now force");
  set(config, {"shutdown-on-sigterm", "default nosave"});
  EXPECT_EQ(config->shutdown_on_sigterm, kShutdownNosave);
  set(config, {"oom-score-adj", "relative"});
  EXPECT_EQ(config.get("oom-score-adj"), "yes");
}

TEST(ConfigSet, TakesSavePointsAway) {
  Config config;
  EXPECT_EQ(set(config, {"save", ""}), "save");
  EXPECT_TRUE(config->save.empty());
  EXPECT_EQ(config.get("save"), "");
}

TEST(ConfigAssign, TakesWordsAndLists) {
  Config config;
  EXPECT_EQ(assign(config, {"save", "900", "1"}), "");
  EXPECT_EQ(assign(config, {"replicaof", "10.0.0.1 7000"}), "");
  EXPECT_EQ(get(config, {"save", "replicaof"}), "replicaof=10.0.0.1 7000 save=900 1");
  EXPECT_EQ(assign(config, {"slaveof", "No", "One"}), "");
  EXPECT_EQ(config->replicaof, std::nullopt);
  EXPECT_EQ(assign(config, {"bind", ""}), "");
  EXPECT_TRUE(config->bind.empty());
}

TEST(ConfigAssign, RefusesWhatIsNoDirective) {
  Config config;
  EXPECT_EQ(assign(config, {"nope", "1"}), "Bad directive or wrong number of arguments");
  EXPECT_EQ(assign(config, {""}), "Bad directive or wrong number of arguments");
  EXPECT_EQ(assign(config, {}), "Bad directive or wrong number of arguments");
  EXPECT_EQ(assign(config, {"rename-command", "get"}),
            "Bad directive or wrong number of arguments");
  EXPECT_EQ(assign(config, {"port"}), "wrong number of arguments");
  EXPECT_EQ(assign(config, {"port", "1", "2"}), "wrong number of arguments");
  EXPECT_EQ(assign(config, {"replicaof", "a"}), "wrong number of arguments");
  EXPECT_EQ(assign(config, {"replicaof", "a", "70000"}), "Invalid master port");
  EXPECT_EQ(assign(config, {"unixsocketperm", "999"}),
            "argument couldn't be parsed as an octal number");
  EXPECT_EQ(assign(config, {"unixsocketperm", "7777"}),
            "argument must be between 0 and 777 inclusive");
  EXPECT_EQ(assign(config, {"cluster-enabled", "yes"}),
            "cluster mode is not supported by this server");
  EXPECT_EQ(assign(config, {"cluster-enabled", "no"}), "");
}

TEST(ConfigAssign, ReadsPermissionsInOctal) {
  Config config;
  EXPECT_EQ(assign(config, {"unixsocketperm", "0700"}), "");
  EXPECT_EQ(config->unixsocketperm, 0700);
  EXPECT_EQ(config.get("unixsocketperm"), "700");
}

TEST(Config, ShowsWhomTheNodeFollows) {
  Config config;
  config.follow(PrimaryAddress{"db1", 7000});
  EXPECT_EQ(get(config, {"replicaof", "slaveof"}), "replicaof=db1 7000 slaveof=db1 7000");
  config.follow(std::nullopt);
  EXPECT_EQ(config.get("slaveof"), "");
}

// Whatever a directive shows, it accepts, and shows again.
TEST(Config, AcceptsEveryValueItShows) {
  for (const DirectiveGroup& group : directive_groups()) {
    for (const Directive& directive : group.directives) {
      if (directive.flags & kFileOnly || directive.name == "replicaof") continue;
      Config config;
      const Bytes shown = directive_text(directive, *config);
      EXPECT_EQ(assign(config, {Bytes(directive.name), shown}), "") << directive.name;
      EXPECT_EQ(config, Config()) << directive.name;
    }
  }
}

}  // namespace
}  // namespace replserver
