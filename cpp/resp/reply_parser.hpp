// ReplyParser — the client's side of RESP: turns what a server sends, cut in any way, into Replies.
//
//   bytes ──> [ line | bulk ] ──> value ──> innermost open aggregate … ──> Reply
//
// It takes what it is given and keeps what belongs to an unfinished reply, so every byte is looked
// at once. Attributes ("|") are read and dropped. What it holds is bounded by ReplyLimits; after an
// error the stream cannot be read on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "resp/reply.hpp"

namespace replserver::resp {

struct ReplyLimits {
  std::size_t size_max = 1u << 30;      // of one reply as it is sent
  std::size_t line_max = 64 * 1024;     // a simple string, an error or a header
  std::size_t nesting_max = 64;         // aggregates within aggregates
  std::size_t elements_max = 1u << 24;  // of one reply, on all levels together
};

class ReplyParser {
 public:
  enum class Status { reply, incomplete, error };

  explicit ReplyParser(const ReplyLimits& limits = {}) : limits_(limits) {}

  // Takes bytes from the front of `bytes` until a reply is whole or they are used up; call again
  // with the rest while it says `reply`.
  Status next(ByteView& bytes, Reply& reply);

  bool at_border() const;  // nothing of an unfinished reply is held
  const Error& error() const { return error_; }

 private:
  struct Aggregate {
    Reply reply;
    std::size_t remaining;  // elements still to come
    bool is_attribute;      // belongs to the value behind it, and is dropped
  };
  enum class Step { value, nothing, error };  // what a line or a bulk made

  std::optional<ByteView> take_line(ByteView& bytes);
  Step read_line(ByteView line, Reply& value);
  Step read_number(char kind, ByteView text, Reply& value);
  Step read_bulk_header(char kind, ByteView text, Reply& value);
  Step read_aggregate_header(char kind, ByteView text, Reply& value);
  Step read_bulk(ByteView& bytes, Reply& value);
  bool place(Reply& value);  // true: the whole reply is in `value`
  Step fail(ByteView what);

  ReplyLimits limits_;
  std::vector<Aggregate> open_;  // from the outermost inwards
  Bytes held_;                   // an unfinished line, or the bulk so far
  Bytes line_;                   // a finished line that came in pieces
  char bulk_kind_ = 0;           // $, = or !; 0: a line is being read
  std::size_t bulk_size_ = 0;    // without its line end
  std::size_t position_ = 0;     // in this reply
  std::size_t elements_ = 0;     // of this reply, announced so far
  Error error_{Error::Kind::protocol, {}};
};

}  // namespace replserver::resp
