#include "node/latency_report.hpp"

#include <algorithm>
#include <vector>

namespace replserver {
namespace {

using Spike = LatencyMonitor::Spike;

constexpr std::size_t kColumns = 80;
constexpr int kRows = 4;
constexpr ByteView kTips = "_o#";  // a bar's top, in thirds of a row
constexpr int kTipCount = static_cast<int>(kTips.size());

// All of one event's spikes, against which one bar is high or low.
struct Range {
  std::int64_t low, high;

  int height(std::int64_t milliseconds) const {  // in thirds of a row
    constexpr int kSteps = kRows * kTipCount;
    if (high == low) return 0;
    const std::int64_t step = (milliseconds - low) * kSteps / (high - low);
    return static_cast<int>(std::min<std::int64_t>(step, kSteps - 1));
  }
};

Range range_of(const LatencyMonitor::Event& event) {
  const auto less = [](const Spike& a, const Spike& b) { return a.milliseconds < b.milliseconds; };
  const auto [low, high] = std::minmax_element(event.history.begin(), event.history.end(), less);
  return {low->milliseconds, high->milliseconds};
}

Bytes age(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour;
  if (seconds < kMinute) return std::to_string(seconds) + "s";
  if (seconds < kHour) return std::to_string(seconds / kMinute) + "m";
  if (seconds < kDay) return std::to_string(seconds / kHour) + "h";
  return std::to_string(seconds / kDay) + "d";
}

char bar_at(int row, int height) {
  const int above_foot = height - row * kTipCount;
  if (above_foot < 0) return ' ';
  return above_foot < kTipCount ? kTips[static_cast<std::size_t>(above_foot)] : '|';
}

Bytes bars(const std::vector<Spike>& spikes, const Range& range) {
  Bytes text;
  for (int row = kRows - 1; row >= 0; --row) {
    for (const Spike& spike : spikes) text += bar_at(row, range.height(spike.milliseconds));
    text += "\n";
  }
  return text;
}

Bytes labels(const std::vector<Spike>& spikes, std::int64_t unix_time) {
  std::vector<Bytes> ages;
  std::size_t longest = 0;
  for (const Spike& spike : spikes) {
    ages.push_back(age(unix_time - spike.unix_time));
    longest = std::max(longest, ages.back().size());
  }
  Bytes text = Bytes(spikes.size(), ' ') + "\n";
  for (std::size_t row = 0; row < longest; ++row) {
    for (const Bytes& label : ages) text += row < label.size() ? label[row] : ' ';
    text += "\n";
  }
  return text;
}

Bytes one_line(ByteView name, const LatencyMonitor::Event& event) {
  std::int64_t sum = 0;
  for (const Spike& spike : event.history) sum += spike.milliseconds;
  const auto count = static_cast<std::int64_t>(event.history.size());
  const std::int64_t seconds = event.history.back().unix_time - event.history.front().unix_time;
  return Bytes(name) + ": " + std::to_string(count) + " spikes in " + std::to_string(seconds) +
         " s, " + std::to_string(sum / count) + " ms on average, the worst ever " +
         std::to_string(event.max_milliseconds) + " ms.\n";
}

// What an event's spikes come from, by its name.
ByteView cause(ByteView event) {
  if (event == "command") {
    return "SLOWLOG GET tells which commands were slow; look for KEYS, big ranges and big values.";
  }
  if (event == "fast-command") {
    return "A command that is never slow was: the machine itself was busy, or out of memory.";
  }
  if (event == "expire-cycle") return "Many keys expire at once; spread their times to live.";
  if (event == "eviction-cycle") return "The data is larger than maxmemory allows it to be.";
  return "See LATENCY GRAPH for when it happened.";
}

}  // namespace

Bytes latency_graph(ByteView name, const LatencyMonitor::Event& event, std::int64_t unix_time) {
  const Range range = range_of(event);
  Bytes text = Bytes(name) + " - high " + std::to_string(range.high) + " ms, low " +
               std::to_string(range.low) + " ms (all time high " +
               std::to_string(event.max_milliseconds) + " ms)\n" + Bytes(kColumns, '-') + "\n";
  for (std::size_t from = 0; from < event.history.size(); from += kColumns) {
    const std::size_t to = std::min(from + kColumns, event.history.size());
    const auto begin = event.history.begin();
    const std::vector<Spike> shown(begin + static_cast<std::ptrdiff_t>(from),
                                   begin + static_cast<std::ptrdiff_t>(to));
    if (from > 0) text += "\n";
    text += bars(shown, range) + labels(shown, unix_time);
  }
  return text;
}

Bytes latency_advice(const LatencyMonitor& monitor, std::int64_t threshold_ms) {
  if (monitor.events().empty() && threshold_ms == 0) {
    return "Latency is not being watched. CONFIG SET latency-monitor-threshold <milliseconds> says "
           "from when on an event is a spike.\n";
  }
  if (monitor.events().empty()) return "No latency spike has been seen.\n";

  Bytes text = "Latency spikes have been seen:\n\n";
  int number = 0;
  for (const auto& [name, event] : monitor.events()) {
    text +=
        std::to_string(++number) + ". " + one_line(name, event) + "   " + Bytes(cause(name)) + "\n";
  }
  return text;
}

}  // namespace replserver
