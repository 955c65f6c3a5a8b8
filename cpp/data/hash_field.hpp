// HashField — one field of a large hash with its value, in one allocation of its database's arena.
//
//   flags 1 | name size 1 | value size 1 | [name size 4, value size 4, if kWide]
//   [expiry 8, if kExpires] | name bytes | value bytes
//
// kWide: one of the two is over 255 bytes. A plain view over raw memory, owned by its LargeHash.
// Invariant: it was allocated with as many bytes as rounds like size().
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/time.hpp"
#include "data/arena.hpp"

namespace replserver {

class HashField {
 public:
  static constexpr std::size_t kSizeMax = UINT32_MAX;  // of a name, and of a value

  static HashField* make(Arena& arena, ByteView name, ByteView value,
                         std::optional<UnixMs> expiry) {
    RS_ASSERT(name.size() <= kSizeMax && value.size() <= kSizeMax);
    const bool wide = is_wide(name.size(), value.size());
    const std::size_t size = header_size(wide, expiry.has_value()) + name.size() + value.size();
    auto* field = static_cast<HashField*>(arena.allocate(size));
    field->flags_ = static_cast<std::uint8_t>((wide ? kWide : 0) | (expiry ? kExpires : 0));
    if (wide) store(field->bytes() + 3, static_cast<std::uint32_t>(name.size()));
    field->name_size_ = static_cast<std::uint8_t>(name.size());
    if (expiry) field->store_expiry(*expiry);
    copy(field->bytes() + header_size(wide, expiry.has_value()), name);
    field->write_value(value);
    return field;
  }
  static void release(Arena& arena, HashField* field) { arena.release(field, field->size()); }

  ByteView name() const { return ByteView(bytes() + header(), name_size()); }
  bool has_name(ByteView name) const {
    return name_size() == name.size() &&
           std::memcmp(bytes() + header(), name.data(), name.size()) == 0;
  }
  ByteView value() const { return ByteView(bytes() + header() + name_size(), value_size()); }
  bool expires() const { return flags_ & kExpires; }
  std::optional<UnixMs> expiry() const {
    if (!expires()) return std::nullopt;
    UnixMs at;
    std::memcpy(&at, bytes() + header() - sizeof at, sizeof at);
    return at;
  }
  std::size_t size() const { return header() + name_size() + value_size(); }

  // Writes another value where the old one is. False: it does not fit there.
  bool rewrite(ByteView value) {
    if (bool(flags_ & kWide) != is_wide(name_size(), value.size())) return false;
    const std::size_t wanted = header() + name_size() + value.size();
    if (Arena::rounded(wanted) != Arena::rounded(size())) return false;
    write_value(value);
    return true;
  }
  void store_expiry(UnixMs expiry) {
    RS_ASSERT(expires());
    store(bytes() + header() - sizeof expiry, expiry);
  }

 private:
  static constexpr std::uint8_t kExpires = 1, kWide = 2;

  static bool is_wide(std::size_t name, std::size_t value) { return name > 255 || value > 255; }
  static std::size_t header_size(bool wide, bool expires) {
    return 3 + (wide ? 8u : 0u) + (expires ? 8u : 0u);
  }
  std::size_t header() const { return header_size(flags_ & kWide, flags_ & kExpires); }
  std::size_t wide_size(int which) const {
    std::uint32_t size;
    std::memcpy(&size, bytes() + 3 + 4 * which, sizeof size);
    return size;
  }
  std::size_t name_size() const { return flags_ & kWide ? wide_size(0) : name_size_; }
  std::size_t value_size() const { return flags_ & kWide ? wide_size(1) : value_size_; }

  template <class Number>
  static void store(char* to, Number number) {
    std::memcpy(to, &number, sizeof number);
  }
  static void copy(char* to, ByteView from) {
    if (!from.empty()) std::memcpy(to, from.data(), from.size());
  }
  void write_value(ByteView value) {
    value_size_ = static_cast<std::uint8_t>(value.size());
    if (flags_ & kWide) store(bytes() + 7, static_cast<std::uint32_t>(value.size()));
    copy(bytes() + header() + name_size(), value);
  }
  char* bytes() { return reinterpret_cast<char*>(this); }
  const char* bytes() const { return reinterpret_cast<const char*>(this); }

  std::uint8_t flags_;
  std::uint8_t name_size_;
  std::uint8_t value_size_;
};
static_assert(sizeof(HashField) == 3);

}  // namespace replserver
