// Database's verbs for strings: how a value is kept, and how it grows in place.
#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "data/database.hpp"

namespace replserver {
namespace {

// Room for more appends: twice the size, at most a megabyte more, as in Redis.
std::size_t grown(std::size_t size) { return size + std::min(size, std::size_t{1} << 20); }

}  // namespace

ByteView Database::string_view(const Entry& entry, char* scratch) {
  if (entry.is_inline()) return entry.inline_bytes();
  if (entry.encoding() == Encoding::integer) {
    return ByteView(scratch, format_integer(entry.integer(), scratch));
  }
  RS_ASSERT(entry.encoding() == Encoding::raw);
  return blob_of(entry)->view();
}

std::size_t Database::string_size(const Entry& entry) {
  char scratch[32];
  return string_view(entry, scratch).size();
}

SharedBytes Database::shared_string(const Entry& entry) {
  if (entry.encoding() != Encoding::raw) return {};
  SharedBytes::Block* block = blob_of(entry)->block;
  ++block->references;
  return SharedBytes::adopt(block);
}

std::uint64_t Database::hold(ByteView bytes, std::size_t capacity) {
  return reinterpret_cast<std::uintptr_t>(arena_.hold(SharedBytes::copy_of(bytes, capacity)));
}

void Database::plan_inline(EntryPlan& plan, ByteView value) {
  plan.encoding = value.size() <= Entry::kEmbeddedMax ? Encoding::embedded : Encoding::raw_inline;
  plan.inline_bytes = value;
  plan.inline_size = value.size();
}

const Entry* Database::put_string(const Key& key, ByteView value, EntryPlan& plan,
                                  PlanExpiry rule) {
  plan.type = Type::string;
  if (value.size() <= Entry::kInlineMax) {
    plan_inline(plan, value);
  } else {
    plan.encoding = Encoding::raw;
    plan.word = hold(value);
  }
  return put(key, plan, rule);
}

const Entry* Database::set_string(const Key& key, ByteView value, Expiry expiry) {
  EntryPlan plan;
  const PlanExpiry rule = expiry == Expiry::keep ? PlanExpiry::keep : PlanExpiry::planned;
  if (value.size() <= kIntegerTextMax) {
    if (const std::optional<std::int64_t> integer = parse_integer(value)) {
      return set_integer(key, *integer, expiry);
    }
  }
  return put_string(key, value, plan, rule);
}

const Entry* Database::set_string(const Key& key, ByteView value, std::optional<UnixMs> expiry) {
  EntryPlan plan{.expiry = expiry};
  if (value.size() <= kIntegerTextMax) {
    if (const std::optional<std::int64_t> integer = parse_integer(value)) {
      plan.encoding = Encoding::integer;
      plan.word = static_cast<std::uint64_t>(*integer);
      return put(key, plan, PlanExpiry::planned);
    }
  }
  return put_string(key, value, plan, PlanExpiry::planned);
}

const Entry* Database::set_string(const Key& key, SharedBytes value, std::optional<UnixMs> expiry) {
  if (value.size() <= Entry::kInlineMax) return set_string(key, value.view(), expiry);
  EntryPlan plan{.expiry = expiry, .encoding = Encoding::raw};
  plan.word = reinterpret_cast<std::uintptr_t>(arena_.hold(std::move(value)));
  return put(key, plan, PlanExpiry::planned);
}

const Entry* Database::set_text(const Key& key, ByteView value, Expiry expiry) {
  EntryPlan plan;
  return put_string(key, value, plan,
                    expiry == Expiry::keep ? PlanExpiry::keep : PlanExpiry::planned);
}

const Entry* Database::set_raw(const Key& key, ByteView value, Expiry expiry) {
  EntryPlan plan;
  const PlanExpiry rule = expiry == Expiry::keep ? PlanExpiry::keep : PlanExpiry::planned;
  if (value.size() > Entry::kInlineMax) return put_string(key, value, plan, rule);
  plan.encoding = Encoding::raw_inline;
  plan.inline_bytes = value;
  plan.inline_size = value.size();
  return put(key, plan, rule);
}

const Entry* Database::set_integer(const Key& key, std::int64_t value, Expiry expiry) {
  EntryPlan plan{.encoding = Encoding::integer, .word = static_cast<std::uint64_t>(value)};
  return put(key, plan, expiry == Expiry::keep ? PlanExpiry::keep : PlanExpiry::planned);
}

const Entry* Database::append(const Key& key, ByteView tail) {
  const Entry* old = find(key);
  if (old == nullptr) return set_string(key, tail, std::nullopt);
  const std::size_t size = string_size(*old);
  const Entry* entry = nullptr;
  char* bytes = resize(key, size + tail.size(), entry);
  std::memcpy(bytes + size, tail.data(), tail.size());
  return written(entry);
}

const Entry* Database::overwrite(const Key& key, std::size_t offset, ByteView bytes) {
  const Entry* old = find(key);
  const std::size_t size = old == nullptr ? 0 : string_size(*old);
  const Entry* entry = nullptr;
  char* target = resize(key, std::max(size, offset + bytes.size()), entry);
  std::memcpy(target + offset, bytes.data(), bytes.size());
  return written(entry);
}

char* Database::writable_string(const Key& key, std::size_t size) {
  const Entry* old = find(key);
  if (old != nullptr) size = std::max(size, string_size(*old));
  const Entry* entry = nullptr;
  char* bytes = resize(key, size, entry);
  if (door_check_) door_check_->lent(*entry);
  return bytes;
}

// Makes the string `size` bytes long, "raw", and writable; what is new in it is zero.
char* Database::resize(const Key& key, std::size_t size, const Entry*& entry) {
  const Table::Place place = table_.locate(key.bytes, key.hash);
  EntryPlan plan{.key = key.bytes, .encoding = Encoding::raw_inline, .inline_size = size};
  if (!place) {
    if (size > Entry::kInlineMax) {
      plan.encoding = Encoding::raw;
      SharedBytes::Block* block = SharedBytes::allocate(size);
      std::memset(block->data(), 0, size);
      block->size = size;
      plan.word = reinterpret_cast<std::uintptr_t>(arena_.hold(SharedBytes::adopt(block)));
    }
    Entry* fresh = insert(plan, key.hash, context_.access.fresh());
    entry = fresh;
    return fresh->is_inline() ? EntryMaker::value_bytes(*fresh) : blob_of(*fresh)->block->data();
  }

  Entry* old = table_.at(place);
  RS_ASSERT(old->type() == Type::string);
  about_to_change(*old, key.hash);
  plan.expiry = old->expiry();
  char scratch[32];
  plan.inline_bytes = string_view(*old, scratch);
  RS_ASSERT(size >= plan.inline_bytes.size());
  if (old->encoding() == Encoding::raw || size > Entry::kInlineMax) {
    return resize_blob(place, plan.inline_bytes, size, entry);
  }
  Entry* resized = old;
  if (EntryMaker::fits(*old, plan)) {
    EntryMaker::rewrite(*old, plan);
  } else {
    resized = replace(place, plan, old->access());
  }
  entry = resized;
  return EntryMaker::value_bytes(*resized);
}

char* Database::resize_blob(const Table::Place& place, ByteView old, std::size_t size,
                            const Entry*& entry) {
  Entry* current = table_.at(place);
  Arena::Blob* blob = current->encoding() == Encoding::raw ? blob_of(*current) : nullptr;
  // A block that a reply or a snapshot still reads stays as it is; we go on with a copy.
  if (blob == nullptr || blob->block->references > 1 || blob->block->capacity < size) {
    SharedBytes bytes = SharedBytes::copy_of(old, grown(size));
    if (blob != nullptr) {
      arena_.exchange(blob, std::move(bytes));
    } else {
      blob = arena_.hold(std::move(bytes));
      EntryPlan plan = EntryMaker::plan_of(*current);
      plan.encoding = Encoding::raw;
      plan.word = reinterpret_cast<std::uintptr_t>(blob);
      current = replace(place, plan, current->access());
    }
  }
  SharedBytes::Block& block = *blob->block;
  std::memset(block.data() + block.size, 0, size - block.size);
  block.size = size;
  entry = current;
  return block.data();
}

}  // namespace replserver
