// Ids and trimming options as words of stream commands.
#pragma once

#include <optional>

#include "command/context.hpp"
#include "data/change.hpp"
#include "data/stream.hpp"

namespace replserver {

inline constexpr ByteView kInvalidStreamId =
    "ERR Invalid stream ID specified as stream command argument";

// "5-1", or "5" with this number behind it; "-" and "+" too, unless `is_strict`.
std::optional<StreamId> parse_stream_id(ByteView word, std::uint64_t missing_seq, bool is_strict);
// The same; nothing: refused, and told so.
std::optional<StreamId> read_stream_id(Context& context, ByteView word,
                                       std::uint64_t missing_seq = 0);

struct StreamRange {
  StreamId from, to;
};
// With "(" before an end that does not belong to it. Nothing: refused, and told so.
std::optional<StreamRange> read_stream_range(Context& context, ByteView from, ByteView to);

void reply_stream_id(resp::Writer& reply, const StreamId& id);
void reply_stream_entry(resp::Writer& reply, const StreamEntry& entry);

// "*", "5-*" or "5-1": what the stream is left to choose.
struct WantedStreamId {
  bool has_ms = false;
  bool has_seq = false;
  StreamId id;
};

// [NOMKSTREAM] [MAXLEN | MINID [= | ~] threshold [LIMIT count]] of XADD and XTRIM; XADD's id.
struct StreamTrimWords {
  StreamTrim trim;
  bool no_make_stream = false;
  std::size_t rough_at = 0;      // the word "~"
  std::size_t threshold_at = 0;  // and what is behind it
  std::size_t id_at = 0;
  WantedStreamId id;
};
// False: refused, and told so.
bool read_stream_trim(Context& context, Args args, bool is_add, StreamTrimWords& words);
// What replicas are told: a rough trim made exact, and the id that the stream chose.
void propagate_trimmed(Context& context, Args args, const StreamTrimWords& words,
                       const StreamView& stream, const StreamId* id, std::int64_t count);

}  // namespace replserver
