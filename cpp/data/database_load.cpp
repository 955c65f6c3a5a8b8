// Database's verbs for filling a new one: as put(), without an old entry and without anyone to tell.
#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "data/database.hpp"

namespace replserver {

std::uint32_t Database::access_of_loaded(const Loading& loading) const {
  const AccessClock& clock = context_.access;
  if (clock.rules().lfu) {
    return loading.frequency ? clock.with_counter(*loading.frequency) : clock.fresh();
  }
  if (!loading.idle_s) return clock.fresh();
  return clock.with_idle(
      static_cast<std::uint32_t>(std::min<std::uint64_t>(*loading.idle_s, AccessClock::kMask)));
}

const Entry* Database::load(const Loading& loading, EntryPlan& plan) {
  plan.key = loading.key.bytes;
  plan.expiry = loading.expiry;
  return insert_untold(plan, loading.key.hash, access_of_loaded(loading));
}

const Entry* Database::load_string(const Loading& loading, ByteView value) {
  if (value.size() <= kIntegerTextMax) {
    if (const auto integer = parse_integer(value)) return load_integer(loading, *integer);
  }
  if (table_.locate(loading.key.bytes, loading.key.hash)) return nullptr;
  EntryPlan plan;
  if (value.size() <= Entry::kInlineMax) {
    plan_inline(plan, value);
  } else {
    plan.encoding = Encoding::raw;
    plan.word = hold(value);
  }
  return load(loading, plan);
}

const Entry* Database::load_string(const Loading& loading, SharedBytes value) {
  if (value.size() <= Entry::kInlineMax) return load_string(loading, value.view());
  if (table_.locate(loading.key.bytes, loading.key.hash)) return nullptr;
  EntryPlan plan{.encoding = Encoding::raw};
  plan.word = reinterpret_cast<std::uintptr_t>(arena_.hold(std::move(value)));
  return load(loading, plan);
}

const Entry* Database::load_integer(const Loading& loading, std::int64_t value) {
  if (table_.locate(loading.key.bytes, loading.key.hash)) return nullptr;
  EntryPlan plan{.encoding = Encoding::integer, .word = static_cast<std::uint64_t>(value)};
  return load(loading, plan);
}

}  // namespace replserver
