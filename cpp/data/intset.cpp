#include "data/intset.hpp"

#include <limits>
#include <string>

namespace replserver {
namespace {

// The step is halved without a branch on what was found: on random values that branch would be
// guessed wrong half the time.
template <class Number>
std::size_t count_less(const unsigned char* values, std::size_t count, Number wanted) {
  if (count == 0) return 0;
  std::size_t base = 0;
  while (count > 1) {
    const std::size_t half = count / 2;
    const auto middle = load_packed<Number>(values + (base + half - 1) * sizeof(Number));
    base += middle < wanted ? half : 0;
    count -= half;
  }
  return base + (load_packed<Number>(values + base * sizeof(Number)) < wanted ? 1 : 0);
}

void store_value(unsigned char* to, std::size_t width, std::int64_t value) {
  if (width == 2) {
    store_packed(to, static_cast<std::int16_t>(value));
  } else if (width == 4) {
    store_packed(to, static_cast<std::int32_t>(value));
  } else {
    store_packed(to, value);
  }
}

Error corrupt(ByteView what, std::size_t at) {
  Bytes text("intset: ");
  return Error{Error::Kind::corrupt, text.append(what) + " at byte " + std::to_string(at)};
}

}  // namespace

Result<IntsetView> IntsetView::check(ByteView bytes, PackedCheck check) {
  const auto refused = [](ByteView what, std::size_t at) {
    return tl::unexpected(corrupt(what, at));
  };
  if (bytes.size() < kHeaderSize) return refused("header is cut off", bytes.size());
  const IntsetView view(bytes.data());
  const std::size_t width = view.width();
  if (width != 2 && width != 4 && width != 8) return refused("no such width", 0);
  if (view.size() != bytes.size()) return refused("count is not that of the bytes", 4);
  if (view.count() == 0) return refused("no values", 4);
  if (check == PackedCheck::header) return view;

  for (std::size_t index = 1; index < view.count(); ++index) {
    if (view.at(index - 1) >= view.at(index)) {
      return refused("value is not above the one before it", kHeaderSize + index * width);
    }
  }
  return view;
}

std::size_t IntsetView::lower_bound(std::int64_t value) const {
  const std::size_t width = this->width(), count = this->count();
  if (width_of(value) > width) return value < 0 ? 0 : count;
  const unsigned char* const values = data_ + kHeaderSize;
  if (width == 2) return count_less(values, count, static_cast<std::int16_t>(value));
  if (width == 4) return count_less(values, count, static_cast<std::int32_t>(value));
  return count_less(values, count, value);
}

Intset::Intset(Arena& arena) : buffer_(arena, IntsetView::kHeaderSize) { store_header(2, 0); }

Intset Intset::copy_of(Arena& arena, IntsetView view) {
  PackedBuffer buffer(arena, view.size());
  std::memcpy(buffer.data(), view.data_, view.size());
  return Intset(std::move(buffer));
}

Intset Intset::adopt(Arena& arena, void* bytes) {
  return Intset(PackedBuffer(arena, bytes, IntsetView(bytes).size()));
}

void Intset::store_header(std::size_t width, std::size_t count) {
  RS_ASSERT(count <= std::numeric_limits<std::uint32_t>::max());
  store_packed(buffer_.data(), static_cast<std::uint32_t>(width));
  store_packed(buffer_.data() + 4, static_cast<std::uint32_t>(count));
}

bool Intset::add(std::int64_t value) {
  const std::size_t width = view().width(), count = view().count();
  if (IntsetView::width_of(value) > width) {
    add_wider(value);
    return true;
  }
  const std::size_t index = view().lower_bound(value);
  if (index < count && view().at(index) == value) return false;
  const std::size_t at = IntsetView::kHeaderSize + index * width;
  store_value(buffer_.splice(view().size(), at, 0, width), width, value);
  store_header(width, count + 1);
  return true;
}

// A value that needs more bytes than all others is below or above them all.
void Intset::add_wider(std::int64_t value) {
  const std::size_t width = view().width(), count = view().count();
  const std::size_t wider = IntsetView::width_of(value);
  const std::size_t size = view().size();
  buffer_.splice(size, size, 0, (count + 1) * wider - count * width);
  unsigned char* const values = buffer_.data() + IntsetView::kHeaderSize;
  const std::size_t shift = value < 0 ? 1 : 0;
  // From the last on: each goes to a place behind those not read yet.
  for (std::size_t index = count; index-- > 0;) {
    const std::int64_t kept = IntsetView::load(values + index * width, width);
    store_value(values + (index + shift) * wider, wider, kept);
  }
  store_value(values + (value < 0 ? 0 : count) * wider, wider, value);
  store_header(wider, count + 1);
}

bool Intset::remove(std::int64_t value) {
  const std::size_t width = view().width(), count = view().count();
  const std::size_t index = view().lower_bound(value);
  if (index == count || view().at(index) != value) return false;
  buffer_.splice(view().size(), IntsetView::kHeaderSize + index * width, width, 0);
  store_header(width, count - 1);
  return true;
}

}  // namespace replserver
