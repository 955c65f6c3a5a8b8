#include "node/latency.hpp"

#include <gtest/gtest.h>

#include "node/latency_report.hpp"

namespace replserver {
namespace {

TEST(LatencyMonitor, KeepsTheWorstSpikeOfASecond) {
  LatencyMonitor monitor;
  monitor.add("command", 100, 20);
  monitor.add("command", 100, 50);
  monitor.add("command", 100, 30);
  monitor.add("command", 101, 10);
  const auto& event = monitor.events().at("command");
  ASSERT_EQ(event.history.size(), 2u);
  EXPECT_EQ(event.history[0].milliseconds, 50);
  EXPECT_EQ(event.history[1].milliseconds, 10);
  EXPECT_EQ(event.max_milliseconds, 50);
}

TEST(LatencyMonitor, RemembersTheWorstEverBeyondItsHistory) {
  LatencyMonitor monitor;
  monitor.add("command", 0, 900);
  for (int i = 1; i <= 160; ++i) monitor.add("command", i, 10);
  const auto& event = monitor.events().at("command");
  EXPECT_EQ(event.history.size(), LatencyMonitor::kHistoryMax);
  EXPECT_EQ(event.history.front().unix_time, 1);
  EXPECT_EQ(event.max_milliseconds, 900);
}

TEST(LatencyMonitor, ForgetsOneEventOrAllAndCountsThem) {
  LatencyMonitor monitor;
  monitor.add("a", 1, 1);
  monitor.add("b", 1, 1);
  monitor.add("c", 1, 1);
  EXPECT_EQ(monitor.reset("b"), 1u);
  EXPECT_EQ(monitor.reset("b"), 0u);
  EXPECT_EQ(monitor.reset_all(), 2u);
  EXPECT_TRUE(monitor.events().empty());
}

TEST(LatencyGraph, DrawsOneSpikeAsItsFootAndItsAge) {
  LatencyMonitor monitor;
  monitor.add("command", 1000, 50);
  EXPECT_EQ(latency_graph("command", monitor.events().at("command"), 1001),
            "command - high 50 ms, low 50 ms (all time high 50 ms)\n" + Bytes(80, '-') +
                "\n \n \n \n_\n \n1\ns\n");
}

TEST(LatencyGraph, DrawsBarsBetweenTheLowestAndTheHighestSpike) {
  LatencyMonitor monitor;
  monitor.add("command", 0, 10);
  monitor.add("command", 100000 - 3600, 50);
  monitor.add("command", 100000 - 90, 110);
  monitor.add("command", 100000, 20);
  EXPECT_EQ(latency_graph("command", monitor.events().at("command"), 100000),
            "command - high 110 ms, low 10 ms (all time high 110 ms)\n" + Bytes(80, '-') +
                "\n"
                "  # \n"
                "  | \n"
                " o| \n"
                "_||o\n"
                "    \n"
                "1110\n"
                "dhms\n");
}

TEST(LatencyAdvice, NamesWhatIsMissingOrWhatWasSeen) {
  LatencyMonitor monitor;
  EXPECT_NE(latency_advice(monitor, 0).find("latency-monitor-threshold"), Bytes::npos);
  EXPECT_EQ(latency_advice(monitor, 100), "No latency spike has been seen.\n");
  monitor.add("command", 10, 200);
  monitor.add("command", 14, 100);
  EXPECT_NE(latency_advice(monitor, 100)
                .find("1. command: 2 spikes in 4 s, 150 ms on average, the worst ever 200 ms."),
            Bytes::npos);
}

}  // namespace
}  // namespace replserver
