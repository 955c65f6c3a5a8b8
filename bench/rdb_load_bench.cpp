// Loading RDB files: small strings, whose cost is that of the table and of memory, and small packed
// values. Time is per file; `ns` says what one key took.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "base/random.hpp"
#include "data/change.hpp"
#include "data/hash.hpp"
#include "data/keyspace.hpp"
#include "rdb/loader.hpp"
#include "rdb/writer.hpp"

namespace replserver {
namespace {

enum Kind { kStrings, kHashes };

Bytes file_of(Kind kind, std::size_t keys) {
  Random random(1);
  Keyspace keyspace(1, random);
  Database& database = keyspace.database(0);
  for (std::size_t number = 0; number < keys; ++number) {
    const Bytes name = "key:" + std::to_string(number);
    const Key key = keyspace.make_key(name);
    if (kind == kStrings) {
      database.set_string(key, Bytes(32, static_cast<char>('a' + number % 26)),
                          Database::Expiry::clear);
    } else {
      Change<Hash> hash = database.change<Hash>(key);
      for (const char* field : {"name", "mail", "city"}) hash->set(field, name);
    }
  }
  RdbWriter writer({});
  const auto snapshot = keyspace.start_snapshot({&writer});
  writer.begin({}, *snapshot);
  Bytes file;
  const auto take = [&] {
    for (ByteView next; !(next = writer.stream().read(file.size())).empty();) file += next;
    writer.taken(file.size());
  };
  while (snapshot->walk({}) != Snapshot::Pause::finished) take();
  writer.finish();
  take();
  return file;
}

void Load(benchmark::State& state) {
  const auto kind = static_cast<Kind>(state.range(0));
  const auto keys = static_cast<std::size_t>(state.range(1));
  const bool knows_size = state.range(2) != 0;
  const Bytes file = file_of(kind, keys);
  Random random(2);
  for (auto _ : state) {
    Keyspace keyspace(1, random);
    RdbLoader loader(keyspace, {.size = knows_size ? file.size() : 0});
    const auto fed = loader.feed(file);
    if (!fed) state.SkipWithError(fed.error().text.c_str());
    state.PauseTiming();
    keyspace.replace_all(loader.take(), Keyspace::Flush::now);
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(keys));
  state.counters["ns"] = benchmark::Counter(
      static_cast<double>(keys) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(Load)
    ->ArgNames({"kind", "keys", "sized"})
    ->Args({kStrings, 100'000, 1})
    ->Args({kStrings, 2'000'000, 1})
    ->Args({kStrings, 2'000'000, 0})
    ->Args({kHashes, 300'000, 1})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace replserver
