// RdbParser's takes: numbers, lengths and strings off the window, whole or not at all.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "rdb/lzf.hpp"
#include "rdb/parser.hpp"

namespace replserver {
namespace {

// Three bytes of LZF become 264 at most.
constexpr std::uint64_t kInflatedMax = 88;
// A block of unknown need begins with this much, and doubles as bytes arrive.
constexpr std::size_t kFirstRoom = std::size_t{1} << 20;

template <class Number>
Number load(const char* from) {
  Number number;
  std::memcpy(&number, from, sizeof number);
  return number;
}

std::uint64_t load_big_endian(const char* from, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t index = 0; index < size; ++index) {
    number = number << 8 | static_cast<unsigned char>(from[index]);
  }
  return number;
}

}  // namespace

bool RdbParser::wrong(ByteView what) {
  trouble_ = fail_with(what);
  return false;
}

bool RdbParser::has(std::size_t bytes) {
  if (static_cast<std::size_t>(end_ - at_) >= bytes) return true;
  trouble_ = Step::more;
  return false;
}

template <class Number>
bool RdbParser::take(Number& number) {
  if (!has(sizeof number)) return false;
  number = load<Number>(at_);
  at_ += sizeof number;
  return true;
}
template bool RdbParser::take(std::uint8_t&);
template bool RdbParser::take(std::int32_t&);
template bool RdbParser::take(std::int64_t&);
template bool RdbParser::take(std::uint64_t&);

bool RdbParser::take_length(std::uint64_t& length) {
  if (!has(1)) return false;
  const auto first = static_cast<unsigned char>(*at_);
  if (first < 0x40) {
    length = first;
    ++at_;
    return true;
  }
  if (first < 0x80) {
    if (!has(2)) return false;
    length = load_big_endian(at_, 2) & 0x3fff;
    at_ += 2;
    return true;
  }
  std::size_t size = 0;
  if (first == static_cast<unsigned char>(RdbLength::bits_32)) size = 4;
  if (first == static_cast<unsigned char>(RdbLength::bits_64)) size = 8;
  if (size == 0) return wrong("no such length");
  if (!has(1 + size)) return false;
  length = load_big_endian(at_ + 1, size);
  at_ += 1 + size;
  return true;
}

bool RdbParser::take_signed(std::int64_t& number) {
  std::uint64_t length = 0;
  if (!take_length(length)) return false;
  number = static_cast<std::int64_t>(length);
  return true;
}

bool RdbParser::take_id(StreamId& id) { return take_length(id.ms) && take_length(id.seq); }

bool RdbParser::take_raw_id(StreamId& id) {
  if (!has(16)) return false;
  id = {load_big_endian(at_, 8), load_big_endian(at_ + 8, 8)};
  at_ += 16;
  return true;
}

// ---- strings ----

bool RdbParser::take_text(PackedElement& text, int slot) {
  if (straight_.is_open) return fill_straight(text, slot);
  block_ = {};
  if (!has(1)) return false;
  const auto first = static_cast<unsigned char>(*at_);
  if (first >= static_cast<unsigned char>(RdbLength::special)) {
    return take_special(first & 63, text, slot);
  }
  std::uint64_t size = 0;
  if (!take_length(size)) return false;
  if (size > kStringMax) return wrong("a string longer than any");
  if (static_cast<std::size_t>(end_ - at_) >= size) {
    text = PackedElement(ByteView(at_, size));
    at_ += size;
    return true;
  }
  if (size <= kStraightMin) return has(size);
  return open_straight(size, 0, text, slot);
}

bool RdbParser::take_special(unsigned kind, PackedElement& text, int slot) {
  const auto take_integer = [&]<class Number>(Number) {
    if (!has(1 + sizeof(Number))) return false;
    text = PackedElement(std::int64_t{load<Number>(at_ + 1)});
    at_ += 1 + sizeof(Number);
    return true;
  };
  switch (static_cast<RdbString>(kind)) {
    case RdbString::int8:
      return take_integer(std::int8_t{});
    case RdbString::int16:
      return take_integer(std::int16_t{});
    case RdbString::int32:
      return take_integer(std::int32_t{});
    case RdbString::lzf:
      break;
    default:
      return wrong("no such encoding of a string");
  }
  ++at_;
  std::uint64_t size = 0, inflated = 0;
  if (!take_length(size) || !take_length(inflated)) return false;
  if (inflated == 0 || inflated / kInflatedMax > size || inflated > kStringMax) {
    return wrong("a compressed string that would be too long");
  }
  if (static_cast<std::size_t>(end_ - at_) >= size) {
    const ByteView from(at_, size);
    at_ += size;
    return inflate(from, inflated, text, slot);
  }
  if (size <= kStraightMin) return has(size);
  return open_straight(size, inflated, text, slot);
}

bool RdbParser::inflate(ByteView from, std::uint64_t size, PackedElement& text, int slot) {
  // A long one is wanted in a block, too; short ones take turns in the same room.
  if (size > kStraightMin) {
    SharedBytes::Block* block = SharedBytes::allocate(size);
    block->size = size;
    block_ = SharedBytes::adopt(block);
    if (!lzf_decompress(from, block_.data(), size)) return wrong("a broken compressed string");
    text = PackedElement(block_.view());
    return true;
  }
  Bytes& room = inflated_[slot];
  if (room.size() < size) room.resize(size);
  if (!lzf_decompress(from, room.data(), size)) return wrong("a broken compressed string");
  text = PackedElement(ByteView(room.data(), size));
  return true;
}

// The length is only a claim: unless the file's size makes it plausible, memory follows the bytes.
bool RdbParser::open_straight(std::uint64_t size, std::uint64_t inflated, PackedElement& text,
                              int slot) {
  straight_ = {true, static_cast<std::size_t>(size), inflated};
  const std::uint64_t seen = base_ + chunk_.size();
  const bool is_plausible = options_.size > seen && size <= options_.size - seen + chunk_.size();
  const std::size_t room = is_plausible ? straight_.size : std::min(straight_.size, kFirstRoom);
  block_ = SharedBytes::adopt(SharedBytes::allocate(room));
  return fill_straight(text, slot);
}

bool RdbParser::fill_straight(PackedElement& text, int slot) {
  const std::size_t missing = straight_.size - block_.size();
  const std::size_t taken = std::min(missing, static_cast<std::size_t>(end_ - at_));
  if (block_.size() + taken > block_.capacity()) {
    const std::size_t room = std::max(block_.size() + taken, block_.capacity() * 2);
    block_ = SharedBytes::copy_of(block_.view(), std::min(room, straight_.size));
  }
  if (taken > 0) {
    std::memcpy(block_.data() + block_.size(), at_, taken);
    SharedBytes::Block* raw = block_.release();
    raw->size += taken;
    block_ = SharedBytes::adopt(raw);
  }
  at_ += taken;
  commit();
  if (taken < missing) return has(1);
  straight_.is_open = false;
  text = PackedElement(block_.view());
  if (straight_.inflated == 0) return true;
  const SharedBytes packed = std::move(block_);
  return inflate(packed.view(), straight_.inflated, text, slot);
}

bool RdbParser::take_bytes(ByteView& bytes) {
  PackedElement text{0};
  if (!take_text(text, 0)) return false;
  if (text.is_integer()) return wrong("a number where bytes were to be");
  bytes = text.bytes();
  return true;
}

// ---- pairs ----

bool RdbParser::take_score(double& score, bool as_text) {
  if (!as_text) {
    std::uint64_t bits = 0;
    if (!take(bits)) return false;
    score = std::bit_cast<double>(bits);
    return std::isnan(score) ? wrong("a score that is no number") : true;
  }
  std::uint8_t size = 0;
  if (!take(size)) return false;
  switch (static_cast<RdbScore>(size)) {
    case RdbScore::nan:
      return wrong("a score that is no number");
    case RdbScore::positive_infinity:
      score = HUGE_VAL;
      return true;
    case RdbScore::negative_infinity:
      score = -HUGE_VAL;
      return true;
    default:
      break;
  }
  if (!has(size)) return false;
  const auto parsed = parse_double(ByteView(at_, size));
  if (!parsed) return wrong("a score that is no number");
  score = *parsed;
  at_ += size;
  return true;
}

// Of what the elements of this type have beside the first.
bool RdbParser::take_second() {
  switch (key_.type) {
    case RdbType::hash:
    case RdbType::hash_metadata:
    case RdbType::hash_metadata_pre_ga:
      return take_text(told_.second, 1);
    case RdbType::zset:
      return take_score(told_.score, true);
    case RdbType::zset_2:
      return take_score(told_.score, false);
    default:
      return true;
  }
}

// Where it is now, it would not last until the second has come.
void RdbParser::hold_first() {
  has_first_ = true;
  if (told_.first.is_integer()) return;
  const ByteView bytes = told_.first.bytes();
  const bool is_lasting = bytes.data() == inflated_[0].data() ||
                          (first_block_ && bytes.data() == first_block_.view().data());
  if (is_lasting) return;
  held_.assign(bytes);
  told_.first = PackedElement(ByteView(held_));
}

}  // namespace replserver
