// Each mutant is found: a process of this program in which it lives fails the checks that are named
// here; the same checks pass in one where none lives. See base/mutant.hpp.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "sim/replication_walk.hpp"

namespace replserver::sim {
namespace {

// In a process of its own, see below: walks until one ends badly.
TEST(UnderAMutant, WalksEndWell) {
  const char* const count = std::getenv("REPLSERVER_MUTANT_SEEDS");
  if (count == nullptr) GTEST_SKIP() << "not asked for";
  for (int seed = 1; seed <= std::atoi(count); ++seed) {
    const auto wrong = ReplicationWalk(static_cast<std::uint64_t>(seed)).run();
    ASSERT_FALSE(wrong) << "seed " << seed << ": " << wrong->check << ": " << wrong->text;
  }
}

constexpr const char* kWalks = "UnderAMutant.WalksEndWell";
// So many seeds: for a mutant that two walks in five find, and for one that one in thirty finds.
constexpr int kOften = 20, kRare = 120;

struct Check {
  const char* tests;  // a filter of this program
  int seeds;          // of the walks
};

// Whether all tests of the check pass where this mutant lives. One that ends by an assertion of ours
// has failed, too.
bool passes(Mutant mutant, const Check& check) {
  const pid_t child = fork();
  RS_ASSERT(child >= 0);
  if (child == 0) {
    const int nowhere = open("/dev/null", O_WRONLY);
    if (std::getenv("REPLSERVER_MUTANT_SHOWN") == nullptr) {
      dup2(nowhere, STDOUT_FILENO);
      dup2(nowhere, STDERR_FILENO);
    }
    setenv("REPLSERVER_MUTANT", std::to_string(static_cast<int>(mutant)).c_str(), 1);
    setenv("REPLSERVER_MUTANT_SEEDS", std::to_string(check.seeds).c_str(), 1);
    for (const char* const inherited : {"GTEST_OUTPUT", "GTEST_FILTER", "GTEST_TOTAL_SHARDS",
                                        "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE"}) {
      unsetenv(inherited);
    }
    const std::string filter = std::string("--gtest_filter=") + check.tests;
    execl("/proc/self/exe", "mutant_test", filter.c_str(), "--gtest_fail_fast",
          static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  RS_ASSERT(waitpid(child, &status, 0) == child);
  RS_ASSERT(!WIFEXITED(status) || WEXITSTATUS(status) != 127);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct Case {
  Mutant mutant;
  const char* name;
  Check check;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

#define EXHIBIT(name) \
  { "Museum." name, 0 }
#define WALKS(seeds) \
  { kWalks, seeds }
#define MUTANT(name) Mutant::name, #name

// What finds it, the cheapest first to fail; for walks within how many seeds.
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      // The museum: each bug, back where it was.
      {MUTANT(refuses_the_end), EXHIBIT("AReplicaThatLacksNothingResumesAtTheEndOfAFullBacklog")},
      {MUTANT(shares_history_after_full_sync),
       EXHIBIT("AReplicasReplicaIsSentTheNewDataWhenItsPrimaryFollowsAnotherHistory")},
      {MUTANT(hands_on_half_transactions),
       EXHIBIT("HalfATransactionIsNoPartOfAPromotedReplicasHistory")},
      {MUTANT(forgets_the_streams_database),
       EXHIBIT("ARestartedReplicaGoesOnInTheDatabaseOfTheStream")},
      {MUTANT(forgets_last_ping), EXHIBIT("PingsAreHistoryLikeAllOtherBytes")},
      {MUTANT(former_history_never_ends),
       EXHIBIT("WhatOnlyTheOldPrimaryHadIsGoneWhenRolesHaveChanged")},
      {MUTANT(saves_an_older_position), EXHIBIT("TheDataOfAFileAreThoseOfThePositionThatItNames")},
      {MUTANT(takes_position_before_data), EXHIBIT("APositionIsOursOnlyWithItsData")},

      {MUTANT(skips_writes_during_a_full_sync),
       EXHIBIT("AllReplicasOfASnapshotGetWhatIsWrittenWhileItIsSent")},
      {MUTANT(forgets_the_former_history), EXHIBIT("RolesChangeTwiceWithoutAFullSync")},

      // The random walks, which know of no bug in particular.
      {MUTANT(refuses_the_end), WALKS(kOften)},
      {MUTANT(refuses_the_beginning), WALKS(kOften)},
      {MUTANT(resumes_past_the_end), WALKS(kRare)},
      {MUTANT(forgets_the_former_history), WALKS(kOften)},
      {MUTANT(shares_one_byte_too_many), WALKS(kOften)},
      {MUTANT(former_history_never_ends), WALKS(kOften)},
      {MUTANT(shares_history_after_full_sync), WALKS(kOften)},
      {MUTANT(keeps_its_name_when_promoted), WALKS(kOften)},
      {MUTANT(takes_position_before_data), WALKS(kRare)},
      {MUTANT(keeps_position_after_failed_load), WALKS(kRare)},
      {MUTANT(moves_offset_inside_multi), WALKS(kRare)},
      {MUTANT(hands_on_half_transactions), WALKS(kRare)},
      {MUTANT(counts_no_getack), WALKS(kRare)},
      {MUTANT(forgets_last_ping), WALKS(kOften)},
      {MUTANT(saves_an_older_position), WALKS(kRare)},
      {MUTANT(repeats_no_select), WALKS(kRare)},
      {MUTANT(forgets_the_streams_database), WALKS(kRare)},
      {MUTANT(expires_on_replicas), WALKS(kOften)},
      {MUTANT(shows_expired_keys_of_replicas), WALKS(kOften)},
      {MUTANT(counts_closed_replicas), WALKS(kOften)},
      {MUTANT(takes_sent_for_acknowledged), WALKS(kOften)},

      {MUTANT(tells_nobody_of_expiry), WALKS(kOften)},
      {MUTANT(skips_writes_during_a_full_sync), WALKS(kRare)},
      {MUTANT(hands_on_relative_expiry), WALKS(kOften)},
      {MUTANT(hands_on_random_draws), WALKS(kRare)},

      // What no digest tells, and what WAIT promises.
      {MUTANT(hands_on_relative_expiry),
       {"ReplicationRules.AKeyExpiresEverywhereAtTheInstantThatItsPrimaryReckoned", 0}},
      {MUTANT(takes_sent_for_acknowledged), {"Durability.*", 0}},
  };
  return all;
}

class Mutants : public ::testing::TestWithParam<Case> {};

TEST_P(Mutants, AreFound) {
  EXPECT_FALSE(passes(GetParam().mutant, GetParam().check))
      << GetParam().name << " lives, and " << GetParam().check.tests << " passes";
}

INSTANTIATE_TEST_SUITE_P(All, Mutants, ::testing::ValuesIn(cases()),
                         [](const ::testing::TestParamInfo<Case>& one) {
                           return std::string(one.param.name) +
                                  (one.param.check.seeds > 0 ? "_by_walks" : "");
                         });

TEST(NoMutant, IsForgotten) {
  std::set<Mutant> sought;
  for (const Case& one : cases()) sought.insert(one.mutant);
  EXPECT_EQ(sought.size(), static_cast<std::size_t>(Mutant::count) - 1);
}

TEST(NoMutant, MakesNoCheckFail) {
  std::map<std::string, int> checks;  // each once, with the most seeds that any mutant needs
  for (const Case& one : cases()) {
    int& seeds = checks[one.check.tests];
    seeds = std::max(seeds, one.check.seeds);
  }
  for (const auto& [tests, seeds] : checks) {
    EXPECT_TRUE(passes(Mutant::none, {tests.c_str(), seeds})) << tests;
  }
}

}  // namespace
}  // namespace replserver::sim
