// Listpacks and intsets by themselves: finding, walking, growing and shrinking small ones as the
// commands do, and reading those of untrusted payloads.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "data/intset.hpp"
#include "data/listpack.hpp"

namespace replserver {
namespace {

// "field:007", and a value of the same shape or an integer.
Bytes numbered(const char* prefix, std::size_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "%s:%03zu", prefix, number);
  return text;
}

Listpack hash_of(Arena& arena, std::size_t fields, bool integers) {
  Listpack pack(arena);
  for (std::size_t number = 0; number < fields; ++number) {
    pack.append(numbered("field", number));
    if (integers) {
      pack.append(static_cast<std::int64_t>(number * 1000));
    } else {
      pack.append(numbered("value", number));
    }
  }
  return pack;
}

enum Wanted { kAny, kLast, kNone };

// HGET of a hash of `fields`, whose values are text (0) or integers (1).
void FindField(benchmark::State& state) {
  Arena arena;
  const auto fields = static_cast<std::size_t>(state.range(0));
  const Listpack pack = hash_of(arena, fields, state.range(1) != 0);
  Random random(1);
  std::vector<Bytes> wanted;
  for (std::size_t index = 0; index < 1024; ++index) {
    const std::size_t number = state.range(2) == kAny    ? random.below(fields)
                               : state.range(2) == kLast ? fields - 1
                                                         : 999;
    wanted.push_back(numbered("field", number));
  }
  std::size_t index = 0;
  for (auto _ : state) benchmark::DoNotOptimize(pack.view().find(wanted[index++ % 1024], 2));
}
BENCHMARK(FindField)
    ->ArgNames({"fields", "integers", "wanted"})
    ->ArgsProduct({{20}, {0, 1}, {kAny, kLast, kNone}})
    ->ArgsProduct({{128}, {0}, {kNone}});

// Many at a time into room that was reserved, as when a payload is loaded or a command brings many.
void AppendReserved(benchmark::State& state) {
  Arena arena;
  const Bytes text(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    Listpack pack(arena);
    pack.reserve(100 * (text.size() + 3));
    for (int count = 0; count < 100; ++count) pack.append(text);
    benchmark::DoNotOptimize(pack.view().size());
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(AppendReserved)->Arg(10)->Arg(100);

void AppendIntegersReserved(benchmark::State& state) {
  Arena arena;
  for (auto _ : state) {
    Listpack pack(arena);
    pack.reserve(500);
    for (int count = 0; count < 100; ++count) pack.append("12345");
    benchmark::DoNotOptimize(pack.view().size());
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(AppendIntegersReserved);

// RPUSH after RPUSH, from empty to so many elements: taken from an entry and given back each time.
void AppendOneByOne(benchmark::State& state) {
  Arena arena;
  const Bytes text = "element:01";
  for (auto _ : state) {
    void* kept = Listpack(arena).release();
    for (std::int64_t count = 0; count < state.range(0); ++count) {
      Listpack pack = Listpack::adopt(arena, kept);
      pack.append(text);
      kept = pack.release();
    }
    Listpack::adopt(arena, kept);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(AppendOneByOne)->Arg(20)->Arg(500);

// LPUSH and RPOP of a list of so many elements.
void Rotate(benchmark::State& state) {
  Arena arena;
  Listpack filled(arena);
  for (std::int64_t count = 0; count < state.range(0); ++count) filled.append("element:01");
  void* kept = filled.release();
  for (auto _ : state) {
    Listpack pack = Listpack::adopt(arena, kept);
    pack.prepend("element:02");
    pack.erase(pack.view().at(-1));
    kept = pack.release();
  }
  Listpack::adopt(arena, kept);
}
BENCHMARK(Rotate)->Arg(20)->Arg(500);

// HSET of an existing field: found, and its value replaced by another as long.
void ReplaceValue(benchmark::State& state) {
  Arena arena;
  Listpack pack = hash_of(arena, 20, false);
  Random random(1);
  std::vector<Bytes> fields;
  for (std::size_t index = 0; index < 1024; ++index) {
    fields.push_back(numbered("field", random.below(20)));
  }
  std::size_t index = 0;
  for (auto _ : state) {
    const auto field = pack.view().find(fields[index++ % 1024], 2);
    pack.replace(std::next(field), "value:999");
  }
}
BENCHMARK(ReplaceValue);

void WalkPairs(benchmark::State& state) {
  Arena arena;
  const Listpack pack = hash_of(arena, 20, state.range(0) != 0);
  for (auto _ : state) {
    std::size_t bytes = 0;
    PackedElement::Scratch scratch;
    for (const auto [field, value] : pack.view().pairs()) {
      bytes += field.text(scratch).size() + value.text(scratch).size();
    }
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * 20);
}
BENCHMARK(WalkPairs)->ArgName("integers")->Arg(0)->Arg(1);

void CheckHash(benchmark::State& state) {
  Arena arena;
  const Listpack pack = hash_of(arena, static_cast<std::size_t>(state.range(0)), true);
  const auto step = static_cast<std::size_t>(state.range(1));
  for (auto _ : state) {
    benchmark::DoNotOptimize(ListpackView::check(pack.view().bytes(), PackedCheck::whole, step));
  }
}
BENCHMARK(CheckHash)->ArgNames({"fields", "unique_step"})->ArgsProduct({{20, 128}, {0, 2}});

Intset intset_of(Arena& arena, std::int64_t count) {
  Intset set(arena);
  for (std::int64_t number = 0; number < count; ++number) set.add(number * 3);
  return set;
}

void IntsetContains(benchmark::State& state) {
  Arena arena;
  const Intset set = intset_of(arena, state.range(0));
  Random random(1);
  const auto limit = static_cast<std::uint64_t>(state.range(0)) * 3;
  for (auto _ : state) {
    const auto value = static_cast<std::int64_t>(random.below(limit));
    benchmark::DoNotOptimize(set.view().contains(value));
  }
}
BENCHMARK(IntsetContains)->Arg(20)->Arg(512);

// SADD and SREM, each taken from an entry and given back.
void IntsetAddAndRemove(benchmark::State& state) {
  Arena arena;
  void* kept = intset_of(arena, state.range(0)).release();
  Random random(1);
  const auto limit = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    const auto value = static_cast<std::int64_t>(random.below(limit) * 3 + 1);
    Intset added = Intset::adopt(arena, kept);
    added.add(value);
    Intset removed = Intset::adopt(arena, added.release());
    removed.remove(value);
    kept = removed.release();
  }
  Intset::adopt(arena, kept);
  state.SetItemsProcessed(state.iterations() * 2);
}
BENCHMARK(IntsetAddAndRemove)->Arg(20)->Arg(512);

}  // namespace
}  // namespace replserver
