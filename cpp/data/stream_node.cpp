#include "data/stream_node.hpp"

#include <cstring>

#include "base/assert.hpp"

namespace replserver {
namespace {

std::size_t number_size(std::uint64_t number) {
  std::size_t size = 1;
  for (; number >= 0x80; number >>= 7) ++size;
  return size;
}

unsigned char* write_number(unsigned char* to, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) *to++ = static_cast<unsigned char>(number | 0x80);
  *to++ = static_cast<unsigned char>(number);
  return to;
}

// What an element begins with. The largest integers find no room beside their two bits: as text.
std::uint64_t integer_head(std::int64_t integer) {
  const auto bits = static_cast<std::uint64_t>(integer);
  return ((bits << 1 ^ static_cast<std::uint64_t>(integer >> 63)) << 1) | 1;
}
bool is_written_as_integer(const PackedElement& element) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 61;
  return element.is_integer() && element.integer() >= -kLimit && element.integer() < kLimit;
}

std::size_t element_size(const PackedElement& element) {
  if (is_written_as_integer(element)) return number_size(integer_head(element.integer()));
  PackedElement::Scratch scratch;
  const std::size_t size = element.text(scratch).size();
  return number_size(size << 1) + size;
}

unsigned char* write_element(unsigned char* to, const PackedElement& element) {
  if (is_written_as_integer(element)) return write_number(to, integer_head(element.integer()));
  PackedElement::Scratch scratch;
  const ByteView text = element.text(scratch);
  to = write_number(to, text.size() << 1);
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

std::size_t size_in_listpack(const PackedElement& element) {
  return (element.is_integer() ? ListpackItem(element.integer()) : ListpackItem(element.bytes()))
      .size();
}
std::size_t size_in_listpack(std::uint64_t integer) {
  return ListpackItem(static_cast<std::int64_t>(integer)).size();
}

bool reads_alike(const PackedElement& left, const PackedElement& right) {
  if (left.is_integer() && right.is_integer()) return left.integer() == right.integer();
  PackedElement::Scratch one, other;
  return left.text(one) == right.text(other);
}

}  // namespace

std::vector<PackedElement> elements_of(std::span<const ByteView> words) {
  std::vector<PackedElement> elements;
  elements.reserve(words.size());
  for (const ByteView word : words) {
    const auto integer = parse_integer(word);
    elements.push_back(integer ? PackedElement(*integer) : PackedElement(word));
  }
  return elements;
}

std::size_t StreamNodeView::packed_size() const {
  return load_packed<std::uint32_t>(data_ + kPackedAt) + size_in_listpack(live()) +
         size_in_listpack(deleted());
}

std::vector<PackedElement> StreamNodeView::names() const {
  StreamBytes at(data_ + kHeaderSize);
  std::vector<PackedElement> names;
  for (std::uint64_t left = at.number(); left > 0; --left) names.push_back(at.element());
  return names;
}

bool StreamNodeView::has_same_names(std::span<const PackedElement> words) const {
  StreamBytes at(data_ + kHeaderSize);
  if (at.number() != words.size() / 2) return false;
  for (std::size_t index = 0; index < words.size(); index += 2) {
    if (!reads_alike(at.element(), words[index])) return false;
  }
  return true;
}

// ---- changing ----

StreamNode::StreamNode(Arena& arena, const StreamId& first, std::span<const PackedElement> words)
    : first_(first), buffer_(arena, StreamNodeView::kHeaderSize) {
  constexpr std::size_t kListpackFrame = 7;
  std::size_t size = number_size(words.size() / 2);
  std::size_t packed = kListpackFrame + size_in_listpack(words.size() / 2) + size_in_listpack(0);
  for (std::size_t index = 0; index < words.size(); index += 2) {
    size += element_size(words[index]);
    packed += size_in_listpack(words[index]);
  }
  unsigned char* to =
      buffer_.splice(StreamNodeView::kHeaderSize, StreamNodeView::kHeaderSize, 0, size);
  to = write_number(to, words.size() / 2);
  for (std::size_t index = 0; index < words.size(); index += 2)
    to = write_element(to, words[index]);
  unsigned char* const data = buffer_.data();
  std::memset(data, 0, StreamNodeView::kHeaderSize);
  store_packed(data, static_cast<std::uint32_t>(StreamNodeView::kHeaderSize + size));
  store_packed(data + StreamNodeView::kPackedAt, static_cast<std::uint32_t>(packed));
}

StreamNode StreamNode::copy_of(Arena& arena, const StreamNodeView& node) {
  PackedBuffer buffer(arena, node.size());
  std::memcpy(buffer.data(), node.bytes().data(), node.size());
  return StreamNode(node.first(), std::move(buffer));
}

StreamNode StreamNode::adopt(Arena& arena, const StreamId& first, void* bytes) {
  return StreamNode(first, PackedBuffer(arena, bytes, StreamNodeView(first, bytes).size()));
}

void StreamNode::add_to(std::size_t at, std::size_t number) {
  unsigned char* const place = buffer_.data() + at;
  store_packed(place, static_cast<std::uint32_t>(load_packed<std::uint32_t>(place) + number));
}

void StreamNode::append(const StreamId& id, std::span<const PackedElement> words, bool is_deleted) {
  using View = StreamNodeView;
  const View node = view();
  const bool is_first = node.live() + node.deleted() == 0;
  const StreamId before = is_first ? first_ : node.last();
  const bool same = node.has_same_names(words);
  const std::uint64_t ms = id.ms - before.ms;
  const std::uint64_t seq = ms > 0 ? id.seq : id.seq - before.seq - (is_first ? 0 : 1);
  const std::size_t step = same ? 2 : 1, fields = words.size() / 2;

  std::size_t size = 1 + number_size(seq);
  if (ms >= View::kMsMore) size += number_size(ms - View::kMsMore);
  if (!same) size += number_size(fields);
  std::size_t packed = size_in_listpack(same ? fields + 3 : fields * 2 + 4) + size_in_listpack(0);
  packed += size_in_listpack(id.ms - first_.ms) + size_in_listpack(id.seq - first_.seq);
  if (!same) packed += size_in_listpack(fields);
  for (std::size_t index = step - 1; index < words.size(); index += step) {
    size += element_size(words[index]);
    packed += size_in_listpack(words[index]);
  }

  unsigned char* to = buffer_.splice(node.size(), node.size(), 0, size);
  *to++ =
      static_cast<unsigned char>(std::min<std::uint64_t>(ms, View::kMsMore) << View::kMsShift |
                                 (same ? 0 : View::kOwnNames) | (is_deleted ? View::kDeleted : 0));
  if (ms >= View::kMsMore) to = write_number(to, ms - View::kMsMore);
  to = write_number(to, seq);
  if (!same) to = write_number(to, fields);
  for (std::size_t index = step - 1; index < words.size(); index += step) {
    to = write_element(to, words[index]);
  }
  add_to(0, size);
  add_to(is_deleted ? View::kDeletedAt : View::kLiveAt, 1);
  add_to(View::kPackedAt, packed);
  store_packed(buffer_.data() + View::kLastAt, id);
}

void StreamNode::remove(const StreamEntry& entry) {
  RS_ASSERT(!entry.is_deleted);
  buffer_.data()[entry.place - buffer_.data()] |= StreamNodeView::kDeleted;
  add_to(StreamNodeView::kLiveAt, static_cast<std::size_t>(-1));
  add_to(StreamNodeView::kDeletedAt, 1);
}

}  // namespace replserver
