// The keyspace by itself: growing, looking up cold keys, bytes per key, the worst single insert.
// Keys of 16 bytes, values of 32. Run one at a time (--benchmark_filter): each holds its own data.
#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "filled_keyspace.hpp"

namespace replserver {
namespace {

// Of this thread's own time, page faults included: what others do on the machine does not count.
double cpu_us() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

constexpr std::size_t kBatch = 16;
void Grow(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    auto keyspace = filled(keys);
    state.counters["bytes/key"] =
        static_cast<double>(keyspace->used_memory()) / static_cast<double>(keys);
    state.counters["reserved/key"] =
        static_cast<double>(keyspace->reserved_memory()) / static_cast<double>(keys);
    state.counters["table/key"] =
        static_cast<double>(keyspace->table_memory()) / static_cast<double>(keys);
    state.PauseTiming();
    keyspace.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Grow)->Arg(100'000)->Arg(1'000'000)->Arg(5'000'000)->Unit(benchmark::kMillisecond);

// The longest time one insert takes, and how many take longer than 20 and 100 µs.
void WorstInsert(benchmark::State& state) {
  for (auto _ : state) {
    Random random(1);
    Keyspace keyspace(1, random);
    Database& database = keyspace.database(0);
    double worst_us = 0, over_20 = 0, over_100 = 0;
    double before = cpu_us();
    for (std::int64_t number = 0; number < state.range(0); ++number) {
      const KeyText key(static_cast<std::uint64_t>(number));
      database.set_string(database.make_key(key.view()), kValue, std::nullopt);
      const double after = cpu_us();
      const double took_us = after - before;
      worst_us = std::max(worst_us, took_us);
      over_20 += took_us > 20;
      over_100 += took_us > 100;
      before = after;
    }
    state.counters["worst_us"] = worst_us;
    state.counters["over_20us"] = over_20;
    state.counters["over_100us"] = over_100;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(WorstInsert)->Arg(10'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

void LookupOneByOne(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  const Database& database = keyspace_of(keys).database(0);
  Random random(2);
  for (auto _ : state) {
    const KeyText key(random.below(keys));
    benchmark::DoNotOptimize(database.find(database.make_key(key.view())));
  }
}

void LookupInBatches(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  const Database& database = keyspace_of(keys).database(0);
  Random random(2);
  std::vector<KeyText> texts(kBatch, KeyText(0));
  Key hashed[kBatch];
  for (auto _ : state) {
    for (std::size_t which = 0; which < kBatch; ++which) {
      texts[which] = KeyText(random.below(keys));
      hashed[which] = database.make_key(texts[which].view());
      database.prefetch_bucket(hashed[which].hash);
    }
    for (const Key& key : hashed) database.prefetch_entry(key.hash);
    for (const Key& key : hashed) benchmark::DoNotOptimize(database.find(key));
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

// What both spend on making the text of a key.
void MakeKeyText(benchmark::State& state) {
  Random random(2);
  for (auto _ : state) {
    KeyText key(random.below(5'000'000));
    benchmark::DoNotOptimize(key);
  }
}

void Overwrite(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  Database& database = keyspace_of(keys).database(0);
  Random random(2);
  for (auto _ : state) {
    const KeyText key(random.below(keys));
    database.set_string(database.make_key(key.view()), kValue, std::nullopt);
  }
}

class CountingSink : public SnapshotSink {
 public:
  void entry(int, const Entry& entry) override { bytes += entry.key().size() + 32; }
  std::size_t backlog() const override { return 0; }
  std::size_t bytes = 0;
};

void SnapshotWalk(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  Keyspace& keyspace = keyspace_of(keys);
  for (auto _ : state) {
    CountingSink sink;
    const auto snapshot = keyspace.start_snapshot({&sink});
    while (snapshot->walk({}) != Snapshot::Pause::finished) {
    }
    benchmark::DoNotOptimize(sink.bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void FlushAll(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto keyspace = filled(static_cast<std::uint64_t>(state.range(0)));
    state.ResumeTiming();
    keyspace->flush_all(Keyspace::Flush::now);
    state.PauseTiming();
    keyspace.reset();
    state.ResumeTiming();
  }
}

BENCHMARK(MakeKeyText);
BENCHMARK(LookupOneByOne)->Arg(100'000)->Arg(1'000'000)->Arg(5'000'000);
BENCHMARK(LookupInBatches)->Arg(100'000)->Arg(1'000'000)->Arg(5'000'000);
BENCHMARK(Overwrite)->Arg(100'000)->Arg(5'000'000);
BENCHMARK(SnapshotWalk)->Arg(1'000'000)->Arg(5'000'000)->Unit(benchmark::kMillisecond);
BENCHMARK(FlushAll)->Arg(5'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace replserver
