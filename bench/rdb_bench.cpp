// Writing a snapshot as RDB, into memory that its reader gives back at once; and what that is made of.
#include <benchmark/benchmark.h>

#include "filled_keyspace.hpp"
#include "rdb/crc64.hpp"
#include "rdb/lzf.hpp"
#include "rdb/writer.hpp"

namespace replserver {
namespace {

void write_all(benchmark::State& state, Keyspace& keyspace, const RdbFormat& format) {
  std::uint64_t bytes = 0, keys = 0;
  for (auto _ : state) {
    RdbWriter writer(format);
    const auto snapshot = keyspace.start_snapshot({&writer});
    writer.begin({}, *snapshot);
    while (snapshot->walk({}) != Snapshot::Pause::finished) writer.taken(writer.stream().end());
    writer.finish();
    bytes += writer.stream().end();
    keys += writer.keys();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(keys));
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void WriteStrings(benchmark::State& state) {
  const RdbFormat format{.compress = state.range(2) != 0, .checksum = state.range(1) != 0};
  write_all(state, keyspace_of(static_cast<std::uint64_t>(state.range(0))), format);
}
BENCHMARK(WriteStrings)
    ->ArgNames({"keys", "checksum", "compress"})
    ->Args({100'000, 0, 0})
    ->Args({100'000, 1, 0})
    ->Args({5'000'000, 0, 0})
    ->Args({5'000'000, 1, 0})
    ->Args({5'000'000, 1, 1})
    ->Unit(benchmark::kMillisecond);

void Checksum(benchmark::State& state) {
  const Bytes bytes(static_cast<std::size_t>(state.range(1)), 'x');
  const auto way = state.range(0) != 0 ? crc64 : crc64_by_tables;
  std::uint64_t crc = 0;
  for (auto _ : state) benchmark::DoNotOptimize(crc = way(crc, bytes));
  state.SetBytesProcessed(state.iterations() * state.range(1));
}
BENCHMARK(Checksum)->ArgNames({"folding", "bytes"})->ArgsProduct({{0, 1}, {100, 32 * 1024}});

void Compress(benchmark::State& state) {
  Bytes text;
  while (text.size() < static_cast<std::size_t>(state.range(0))) {
    text += "number " + std::to_string(text.size() * 2654435761u) + ", ";
  }
  text.resize(static_cast<std::size_t>(state.range(0)));
  Bytes room(text.size(), 0);
  for (auto _ : state) benchmark::DoNotOptimize(lzf_compress(text, room.data(), room.size()));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Compress)->Arg(32)->Arg(1000)->Arg(100'000);

}  // namespace
}  // namespace replserver
