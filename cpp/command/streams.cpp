// The commands that work on the entries of one stream.
#include "base/ascii.hpp"
#include "command/context.hpp"
#include "command/stream_words.hpp"

namespace replserver {
namespace {

// ---- XADD --------------------------------------------------------------------------------------

// The id of the next entry, if there is one as it was wanted.
std::optional<StreamId> next_id(const WantedStreamId& wanted, const StreamId& last, UnixMs now) {
  if (!wanted.has_ms) {
    const auto ms = static_cast<std::uint64_t>(now);
    return ms > last.ms ? StreamId{ms, 0} : last.next();
  }
  StreamId id = wanted.id;
  if (!wanted.has_seq) {
    if (id.ms == last.ms) {
      if (last.seq == UINT64_MAX) return std::nullopt;
      id.seq = last.seq + 1;
    } else {
      id.seq = 0;
    }
  }
  if (id <= last) return std::nullopt;
  return id;
}

bool fits_stream(Args fields) {
  constexpr std::size_t kBytesMax = std::size_t{1} << 30;
  std::size_t bytes = 0;
  for (const ByteView word : fields) bytes += word.size();
  return bytes <= kBytesMax;
}

void xadd(Context& context, Args args) {
  StreamTrimWords words;
  if (!read_stream_trim(context, args, true, words)) return;
  const WantedStreamId& wanted = words.id;
  if (words.id_at + 3 > args.size() || (args.size() - words.id_at) % 2 == 0) {
    return context.reply.error("ERR wrong number of arguments for 'xadd' command");
  }
  if (wanted.has_seq && wanted.id.is_zero()) {
    return context.reply.error("ERR The ID specified in XADD must be greater than 0-0");
  }
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::stream)) return;
  if (!entry && words.no_make_stream) return context.reply.null();
  const StreamId last = entry ? StreamView(*entry).last() : StreamId{};
  if (last == StreamId::max()) {
    return context.reply.error(
        "ERR The stream has exhausted the last possible ID, unable to add more items");
  }
  const auto id = next_id(wanted, last, context.now_ms());
  if (!id) {
    return context.reply.error(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item");
  }
  const Args fields = args.subspan(words.id_at + 1);
  if (!fits_stream(fields)) {
    return context.reply.error("ERR Elements are too large to be stored");
  }
  Change<Stream> stream = context.database().change<Stream>(key);
  stream->append(*id, fields);
  const std::size_t trimmed = stream->trim(words.trim);
  propagate_trimmed(context, args, words, stream->view(), &*id, 1);
  stream.finish();
  context.notify_written(!entry, kNotifyStream, "xadd", key.bytes);
  if (trimmed > 0) context.notify(kNotifyStream, "xtrim", key.bytes);
  reply_stream_id(context.reply, *id);
}

// ---- XTRIM, XDEL, XSETID -----------------------------------------------------------------------

void xtrim(Context& context, Args args) {
  StreamTrimWords words;
  if (!read_stream_trim(context, args, false, words)) return;
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::stream)) return;
  if (!entry) return context.reply.integer(0);
  Change<Stream> stream = context.database().change<Stream>(key);
  const auto trimmed = static_cast<std::int64_t>(stream->trim(words.trim));
  if (trimmed > 0) {
    propagate_trimmed(context, args, words, stream->view(), nullptr, trimmed);
  }
  stream.finish(trimmed > 0);
  if (trimmed > 0) context.notify(kNotifyStream, "xtrim", key.bytes);
  context.reply.integer(trimmed);
}

void xdel(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::stream)) return;
  if (!entry) return context.reply.integer(0);
  for (const ByteView word : args.subspan(2)) {
    if (!read_stream_id(context, word)) return;
  }
  Change<Stream> stream = context.database().change<Stream>(key);
  std::int64_t removed = 0;
  for (const ByteView word : args.subspan(2)) {
    removed += stream->erase(*parse_stream_id(word, 0, true)) ? 1 : 0;
  }
  stream.finish(removed > 0);
  if (removed > 0) {
    context.notify(kNotifyStream, "xdel", key.bytes);
    context.changed(removed);
  }
  context.reply.integer(removed);
}

struct NewCounters {
  std::optional<std::int64_t> entries_added;
  std::optional<StreamId> max_deleted;
};

bool read_counters(Context& context, Args args, const StreamId& id, NewCounters& counters) {
  for (std::size_t at = 3; at < args.size(); at += 2) {
    const bool has_more = at + 1 < args.size();
    if (has_more && equal_ignoring_case(args[at], "entriesadded")) {
      const auto count = Context::integer(args[at + 1]);
      if (!count || *count < 0) {
        context.reply.error(count ? "ERR entries_added must be positive" : kNotInteger);
        return false;
      }
      counters.entries_added = *count;
    } else if (has_more && equal_ignoring_case(args[at], "maxdeletedid")) {
      const auto deleted = read_stream_id(context, args[at + 1]);
      if (!deleted) return false;
      if (id < *deleted) {
        context.reply.error(
            "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
        return false;
      }
      counters.max_deleted = deleted;
    } else {
      context.reply.error(kSyntaxError);
      return false;
    }
  }
  return true;
}

void xsetid(Context& context, Args args) {
  const auto id = read_stream_id(context, args[2]);
  if (!id) return;
  NewCounters counters;
  if (!read_counters(context, args, *id, counters)) return;
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (!entry) return context.reply.error("ERR no such key");
  if (context.is_wrong_type(entry, Type::stream)) return;
  const StreamView view(*entry);
  if (*id < view.max_deleted()) {
    return context.reply.error(
        "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
  }
  if (view.size() > 0) {
    StreamId top;
    view.walk_down({}, StreamId::max(), [&](const StreamEntry& last) {
      top = last.id;
      return false;
    });
    if (*id < top) {
      return context.reply.error(
          "ERR The ID specified in XSETID is smaller than the target stream top item");
    }
    const auto size = static_cast<std::int64_t>(view.size());
    if (counters.entries_added && *counters.entries_added < size) {
      return context.reply.error(
          "ERR The entries_added specified in XSETID is smaller than the target stream length");
    }
  }
  Change<Stream> stream = context.database().change<Stream>(key);
  stream->set_last(*id);
  if (counters.entries_added) {
    stream->set_entries_added(static_cast<std::uint64_t>(*counters.entries_added));
  }
  if (counters.max_deleted && !counters.max_deleted->is_zero()) {
    stream->set_max_deleted(*counters.max_deleted);
  }
  stream.finish(false);
  context.changed();
  context.notify(kNotifyStream, "xsetid", key.bytes);
  context.reply.ok();
}

// ---- reading -----------------------------------------------------------------------------------

void xlen(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::stream)) return;
  context.reply.integer(entry ? static_cast<std::int64_t>(StreamView(*entry).size()) : 0);
}

void reply_range(Context& context, Args args, bool is_down) {
  const auto range = read_stream_range(context, args[is_down ? 3 : 2], args[is_down ? 2 : 3]);
  if (!range) return;
  std::int64_t count = -1;
  for (std::size_t at = 4; at < args.size(); at += 2) {
    if (at + 1 >= args.size() || !equal_ignoring_case(args[at], "count")) {
      return context.reply.error(kSyntaxError);
    }
    const auto number = Context::integer(args[at + 1]);
    if (!number) return context.reply.error(number.error());
    count = std::max<std::int64_t>(0, *number);
  }
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::stream)) return;
  if (!entry) return context.reply.array(0);
  if (count == 0) return context.reply.null_array();
  std::int64_t written = 0;
  const auto late = context.reply.begin();
  const auto write = [&](const StreamEntry& found) {
    reply_stream_entry(context.reply, found);
    return ++written != count;
  };
  if (is_down) {
    StreamView(*entry).walk_down(range->from, range->to, write);
  } else {
    StreamView(*entry).walk(range->from, range->to, write);
  }
  context.reply.end_array(late, static_cast<std::size_t>(written));
}

void xrange(Context& context, Args args) { reply_range(context, args, false); }
void xrevrange(Context& context, Args args) { reply_range(context, args, true); }

constexpr KeyRange kOneKey = {1, 1, 1};

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"xadd", -5, kWrite | kDenyOom | kFast, kOneKey, kStreamCategory, xadd},
    {"xdel", -3, kWrite | kFast, kOneKey, kStreamCategory, xdel},
    {"xlen", 2, kReadonly | kFast, kOneKey, kStreamCategory, xlen},
    {"xrange", -4, kReadonly, kOneKey, kStreamCategory, xrange},
    {"xrevrange", -4, kReadonly, kOneKey, kStreamCategory, xrevrange},
    {"xsetid", -3, kWrite | kDenyOom | kFast, kOneKey, kStreamCategory, xsetid},
    {"xtrim", -4, kWrite, kOneKey, kStreamCategory, xtrim},
};

}  // namespace

std::span<const Command> stream_commands() { return kCommands; }

}  // namespace replserver
