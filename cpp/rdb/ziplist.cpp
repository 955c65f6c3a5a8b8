#include "rdb/ziplist.hpp"

namespace replserver {
namespace {

constexpr std::size_t kZiplistHeader = 10;
constexpr unsigned char kZiplistEnd = 0xff, kLongBefore = 0xfe;
constexpr std::size_t kUnknownCount = 65535;
constexpr unsigned char kZipmapEnd = 0xff, kLongSize = 0xfe;

template <class Number>
Number load(ByteView bytes, std::size_t at) {
  return load_packed<Number>(reinterpret_cast<const unsigned char*>(bytes.data()) + at);
}

// Of an entry's first byte, how many bytes of an integer follow it; 0: none do.
std::size_t integer_bytes(unsigned char encoding) {
  switch (encoding) {
    case 0xc0:
      return 2;
    case 0xd0:
      return 4;
    case 0xe0:
      return 8;
    case 0xf0:
      return 3;
    case 0xfe:
      return 1;
    default:
      return 0;
  }
}

std::int64_t load_integer(ByteView bytes, std::size_t at, std::size_t size) {
  if (size == 1) return load<std::int8_t>(bytes, at);
  if (size == 2) return load<std::int16_t>(bytes, at);
  if (size == 4) return load<std::int32_t>(bytes, at);
  if (size == 8) return load<std::int64_t>(bytes, at);
  const auto low = load<std::uint16_t>(bytes, at);
  return std::int64_t{load<std::int8_t>(bytes, at + 2)} * 65536 + low;
}

}  // namespace

ZiplistReader::ZiplistReader(ByteView bytes) : bytes_(bytes), at_(kZiplistHeader) {
  is_broken_ = bytes.size() <= kZiplistHeader || load<std::uint32_t>(bytes, 0) != bytes.size() ||
               byte(bytes.size() - 1) != kZiplistEnd;
  if (is_broken_) at_ = 0;
}

OldElement ZiplistReader::next(PackedElement& element) {
  if (is_broken_) return OldElement::broken;
  if (byte(at_) == kZiplistEnd) {
    const std::size_t stored = load<std::uint16_t>(bytes_, 8);
    const std::size_t tail = count_ == 0 ? kZiplistHeader : last_;
    const bool is_right = left() == 1 && load<std::uint32_t>(bytes_, 4) == tail &&
                          (stored == kUnknownCount || stored == count_);
    return is_right ? OldElement::end : OldElement::broken;
  }
  const std::size_t begin = at_;
  std::size_t before = byte(at_);
  std::size_t size = 1;
  if (before == kLongBefore) {
    size = 5;
    if (left() <= size) return OldElement::broken;
    before = load<std::uint32_t>(bytes_, at_ + 1);
  }
  if (before != before_ || left() <= size) return OldElement::broken;
  at_ += size;
  if (!read_data(element)) return OldElement::broken;
  before_ = at_ - begin;
  last_ = begin;
  ++count_;
  return OldElement::found;
}

// The last byte of the blob is its end: no element may reach it.
bool ZiplistReader::read_data(PackedElement& element) {
  const unsigned char encoding = byte(at_);
  if (encoding >= 0xf1 && encoding <= 0xfd) {
    element = PackedElement(std::int64_t{encoding & 15} - 1);
    ++at_;
    return left() > 0;
  }
  if (encoding >= 0xc0) {
    const std::size_t size = integer_bytes(encoding);
    if (size == 0 || left() <= 1 + size) return false;
    element = PackedElement(load_integer(bytes_, at_ + 1, size));
    at_ += 1 + size;
    return true;
  }
  std::size_t header = 1;
  std::size_t size = encoding & 63;
  if (encoding >= 0x80) {
    header = 5;
    if (left() <= header) return false;
    size = 0;
    for (std::size_t index = 1; index < header; ++index) size = size << 8 | byte(at_ + index);
  } else if (encoding >= 0x40) {
    header = 2;
    if (left() <= header) return false;
    size = size << 8 | byte(at_ + 1);
  }
  if (left() <= header || size >= left() - header) return false;
  element = PackedElement(bytes_.substr(at_ + header, size));
  at_ += header + size;
  return true;
}

ZipmapReader::ZipmapReader(ByteView bytes) : bytes_(bytes) {}

bool ZipmapReader::read_size(std::size_t& size) {
  if (at_ >= bytes_.size()) return false;
  const auto first = static_cast<unsigned char>(bytes_[at_]);
  if (first == kZipmapEnd) return false;
  size = first;
  ++at_;
  if (first != kLongSize) return true;
  if (bytes_.size() - at_ < 4) return false;
  size = load<std::uint32_t>(bytes_, at_);
  at_ += 4;
  return true;
}

OldElement ZipmapReader::next(PackedElement& element) {
  if (at_ >= bytes_.size()) return OldElement::broken;
  if (!is_value_ && static_cast<unsigned char>(bytes_[at_]) == kZipmapEnd) {
    const auto stored = static_cast<unsigned char>(bytes_[0]);
    const bool is_right = at_ + 1 == bytes_.size() && (stored >= kLongSize || stored == count_);
    return is_right ? OldElement::end : OldElement::broken;
  }
  std::size_t size = 0;
  if (!read_size(size)) return OldElement::broken;
  std::size_t unused = 0;
  if (is_value_) {
    if (at_ >= bytes_.size()) return OldElement::broken;
    unused = static_cast<unsigned char>(bytes_[at_++]);
    ++count_;
  }
  if (size + unused > bytes_.size() - at_) return OldElement::broken;
  element = PackedElement(bytes_.substr(at_, size));
  at_ += size + unused;
  is_value_ = !is_value_;
  return OldElement::found;
}

}  // namespace replserver
