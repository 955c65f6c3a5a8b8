// Entry — one key with its value, in one allocation of its database's arena.
//
//   kind 1 | generation 1 | flags 1 | key size 1 | access 3 | value size 1          = 8 bytes
//   [expiry 8, if kHasExpiry] [key size 4, value size 4, if kWide] key bytes
//   then: inline value | int64 | pointer to what does not fit here
//
// kWide: the key or the inline value is over 255 bytes. Strings up to kInlineMax live in the entry:
// one cache miss less, and no second allocation to pay for; longer ones are shared with the replies
// that send them.
//
// A plain view over raw memory; only Database makes and changes entries, so that a snapshot is told
// before any of their bytes differ. `generation` is that of the last write (modulo), `access` is
// explained in access.hpp.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace replserver {

// The numbers are Redis' and part of DEBUG DIGEST.
enum class Type : std::uint8_t {
  string = 0,
  list = 1,
  set = 2,
  sorted_set = 3,
  hash = 4,
  stream = 6,
};

enum class Encoding : std::uint8_t {
  // First those that lie in their entry, then those it points to.
  integer,     // string: int64
  embedded,    // string: inline, as "embstr"
  raw_inline,  // string: inline, but Redis would say "raw" (it was appended to, or is > 44 bytes)
  raw,         // string: pointer to an Arena::Blob
  listpack,
  intset,
  table,
  chain,  // list: counted chain of listpacks, "quicklist"
  tree,   // sorted set: counted B+-tree, "skiplist"
  stream,
};

ByteView type_name(Type type);              // "string", "zset", …
ByteView encoding_name(Encoding encoding);  // "int", "embstr", "raw", "hashtable", …

class Entry {
 public:
  static constexpr std::size_t kInlineMax = 4096;  // longest string kept in the entry
  static constexpr std::size_t kEmbeddedMax = 44;  // longest that Redis calls "embstr"

  Type type() const { return static_cast<Type>(kind_ & 15); }
  Encoding encoding() const { return static_cast<Encoding>(kind_ >> 4); }
  std::uint8_t generation() const { return generation_; }
  ByteView key() const {
    if (flags_ & kWide) [[unlikely]]
      return ByteView(body(), wide_size(0));
    return ByteView(body(), key_size_);
  }
  bool has_key(ByteView key) const {
    if (flags_ & kWide) [[unlikely]]
      return key == this->key();
    return key_size_ == key.size() && std::memcmp(body(), key.data(), key.size()) == 0;
  }
  std::optional<UnixMs> expiry() const {
    if (!has_expiry()) return std::nullopt;
    return load<UnixMs>(after_header());
  }
  bool has_expiry() const { return flags_ & kHasExpiry; }
  std::uint32_t access() const { return access_; }

  std::size_t size() const {  // of this allocation, as it was asked for
    const auto before = static_cast<std::size_t>(value() - reinterpret_cast<const char*>(this));
    return before + (is_inline() ? inline_size() : sizeof(std::uint64_t));
  }

  // Exactly one of them fits, by encoding().
  std::int64_t integer() const { return load<std::int64_t>(value()); }
  ByteView inline_bytes() const { return ByteView(value(), inline_size()); }
  void* pointer() const { return load<void*>(value()); }

  bool is_inline() const {
    return encoding() == Encoding::embedded || encoding() == Encoding::raw_inline;
  }
  bool has_pointer() const { return encoding() >= Encoding::raw; }

 private:
  friend class EntryMaker;  // in data/: the only place that writes entries
  static constexpr std::uint8_t kHasExpiry = 1, kWide = 2;

  template <class T>
  static T load(const char* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }

  const char* after_header() const { return reinterpret_cast<const char*>(this + 1); }
  // Each of the two flags means eight bytes more.
  const char* body() const { return after_header() + 8 * ((flags_ & 1) + ((flags_ >> 1) & 1)); }
  std::uint32_t wide_size(int which) const { return load<std::uint32_t>(body() - 8 + 4 * which); }
  std::size_t key_length() const { return flags_ & kWide ? wide_size(0) : key_size_; }
  std::size_t inline_size() const { return flags_ & kWide ? wide_size(1) : value_size_; }
  const char* value() const { return body() + key_length(); }

  std::uint8_t kind_;
  std::uint8_t generation_;
  std::uint8_t flags_;
  std::uint8_t key_size_;
  std::uint32_t access_ : 24;
  std::uint32_t value_size_ : 8;
};
static_assert(sizeof(Entry) == 8);

}  // namespace replserver
