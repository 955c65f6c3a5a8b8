#include "repl/payload.hpp"

#include <algorithm>

#include "base/numbers.hpp"
#include "repl/wire.hpp"

namespace replserver {

Result<Payload> Payload::begin(ByteView header) {
  constexpr ByteView kMarked = "$EOF:";
  Payload payload;
  if (header.starts_with(kMarked)) {
    payload.mark_ = header.substr(kMarked.size());
    if (payload.mark_.size() == wire::kMarkSize) return payload;
  } else if (header.starts_with('$')) {
    const auto size = parse_integer(header.substr(1));
    if (size && *size >= 0) {
      payload.size_ = static_cast<std::uint64_t>(*size);
      payload.done_ = *size == 0;
      return payload;
    }
  }
  return fail(Error::Kind::protocol,
              "Bad protocol from MASTER, the first byte is not '$' (we received '" +
                  Bytes(header.substr(0, 80)) + "'), are you sure the host and port are right?");
}

ByteView Payload::take(ByteView& bytes) {
  const ByteView part = size_ ? take_sized(bytes) : take_marked(bytes);
  taken_ += part.size();
  if (size_) done_ = taken_ == *size_;
  return part;
}

ByteView Payload::take_sized(ByteView& bytes) {
  const ByteView part =
      bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left(), bytes.size())));
  bytes.remove_prefix(part.size());
  return part;
}

// Whoever sends a mark sends nothing behind it before we have answered: so it can only be the last of
// all bytes there are.
ByteView Payload::take_marked(ByteView& bytes) {
  if (held_.empty() && bytes.size() > wire::kMarkSize) {
    const ByteView part = bytes.substr(0, bytes.size() - wire::kMarkSize);
    held_ = bytes.substr(part.size());
    bytes = {};
    done_ = held_ == mark_;
    return part;
  }
  const std::size_t total = held_.size() + bytes.size();
  const std::size_t surplus = total > wire::kMarkSize ? total - wire::kMarkSize : 0;
  const std::size_t released = std::min(held_.size(), surplus);
  released_ = held_.substr(0, released);
  held_.erase(0, released);
  if (!held_.empty() || surplus == 0) {
    held_ += bytes;
    bytes = {};
    done_ = held_ == mark_;
  }
  return released_;
}

}  // namespace replserver
