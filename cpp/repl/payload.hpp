// Payload — a snapshot on the wire, taken out of its frame while it arrives.
//
//   "$<size>\r\n" size bytes                      what follows belongs to the stream
//   "$EOF:<40 bytes>\r\n" bytes the same 40 bytes  what follows waits for our first ACK
//
// Nothing is copied but up to 40 bytes at an edge, which may turn out to be the mark. Pure: no time.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace replserver {

class Payload {
 public:
  // The header without its line end.
  static Result<Payload> begin(ByteView header);

  // Takes from the front of `bytes` and returns what of it is the snapshot's; may be empty. Valid
  // until the next call. Call again while bytes are left and it is not done.
  ByteView take(ByteView& bytes);
  bool done() const { return done_; }

  std::optional<std::uint64_t> size() const { return size_; }  // nothing: it ends with a mark
  std::uint64_t taken() const { return taken_; }
  std::uint64_t left() const { return size_ ? *size_ - taken_ : 0; }

 private:
  Payload() = default;
  ByteView take_sized(ByteView& bytes);
  ByteView take_marked(ByteView& bytes);

  std::optional<std::uint64_t> size_;
  Bytes mark_;
  Bytes held_;      // the last bytes seen, which may be the mark; never more
  Bytes released_;  // of those held before: what take() returns
  std::uint64_t taken_ = 0;
  bool done_ = false;
};

}  // namespace replserver
