#include "data/hyperloglog.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/assert.hpp"

namespace replserver::hll {
namespace {

constexpr std::uint64_t kSeed = 0xadc83b19;
constexpr unsigned kValueBits = 64 - kIndexBits;  // of the hash, that tell a register's value
constexpr char kDense = 0, kSparse = 1;
constexpr unsigned kZerosMax = 64, kManyZerosMax = 16384, kRunMax = 4, kSparseValueMax = 32;

// MurmurHash64A, on whose every bit a replica must agree.
std::uint64_t hash_of(ByteView bytes) {
  constexpr std::uint64_t kFactor = 0xc6a4a7935bd1e995;
  constexpr int kShift = 47;
  std::uint64_t hash = kSeed ^ (bytes.size() * kFactor);
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    word *= kFactor;
    word ^= word >> kShift;
    word *= kFactor;
    hash = (hash ^ word) * kFactor;
  }
  if (at < bytes.size()) {
    std::uint64_t rest = 0;
    std::memcpy(&rest, bytes.data() + at, bytes.size() - at);
    hash = (hash ^ rest) * kFactor;
  }
  hash ^= hash >> kShift;
  hash *= kFactor;
  return hash ^ (hash >> kShift);
}

// ---- dense ----

std::uint8_t dense_register(const char* bytes, std::size_t index) {
  const auto* registers = reinterpret_cast<const unsigned char*>(bytes) + kHeader;
  const std::size_t bit = index * 6;
  unsigned both = registers[bit / 8];
  if (bit % 8 > 2) both |= registers[bit / 8 + 1] << 8;
  return static_cast<std::uint8_t>(both >> (bit % 8) & 63);
}

void set_dense_register(char* bytes, std::size_t index, std::uint8_t value) {
  auto* registers = reinterpret_cast<unsigned char*>(bytes) + kHeader;
  const std::size_t bit = index * 6;
  const auto shift = static_cast<unsigned>(bit % 8);
  unsigned char& low = registers[bit / 8];
  low = static_cast<unsigned char>((low & ~(63u << shift)) | (unsigned{value} << shift));
  if (shift <= 2) return;
  unsigned char& high = registers[bit / 8 + 1];
  high = static_cast<unsigned char>((high & ~(63u >> (8 - shift))) | (value >> (8 - shift)));
}

// ---- sparse ----

struct Run {
  std::uint8_t value = 0;  // 0: zeros
  std::uint32_t length = 0;
  std::uint8_t bytes = 1;  // that it takes
};

// The run that begins at a byte. Nothing: it is cut off.
std::optional<Run> run_at(ByteView bytes, std::size_t at) {
  const auto head = static_cast<unsigned char>(bytes[at]);
  if (head & 0x80) {
    return Run{static_cast<std::uint8_t>((head >> 2 & 31) + 1), (head & 3u) + 1, 1};
  }
  if (!(head & 0x40)) return Run{0, (head & 63u) + 1, 1};
  if (at + 1 >= bytes.size()) return std::nullopt;
  return Run{0, ((head & 63u) << 8 | static_cast<unsigned char>(bytes[at + 1])) + 1, 2};
}

bool is_value(char head) { return static_cast<unsigned char>(head) & 0x80; }

void append_run(Bytes& to, std::uint8_t value, std::uint32_t length) {
  if (length == 0) return;
  if (value > 0) {
    RS_ASSERT(value <= kSparseValueMax && length <= kRunMax);
    to += static_cast<char>(0x80 | (value - 1) << 2 | (length - 1));
  } else if (length <= kZerosMax) {
    to += static_cast<char>(length - 1);
  } else {
    to += static_cast<char>(0x40 | (length - 1) >> 8);
    to += static_cast<char>(length - 1);
  }
}

// Calls back with (first register, run) of each; false: the runs do not make up all registers.
template <class Callback>
bool for_each_run(ByteView bytes, Callback callback) {
  std::size_t first = 0;
  for (std::size_t at = kHeader; at < bytes.size();) {
    const auto run = run_at(bytes, at);
    if (!run || run->length > kRegisters - first) return false;
    callback(first, *run);
    first += run->length;
    at += run->bytes;
  }
  return first == kRegisters;
}

// Neighbours of the same value become one run, as far as a run can be long. Looked at are the first
// five runs from `at` on, which is all that one change can have parted.
void join_runs(Bytes& bytes, std::size_t at) {
  for (int looked = 0; looked < 5 && at < bytes.size(); ++looked) {
    const auto run = run_at(bytes, at);
    if (!run) return;
    if (run->value > 0 && at + 1 < bytes.size() && is_value(bytes[at + 1])) {
      const auto next = run_at(bytes, at + 1);
      if (next->value == run->value && run->length + next->length <= kRunMax) {
        Bytes joined;
        append_run(joined, run->value, run->length + next->length);
        bytes[at + 1] = joined[0];
        bytes.erase(at, 1);
        continue;
      }
    }
    at += run->bytes;
  }
}

}  // namespace

Mark mark_of(ByteView element) {
  const std::uint64_t hash = hash_of(element);
  const std::uint64_t bits = hash >> kIndexBits | std::uint64_t{1} << kValueBits;
  return {static_cast<std::uint32_t>(hash & (kRegisters - 1)),
          static_cast<std::uint8_t>(std::countr_zero(bits) + 1)};
}

Bytes make() {
  Bytes bytes("HYLL");
  bytes += kSparse;
  bytes.resize(kHeader, '\0');
  append_run(bytes, 0, kManyZerosMax);
  return bytes;
}

bool is_one(ByteView bytes) {
  if (bytes.size() < kHeader || !bytes.starts_with("HYLL")) return false;
  if (bytes[4] == kSparse) return true;
  return bytes[4] == kDense && bytes.size() == kDenseSize;
}

bool is_dense(ByteView bytes) { return bytes[4] == kDense; }

std::optional<std::uint64_t> cached_cardinality(ByteView bytes) {
  if (static_cast<unsigned char>(bytes[kHeader - 1]) & 0x80) return std::nullopt;
  std::uint64_t cardinality;
  std::memcpy(&cardinality, bytes.data() + 8, sizeof cardinality);
  return cardinality;
}

void cache_cardinality(char* bytes, std::uint64_t cardinality) {
  std::memcpy(bytes + 8, &cardinality, sizeof cardinality);
}

void drop_cache(char* bytes) { bytes[kHeader - 1] = static_cast<char>(bytes[kHeader - 1] | 0x80); }

bool raise_dense(char* bytes, const Mark& mark) {
  if (dense_register(bytes, mark.index) >= mark.value) return false;
  set_dense_register(bytes, mark.index, mark.value);
  return true;
}

std::optional<bool> raise_sparse(Bytes& bytes, const Mark& mark, std::size_t size_max) {
  const auto promoted = [&]() -> std::optional<bool> {
    if (!make_dense(bytes)) return std::nullopt;
    return raise_dense(bytes.data(), mark);
  };
  if (mark.value > kSparseValueMax) return promoted();

  std::size_t at = kHeader, previous = kHeader, first = 0;
  std::optional<Run> run;
  while (at < bytes.size()) {
    run = run_at(bytes, at);
    if (!run) return std::nullopt;
    if (mark.index < first + run->length) break;
    previous = at;
    at += run->bytes;
    first += run->length;
    run.reset();
  }
  if (!run) return std::nullopt;
  if (run->value >= mark.value) return false;

  // The run in up to three parts, of which the middle one is the register.
  Bytes parts;
  append_run(parts, run->value, static_cast<std::uint32_t>(mark.index - first));
  append_run(parts, mark.value, 1);
  append_run(parts, run->value, static_cast<std::uint32_t>(first + run->length - 1 - mark.index));
  const bool grows = parts.size() > run->bytes;
  if (grows && bytes.size() + parts.size() - run->bytes > size_max) return promoted();
  bytes.replace(at, run->bytes, parts);
  join_runs(bytes, previous);
  return true;
}

std::optional<bool> raise(Bytes& bytes, const Mark& mark, std::size_t size_max) {
  if (is_dense(bytes)) return raise_dense(bytes.data(), mark);
  return raise_sparse(bytes, mark, size_max);
}

bool make_dense(Bytes& bytes) {
  if (is_dense(bytes)) return true;
  Bytes dense(kDenseSize, '\0');
  std::memcpy(dense.data(), bytes.data(), kHeader);
  dense[4] = kDense;
  const bool whole = for_each_run(bytes, [&](std::size_t first, const Run& run) {
    for (std::size_t index = first; run.value > 0 && index < first + run.length; ++index) {
      set_dense_register(dense.data(), index, run.value);
    }
  });
  if (whole) bytes = std::move(dense);
  return whole;
}

bool merge(Registers& registers, ByteView bytes) {
  if (is_dense(bytes)) {
    for (std::size_t index = 0; index < kRegisters; ++index) {
      registers[index] = std::max(registers[index], dense_register(bytes.data(), index));
    }
    return true;
  }
  return for_each_run(bytes, [&](std::size_t first, const Run& run) {
    for (std::size_t index = first; run.value > 0 && index < first + run.length; ++index) {
      registers[index] = std::max(registers[index], run.value);
    }
  });
}

// ---- the estimate: Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" ----

namespace {

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double before, y = 1, z = 1 - x;
  do {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= std::pow(1 - x, 2) * y;
  } while (before != z);
  return z / 3;
}

double sigma(double x) {
  if (x == 1) return INFINITY;
  double before, y = 1, z = x;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (before != z);
  return z;
}

}  // namespace

std::uint64_t estimate(const Registers& registers) {
  constexpr double kAlpha = 0.721347520444481703680;  // 1 / (2 ln 2)
  int counts[64] = {};
  for (const std::uint8_t value : registers) ++counts[value & 63];
  const double m = kRegisters;
  double z = m * tau((m - counts[kValueBits + 1]) / m);
  for (unsigned value = kValueBits; value >= 1; --value) {
    z += counts[value];
    z *= 0.5;
  }
  z += m * sigma(counts[0] / m);
  return static_cast<std::uint64_t>(std::llround(kAlpha * m * m / z));
}

Bytes describe(ByteView sparse) {
  Bytes text;
  for (std::size_t at = kHeader; at < sparse.size();) {
    const auto run = run_at(sparse, at);
    if (!run) break;
    if (!text.empty()) text += ' ';
    text += run->value > 0    ? "v:" + std::to_string(run->value) + ','
            : run->bytes == 2 ? "Z:"
                              : "z:";
    text += std::to_string(run->length);
    at += run->bytes;
  }
  return text;
}

}  // namespace replserver::hll
