// SLOWLOG, LATENCY and MEMORY: what was slow, when, and what the memory is used for.
#include <algorithm>
#include <concepts>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "base/until_nul.hpp"
#include "command/help.hpp"
#include "node/latency_report.hpp"
#include "node/memory_report.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

// ---- SLOWLOG

void reply_entry(resp::Writer& reply, const SlowEntry& entry) {
  reply.array(6);
  reply.integer(static_cast<std::int64_t>(entry.id));
  reply.integer(entry.unix_time);
  reply.integer(entry.microseconds);
  reply.array(entry.words.size());
  for (const Bytes& word : entry.words) reply.bulk(word);
  reply.bulk(entry.address);
  reply.bulk(entry.client_name);
}

void slowlog_get(NodeContext& context, Args args) {
  if (args.size() > 3) {
    context.reply.error("ERR unknown subcommand or wrong number of arguments for '" +
                        Bytes(args[1]) + "'. Try SLOWLOG HELP.");
    return;
  }
  const auto& entries = context.node.slowlog.entries();
  std::size_t count = 10;
  if (args.size() == 3) {
    const auto wanted = parse_integer(args[2]);
    if (!wanted || *wanted < -1) {
      context.reply.error("ERR count should be greater than or equal to -1");
      return;
    }
    count = *wanted == -1 ? entries.size() : static_cast<std::size_t>(*wanted);
  }
  count = std::min(count, entries.size());
  context.reply.array(count);
  for (std::size_t i = 0; i < count; ++i) reply_entry(context.reply, entries[i]);
}

void slowlog_len(NodeContext& context, Args) {
  context.reply.integer(static_cast<std::int64_t>(context.node.slowlog.entries().size()));
}

void slowlog_reset(NodeContext& context, Args) {
  context.node.slowlog.reset();
  context.reply.ok();
}

void slowlog_help(NodeContext& context, Args) {
  constexpr ByteView kLines[] = {
      "GET [<count>]",
      "    The newest entries (10; -1: all): id, Unix time, microseconds, words, the client's",
      "    address and name.",
      "LEN",
      "    How many entries there are.",
      "RESET",
      "    Forget them all.",
  };
  reply_help(context.reply, "slowlog", kLines);
}

// ---- LATENCY

void latency_latest(NodeContext& context, Args) {
  const auto& events = context.node.latency.events();
  context.reply.array(events.size());
  for (const auto& [name, event] : events) {
    context.reply.array(4);
    context.reply.bulk(name);
    context.reply.integer(event.history.back().unix_time);
    context.reply.integer(event.history.back().milliseconds);
    context.reply.integer(event.max_milliseconds);
  }
}

void latency_history(NodeContext& context, Args args) {
  const auto& events = context.node.latency.events();
  const auto event = events.find(args[2]);
  if (event == events.end()) {
    context.reply.array(0);
    return;
  }
  context.reply.array(event->second.history.size());
  for (const LatencyMonitor::Spike& spike : event->second.history) {
    context.reply.array(2);
    context.reply.integer(spike.unix_time);
    context.reply.integer(spike.milliseconds);
  }
}

void latency_graph_command(NodeContext& context, Args args) {
  const auto& events = context.node.latency.events();
  const auto event = events.find(args[2]);
  if (event == events.end()) {
    context.reply.error("ERR No samples available for event '" + Bytes(until_nul(args[2])) + "'");
    return;
  }
  context.reply.verbatim(
      "txt", latency_graph(event->first, event->second, unix_seconds(context.now.wall)));
}

void latency_reset(NodeContext& context, Args args) {
  LatencyMonitor& latency = context.node.latency;
  std::size_t forgotten = 0;
  if (args.size() == 2) forgotten = latency.reset_all();
  for (const ByteView event : args.subspan(2)) forgotten += latency.reset(event);
  context.reply.integer(static_cast<std::int64_t>(forgotten));
}

void latency_doctor(NodeContext& context, Args) {
  context.reply.verbatim(
      "txt", latency_advice(context.node.latency, context.node.config->latency_monitor_threshold));
}

// The buckets that Redis shows end at 1024 ns and its doublings, and a 128th more: the resolution
// of its histogram. They are named in microseconds: 1, 2, 4, 8, 16, 33, 66, …
void reply_histogram(resp::Writer& reply, const Histogram& latency) {
  reply.map(2);
  reply.bulk("calls");
  reply.integer(static_cast<std::int64_t>(latency.count()));
  reply.bulk("histogram_usec");
  const auto late = reply.begin();
  std::size_t buckets = 0;
  std::uint64_t told = 0;
  constexpr std::uint64_t kFirst = 1024, kLast = kFirst << 36;  // more than the histogram holds
  for (std::uint64_t bound = kFirst; told < latency.count() && bound <= kLast; bound *= 2) {
    const std::uint64_t upper = bound + bound / 128 - 1;
    const std::uint64_t count = bound == kLast ? latency.count() : latency.count_up_to(upper);
    if (count == told) continue;
    told = count;
    ++buckets;
    reply.integer(static_cast<std::int64_t>(upper / 1000));
    reply.integer(static_cast<std::int64_t>(count));
  }
  reply.end_map(late, buckets);
}

// A container stands for all of its subcommands.
void collect_measured(const RegisteredCommand& command,
                      std::vector<const RegisteredCommand*>& measured) {
  if (command.stats.latency) measured.push_back(&command);
  for (const RegisteredCommand* const sub : command.subcommands) collect_measured(*sub, measured);
}

const RegisteredCommand* named(const Registry& registry, ByteView name) {
  const std::size_t bar = name.find('|');
  if (bar == ByteView::npos) return registry.find(name);
  const ByteView words[] = {name.substr(0, bar), name.substr(bar + 1)};
  const RegisteredCommand* const command = registry.resolve(words);
  return command != nullptr && command->parent != nullptr ? command : nullptr;
}

void latency_histogram(NodeContext& context, Args args) {
  const Registry& registry = context.node.registry;
  std::vector<const RegisteredCommand*> measured;
  if (args.size() == 2) {
    for (const RegisteredCommand& command : registry.all()) {
      if (command.stats.latency) measured.push_back(&command);
    }
  }
  for (const ByteView name : args.subspan(2)) {
    if (const auto* const command = named(registry, name)) collect_measured(*command, measured);
  }
  context.reply.map(measured.size());
  for (const RegisteredCommand* const command : measured) {
    context.reply.bulk(command->row->name);
    reply_histogram(context.reply, *command->stats.latency);
  }
}

void latency_help(NodeContext& context, Args) {
  constexpr ByteView kLines[] = {
      "DOCTOR",
      "    What was slow, and what to do about it, in words.",
      "GRAPH <event>",
      "    The event's spikes as a picture.",
      "HISTORY <event>",
      "    The event's spikes: Unix time and milliseconds of each.",
      "LATEST",
      "    Each event's last spike, and its worst.",
      "RESET [<event> ...]",
      "    Forget the spikes of these events, or of all.",
      "HISTOGRAM [COMMAND ...]",
      "    How many calls of these commands, or of all, took how long at most.",
  };
  reply_help(context.reply, "latency", kLines);
}

// ---- MEMORY

void memory_usage(NodeContext& context, Args args) {
  // SAMPLES is understood and not needed: an entry knows its size.
  for (std::size_t i = 3; i < args.size(); i += 2) {
    const bool is_samples = equal_ignoring_case(args[i], "samples") && i + 1 < args.size();
    const auto samples = is_samples ? parse_integer(args[i + 1]) : std::optional<std::int64_t>();
    if (is_samples && !samples) {
      context.reply.error(kNotInteger);
      return;
    }
    if (!samples || *samples < 0) {
      context.reply.error(kSyntaxError);
      return;
    }
  }
  // Also of a key that has expired: it takes memory until somebody deletes it.
  const Entry* const entry = context.database().find(context.key(args[2]));
  if (entry == nullptr) {
    context.reply.null();
    return;
  }
  context.reply.integer(static_cast<std::int64_t>(context.database().memory_usage(*entry)));
}

template <std::integral Number>
void reply_figure(resp::Writer& reply, ByteView name, Number value) {
  reply.bulk(name);
  reply.integer(static_cast<std::int64_t>(value));
}

void reply_ratio(resp::Writer& reply, ByteView name, double value) {
  reply.bulk(name);
  reply.number(value);
}

void reply_database(resp::Writer& reply, int db, const Database& database) {
  reply.bulk("db." + std::to_string(db));
  reply.map(3);
  reply_figure(reply, "overhead.hashtable.main", database.table_memory());
  reply_figure(reply, "overhead.hashtable.expires", 0);  // expiry times lie in the entries
  reply_figure(reply, "overhead.hashtable.slot-to-keys", 0);
}

void reply_allocation(resp::Writer& reply, const MemoryReport& memory) {
  reply_figure(reply, "allocator.allocated", memory.used);
  reply_figure(reply, "allocator.active", memory.reserved);
  reply_figure(reply, "allocator.resident", memory.reserved);
  reply_ratio(reply, "allocator-fragmentation.ratio", ratio(memory.reserved, memory.used));
  reply_figure(reply, "allocator-fragmentation.bytes", difference(memory.reserved, memory.used));
  reply_ratio(reply, "allocator-rss.ratio", 1);
  reply_figure(reply, "allocator-rss.bytes", 0);
  reply_ratio(reply, "rss-overhead.ratio", ratio(memory.resident, memory.reserved));
  reply_figure(reply, "rss-overhead.bytes", difference(memory.resident, memory.reserved));
  reply_ratio(reply, "fragmentation", ratio(memory.resident, memory.used));
  reply_figure(reply, "fragmentation.bytes", difference(memory.resident, memory.used));
}

void memory_stats(NodeContext& context, Args) {
  const MemoryReport memory = memory_report(context.node);
  const Keyspace& keyspace = context.keyspace;
  resp::Writer& reply = context.reply;
  std::size_t databases = 0;
  for (int db = 0; db < keyspace.databases(); ++db) databases += !keyspace.database(db).empty();

  reply.map(27 + databases);
  reply_figure(reply, "peak.allocated", memory.peak);
  reply_figure(reply, "total.allocated", memory.used);
  reply_figure(reply, "startup.allocated", memory.startup);
  reply_figure(reply, "replication.backlog", memory.backlog);
  reply_figure(reply, "clients.slaves", 0);
  reply_figure(reply, "clients.normal", memory.clients);
  reply_figure(reply, "cluster.links", 0);
  reply_figure(reply, "aof.buffer", 0);
  reply_figure(reply, "lua.caches", 0);
  reply_figure(reply, "functions.caches", 0);
  for (int db = 0; db < keyspace.databases(); ++db) {
    if (!keyspace.database(db).empty()) reply_database(reply, db, keyspace.database(db));
  }
  reply_figure(reply, "overhead.total", memory.overhead());
  reply_figure(reply, "keys.count", memory.keys);
  reply_figure(reply, "keys.bytes-per-key",
               memory.keys == 0 ? 0 : (memory.used - memory.startup) / memory.keys);
  reply_figure(reply, "dataset.bytes", memory.dataset());
  reply_ratio(reply, "dataset.percentage", memory.dataset_percentage());
  reply_ratio(reply, "peak.percentage", memory.peak_percentage());
  reply_allocation(reply, memory);
}

void memory_doctor(NodeContext& context, Args) {
  context.reply.verbatim("txt",
                         memory_advice(memory_report(context.node), context.node.sessions.size()));
}

void memory_malloc_stats(NodeContext& context, Args) {
  Bytes text = "Arenas, one per database that holds keys; bytes:\n";
  for (int db = 0; db < context.keyspace.databases(); ++db) {
    const Database& database = context.keyspace.database(db);
    if (database.reserved_memory() == 0) continue;
    text += "db" + std::to_string(db) + ": used " + std::to_string(database.used_memory()) +
            ", of it tables " + std::to_string(database.table_memory()) +
            ", taken from the system " + std::to_string(database.reserved_memory()) + "\n";
  }
  context.reply.verbatim("txt", text);
}

void memory_purge(NodeContext& context, Args) {
  // More than one command should do: the timer goes on with what is left.
  constexpr std::size_t kSteps = 4096;
  context.keyspace.maintain(kSteps);
  context.reply.ok();
}

void memory_help(NodeContext& context, Args) {
  constexpr ByteView kLines[] = {
      "DOCTOR",
      "    What stands out in the node's memory, in words.",
      "MALLOC-STATS",
      "    What the allocator holds.",
      "PURGE",
      "    Give free memory back to the system.",
      "STATS",
      "    What the memory is used for.",
      "USAGE <key> [SAMPLES <count>]",
      "    Bytes that the key and its value take.",
  };
  reply_help(context.reply, "memory", kLines);
}

constexpr std::uint32_t kAlways = kLoading | kStale;
constexpr std::uint32_t kLatency = kAdmin | kNoScript | kAlways;

constexpr Command kCommands[] = {
    {"slowlog", -2, 0, {}, kNoCategory, nullptr},
    {"slowlog|get", -2, kAdmin | kAlways, {}, kNoCategory, as_node<slowlog_get>},
    {"slowlog|len", 2, kAdmin | kAlways, {}, kNoCategory, as_node<slowlog_len>},
    {"slowlog|reset", 2, kAdmin | kAlways, {}, kNoCategory, as_node<slowlog_reset>},
    {"slowlog|help", 2, kAlways, {}, kNoCategory, as_node<slowlog_help>},
    {"latency", -2, 0, {}, kNoCategory, nullptr},
    {"latency|doctor", 2, kLatency, {}, kNoCategory, as_node<latency_doctor>},
    {"latency|graph", 3, kLatency, {}, kNoCategory, as_node<latency_graph_command>},
    {"latency|histogram", -2, kLatency, {}, kNoCategory, as_node<latency_histogram>},
    {"latency|history", 3, kLatency, {}, kNoCategory, as_node<latency_history>},
    {"latency|latest", 2, kLatency, {}, kNoCategory, as_node<latency_latest>},
    {"latency|reset", -2, kLatency, {}, kNoCategory, as_node<latency_reset>},
    {"latency|help", 2, kAlways, {}, kNoCategory, as_node<latency_help>},
    {"memory", -2, 0, {}, kNoCategory, nullptr},
    {"memory|doctor", 2, 0, {}, kNoCategory, as_node<memory_doctor>},
    {"memory|malloc-stats", 2, 0, {}, kNoCategory, as_node<memory_malloc_stats>},
    {"memory|purge", 2, 0, {}, kNoCategory, as_node<memory_purge>},
    {"memory|stats", 2, 0, {}, kNoCategory, as_node<memory_stats>},
    {"memory|usage", -3, kReadonly, {2, 2, 1}, kNoCategory, as_node<memory_usage>},
    {"memory|help", 2, kAlways, {}, kNoCategory, as_node<memory_help>},
};

}  // namespace

std::span<const Command> observation_commands() { return kCommands; }

}  // namespace replserver
