// Nanoseconds of the protocol's hot paths, per command, reply or key.
#include <benchmark/benchmark.h>

#include <vector>

#include "base/digest.hpp"
#include "base/hash.hpp"
#include "base/numbers.hpp"
#include "resp/parser.hpp"
#include "resp/writer.hpp"

namespace replserver::resp {
namespace {

constexpr std::int64_t kPipeline = 64;

Bytes pipeline_of_sets(std::size_t value_size) {
  Bytes stream;
  for (std::int64_t index = 0; index < kPipeline; ++index) {
    const Bytes value(value_size, 'x');
    stream += "*3\r\n$3\r\nSET\r\n$16\r\nkey:" + std::to_string(100000000000 + index) + "\r\n$" +
              std::to_string(value.size()) + "\r\n" + value + "\r\n";
  }
  return stream;
}

void parse_pipeline(benchmark::State& state, const Bytes& stream) {
  const ParserLimits limits;
  Parser parser;
  std::vector<ByteView> words;
  for (auto _ : state) {
    words.clear();
    ByteView rest = stream;
    Parser::Command command;
    while (!rest.empty()) {
      if (parser.next(rest, limits, words, command) != Parser::Status::command) std::abort();
      rest.remove_prefix(command.size);
    }
    benchmark::DoNotOptimize(words.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kPipeline);
}

void ParseSets(benchmark::State& state) {
  parse_pipeline(state, pipeline_of_sets(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(ParseSets)->Arg(3)->Arg(64)->Arg(1000);

void ParseGets(benchmark::State& state) {
  Bytes stream;
  for (std::int64_t index = 0; index < kPipeline; ++index) {
    stream += "*2\r\n$3\r\nGET\r\n$16\r\nkey:100000000000\r\n";
  }
  parse_pipeline(state, stream);
}
BENCHMARK(ParseGets);

void ParseInlineSets(benchmark::State& state) {
  Bytes stream;
  for (std::int64_t index = 0; index < kPipeline; ++index)
    stream += "SET key:100000000000 value\r\n";
  parse_pipeline(state, stream);
}
BENCHMARK(ParseInlineSets);

// A bulk of 64 MB as it comes from a socket: 16 KiB at a time.
void ParseBigBulk(benchmark::State& state) {
  const Bytes stream = "*1\r\n$67108864\r\n" + Bytes(64 << 20, 'x') + "\r\n";
  const ParserLimits limits;
  std::vector<ByteView> words;
  for (auto _ : state) {
    Parser parser;
    Parser::Command command;
    words.clear();
    for (std::size_t size = 0; command.size == 0;) {
      size = std::min(stream.size(), size + 16384);
      parser.next(ByteView(stream).substr(0, size), limits, words, command);
    }
  }
}
BENCHMARK(ParseBigBulk);

// Replies of a pipeline, then sent at once.
template <class Write>
void write_replies(benchmark::State& state, Write write) {
  Output output;
  for (auto _ : state) {
    Writer writer(output, 2);
    for (std::int64_t index = 0; index < kPipeline; ++index) write(writer, index);
    benchmark::ClobberMemory();
    output.sent(output.size());
  }
  state.SetItemsProcessed(state.iterations() * kPipeline);
}

void WriteOk(benchmark::State& state) {
  write_replies(state, [](Writer& writer, std::int64_t) { writer.ok(); });
}
BENCHMARK(WriteOk);

void WriteBulk(benchmark::State& state) {
  const Bytes value(static_cast<std::size_t>(state.range(0)), 'x');
  write_replies(state, [&](Writer& writer, std::int64_t) { writer.bulk(value); });
}
BENCHMARK(WriteBulk)->Arg(3)->Arg(16)->Arg(64)->Arg(200)->Arg(1000);

void WriteInteger(benchmark::State& state) {
  const std::int64_t base = state.range(0);
  write_replies(state, [&](Writer& writer, std::int64_t index) { writer.integer(base + index); });
}
BENCHMARK(WriteInteger)->Arg(0)->Arg(1'000'000)->Arg(1'000'000'000'000'000);

void WriteDouble(benchmark::State& state) {
  write_replies(state, [](Writer& writer, std::int64_t index) {
    writer.number(static_cast<double>(index) + 0.1);
  });
}
BENCHMARK(WriteDouble);

void HashKey(benchmark::State& state) {
  Bytes key(static_cast<std::size_t>(state.range(0)), 'k');
  const HashSeed seed{1, 2};
  for (auto _ : state) {
    benchmark::DoNotOptimize(key.data());
    benchmark::DoNotOptimize(keyed_hash(key, seed));
  }
}
BENCHMARK(HashKey)->Arg(3)->Arg(8)->Arg(16)->Arg(20)->Arg(32)->Arg(200);

void ParseIntegerText(benchmark::State& state) {
  Bytes text(static_cast<std::size_t>(state.range(0)), '7');
  for (auto _ : state) {
    benchmark::DoNotOptimize(text.data());
    benchmark::DoNotOptimize(parse_integer(text));
  }
}
BENCHMARK(ParseIntegerText)->Arg(1)->Arg(6)->Arg(18);

void MixIntoDigest(benchmark::State& state) {
  Digest digest{};
  for (auto _ : state) mix_in(digest, "key:100000000000");
  benchmark::DoNotOptimize(digest);
}
BENCHMARK(MixIntoDigest);

}  // namespace
}  // namespace replserver::resp
