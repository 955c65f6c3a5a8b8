// EntryMaker — the only code that writes an entry's bytes. Used by Database, behind its door.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "data/arena.hpp"
#include "data/entry.hpp"

namespace replserver {

// Everything an entry is made from, except when it was written and used.
struct EntryPlan {
  ByteView key = {};
  std::optional<UnixMs> expiry = {};
  Type type = Type::string;
  Encoding encoding = Encoding::embedded;
  std::size_t inline_size = 0;  // of a value kept inline: these bytes, then zeros
  ByteView inline_bytes = {};
  std::uint64_t word = 0;  // the integer or the pointer of any other value

  bool is_inline() const {
    return encoding == Encoding::embedded || encoding == Encoding::raw_inline;
  }
};

class EntryMaker {
 public:
  static EntryPlan plan_of(const Entry& entry);  // views into it; its pointer is not owned twice
  static std::size_t size_of(const EntryPlan& plan);

  static Entry* make(Arena& arena, const EntryPlan& plan, std::uint8_t generation,
                     std::uint32_t access);
  static void release(Arena& arena, Entry* entry) { arena.release(entry, entry->size()); }

  // The plan is for the same key: its value can be written where the old one is.
  static bool fits(const Entry& entry, const EntryPlan& plan);
  static void rewrite(Entry& entry, const EntryPlan& plan);
  // A pointer takes the place of a pointer.
  static void set_value(Entry& entry, const EntryPlan& plan) { write_value(entry, plan); }

  static void stamp(Entry& entry, std::uint8_t generation) { entry.generation_ = generation; }
  static void set_access(Entry& entry, std::uint32_t access) { entry.access_ = access & 0xffffff; }
  static void set_expiry(Entry& entry, UnixMs expiry) {
    std::memcpy(reinterpret_cast<char*>(&entry + 1), &expiry, sizeof expiry);
  }
  static char* value_bytes(Entry& entry) { return const_cast<char*>(entry.value()); }

 private:
  static bool is_wide(const EntryPlan& plan) {
    return plan.key.size() > 255 || (plan.is_inline() && plan.inline_size > 255);
  }
  static void write_value(Entry& entry, const EntryPlan& plan);
};

}  // namespace replserver
