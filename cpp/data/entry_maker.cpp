#include "data/entry_maker.hpp"

#include <new>

#include "base/assert.hpp"

namespace replserver {

EntryPlan EntryMaker::plan_of(const Entry& entry) {
  EntryPlan plan{.key = entry.key(),
                 .expiry = entry.expiry(),
                 .type = entry.type(),
                 .encoding = entry.encoding()};
  if (entry.is_inline()) {
    plan.inline_size = entry.inline_size();
    plan.inline_bytes = entry.inline_bytes();
  } else {
    std::memcpy(&plan.word, entry.value(), sizeof plan.word);
  }
  return plan;
}

std::size_t EntryMaker::size_of(const EntryPlan& plan) {
  return sizeof(Entry) + (plan.expiry ? 8 : 0) + (is_wide(plan) ? 8 : 0) + plan.key.size() +
         (plan.is_inline() ? plan.inline_size : sizeof plan.word);
}

Entry* EntryMaker::make(Arena& arena, const EntryPlan& plan, std::uint8_t generation,
                        std::uint32_t access) {
  RS_ASSERT(plan.key.size() <= UINT32_MAX && plan.inline_size <= UINT32_MAX);
  auto* entry = new (arena.allocate(size_of(plan))) Entry;
  const bool wide = is_wide(plan);
  entry->generation_ = generation;
  entry->access_ = access & 0xffffff;
  entry->flags_ =
      static_cast<std::uint8_t>((plan.expiry ? Entry::kHasExpiry : 0) | (wide ? Entry::kWide : 0));
  entry->key_size_ = static_cast<std::uint8_t>(wide ? 0 : plan.key.size());
  if (plan.expiry) set_expiry(*entry, *plan.expiry);
  char* body = const_cast<char*>(entry->body());
  if (wide) {
    const auto key_size = static_cast<std::uint32_t>(plan.key.size());
    std::memcpy(body - 8, &key_size, sizeof key_size);
  }
  std::memcpy(body, plan.key.data(), plan.key.size());
  write_value(*entry, plan);
  return entry;
}

void EntryMaker::write_value(Entry& entry, const EntryPlan& plan) {
  entry.kind_ = static_cast<std::uint8_t>(static_cast<unsigned>(plan.type) |
                                          static_cast<unsigned>(plan.encoding) << 4);
  entry.value_size_ = 0;
  if (entry.flags_ & Entry::kWide) {
    const auto size = static_cast<std::uint32_t>(plan.is_inline() ? plan.inline_size : 0);
    std::memcpy(const_cast<char*>(entry.body()) - 4, &size, sizeof size);
  } else if (plan.is_inline()) {
    entry.value_size_ = plan.inline_size & 255;
  }
  char* value = value_bytes(entry);
  if (!plan.is_inline()) {
    std::memcpy(value, &plan.word, sizeof plan.word);
    return;
  }
  const std::size_t given = plan.inline_bytes.size();
  if (given > 0) std::memmove(value, plan.inline_bytes.data(), given);
  if (given < plan.inline_size) std::memset(value + given, 0, plan.inline_size - given);
}

bool EntryMaker::fits(const Entry& entry, const EntryPlan& plan) {
  const bool wide = entry.flags_ & Entry::kWide;
  if (entry.has_expiry() != plan.expiry.has_value() || wide != is_wide(plan)) return false;
  const std::size_t before = entry.size(), after = size_of(plan);
  return before == after || Arena::rounded(before) == Arena::rounded(after);
}

void EntryMaker::rewrite(Entry& entry, const EntryPlan& plan) {
  if (plan.expiry) set_expiry(entry, *plan.expiry);
  write_value(entry, plan);
}

}  // namespace replserver
