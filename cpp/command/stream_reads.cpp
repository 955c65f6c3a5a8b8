// XREAD and XREADGROUP: several streams at once, from an id on, or what a group has not seen.
#include <vector>

#include "base/ascii.hpp"
#include "command/stream_groups.hpp"
#include "command/waiting.hpp"

namespace replserver {
namespace {

struct Reading {
  bool for_group = false;  // XREADGROUP
  ByteView group, consumer;
  bool no_ack = false;
  std::size_t count = 0;  // 0: all
  std::size_t keys_at = 0, keys = 0;
  std::optional<Timeout> block;  // how long to wait for entries
};

bool refuse(Context& context, const Bytes& error) {
  context.reply.error(error);
  return false;
}

bool read_streams(Context& context, Args args, std::size_t at, Reading& reading) {
  reading.keys_at = at + 1;
  reading.keys = (args.size() - reading.keys_at) / 2;
  if ((args.size() - reading.keys_at) % 2 == 0 && reading.keys > 0) return true;
  return refuse(context, "ERR Unbalanced '" + Bytes(reading.for_group ? "xreadgroup" : "xread") +
                             "' list of streams: for each stream key an ID or '" +
                             (reading.for_group ? ">" : "$") + "' must be specified.");
}

// False: refused, and told so.
bool read_words(Context& context, Args args, Reading& reading) {
  for (std::size_t at = 1; at < args.size(); ++at) {
    const std::size_t more = args.size() - 1 - at;
    if (more > 0 && equal_ignoring_case(args[at], "block")) {
      const auto timeout = parse_timeout_ms(args[++at], context.now);
      if (!timeout) return refuse(context, timeout.error().text);
      reading.block = *timeout;
    } else if (more > 0 && equal_ignoring_case(args[at], "count")) {
      const auto count = Context::integer(args[++at]);
      if (!count) return refuse(context, Bytes(kNotInteger));
      reading.count = static_cast<std::size_t>(std::max<std::int64_t>(0, *count));
    } else if (more > 0 && equal_ignoring_case(args[at], "streams")) {
      if (!read_streams(context, args, at, reading)) return false;
      break;
    } else if (more >= 2 && equal_ignoring_case(args[at], "group")) {
      if (!reading.for_group) {
        return refuse(context,
                      "ERR The GROUP option is only supported by XREADGROUP. You called XREAD "
                      "instead.");
      }
      reading.group = args[at + 1];
      reading.consumer = args[at + 2];
      at += 2;
    } else if (equal_ignoring_case(args[at], "noack")) {
      if (!reading.for_group) {
        return refuse(context,
                      "ERR The NOACK option is only supported by XREADGROUP. You called XREAD "
                      "instead.");
      }
      reading.no_ack = true;
    } else {
      return refuse(context, Bytes(kSyntaxError));
    }
  }
  if (reading.keys == 0) return refuse(context, Bytes(kSyntaxError));
  if (reading.for_group && reading.group.data() == nullptr) {
    return refuse(context, "ERR Missing GROUP option for XREADGROUP");
  }
  return true;
}

// Where a stream is read from: behind this id.
struct Start {
  StreamId after;
  bool is_new = false;  // ">"
};

std::optional<Start> read_start(Context& context, const Reading& reading, ByteView word,
                                const Entry* entry) {
  const auto unseen = [&] { return Start{StreamView(*entry).group(reading.group)->last, true}; };
  if (word == "$") {
    if (reading.for_group) {
      context.reply.error(
          "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history "
          "of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ "
          "ID would just return an empty result set.");
      return std::nullopt;
    }
    return Start{entry ? StreamView(*entry).last() : StreamId{}};
  }
  if (word == ">") {
    if (!reading.for_group) {
      context.reply.error(
          "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> "
          "<consumer> option.");
      return std::nullopt;
    }
    return unseen();
  }
  const auto id = read_stream_id(context, word);
  if (!id) return std::nullopt;
  // For Redis the highest id is another way to write ">".
  if (reading.for_group && *id == StreamId::max()) return unseen();
  return Start{*id};
}

// The starts of all streams, or nothing: refused, and told so.
std::optional<std::vector<Start>> read_starts(Context& context, Args args, const Reading& reading) {
  std::vector<Start> starts;
  for (std::size_t index = 0; index < reading.keys; ++index) {
    const ByteView name = args[reading.keys_at + index];
    const Entry* entry = context.find(name);
    if (context.is_wrong_type(entry, Type::stream)) return std::nullopt;
    if (reading.for_group && (!entry || !StreamView(*entry).group(reading.group))) {
      context.reply.error(no_key_or_group(name, reading.group) +
                          " in XREADGROUP with GROUP option");
      return std::nullopt;
    }
    const auto start =
        read_start(context, reading, args[reading.keys_at + reading.keys + index], entry);
    if (!start) return std::nullopt;
    starts.push_back(*start);
  }
  return starts;
}

// Replies from many streams: only those that have something are in it.
class Replies {
 public:
  explicit Replies(Context& context) : context_(context), late_(context.reply.begin()) {}
  void begin_stream(ByteView key) {
    if (context_.reply.version() == 2) context_.reply.array(2);
    context_.reply.bulk(key);
    ++streams_;
  }
  bool empty() const { return streams_ == 0; }
  void finish() {
    if (empty()) return context_.reply.null_array();
    if (context_.reply.version() == 2) {
      context_.reply.end_array(late_, streams_);
    } else {
      context_.reply.end_map(late_, streams_);
    }
  }

 private:
  Context& context_;
  resp::Writer::Late late_;
  std::size_t streams_ = 0;
};

bool has_entries_after(const StreamView& stream, const StreamId& id) {
  bool found = false;
  const auto from = id.next();
  if (!from) return false;
  stream.walk(*from, StreamId::max(), [&](const StreamEntry&) {
    found = true;
    return false;
  });
  return found;
}

// Nothing to tell: waits, if that was asked for. What "$" was when it was said, it stays.
void finish_or_wait(Context& context, Args args, const Reading& reading,
                    const std::vector<Start>& starts, Replies& replies) {
  if (!replies.empty() || !reading.block || !context.can_block()) return replies.finish();
  const Args keys = args.subspan(reading.keys_at, reading.keys);
  Words words(args.begin(), args.end());
  for (std::size_t index = 0; index < reading.keys; ++index) {
    Bytes& id = words[reading.keys_at + reading.keys + index];
    if (id == "$") id = Bytes(StreamIdText(starts[index].after));
  }
  context.block({.type = Type::stream,
                 .keys = Words(keys.begin(), keys.end()),
                 .timeout = reading.block->limit,
                 .words = std::move(words),
                 .wakes_on_deletion = reading.for_group});
}

void xread(Context& context, Args args) {
  Reading reading;
  if (!read_words(context, args, reading)) return;
  const auto starts = read_starts(context, args, reading);
  if (!starts) return;
  Replies replies(context);
  for (std::size_t index = 0; index < reading.keys; ++index) {
    const ByteView name = args[reading.keys_at + index];
    const Entry* entry = context.find(context.key(name), Context::Touch::no);
    if (!entry) continue;
    const StreamView stream(*entry);
    const StreamId after = (*starts)[index].after;
    if (!has_entries_after(stream, after)) continue;
    replies.begin_stream(name);
    std::size_t written = 0;
    const auto late = context.reply.begin();
    stream.walk(*after.next(), StreamId::max(), [&](const StreamEntry& found) {
      reply_stream_entry(context.reply, found);
      return ++written != reading.count;
    });
    context.reply.end_array(late, written);
  }
  finish_or_wait(context, args, reading, *starts, replies);
}

// ---- XREADGROUP --------------------------------------------------------------------------------

// What the group has not seen goes to the consumer. Replicas hear of each entry by a claim.
void deliver_new(Context& context, const Reading& reading, ByteView key, Stream& stream,
                 StreamGroup& group, StreamConsumer* consumer) {
  std::size_t written = 0;
  const auto late = context.reply.begin();
  const StreamView view = stream.view();
  view.walk(*group.last.next(), StreamId::max(), [&](const StreamEntry& entry) {
    if (group.entries_read != StreamGroup::kUnknown && !view.has_gap_from(entry.id)) {
      ++group.entries_read;
    } else if (view.entries_added() > 0) {
      group.entries_read = view.entries_up_to(entry.id);
    }
    group.last = entry.id;
    reply_stream_entry(context.reply, entry);
    if (!reading.no_ack) {
      StreamGroup::Pending& pending = group.deliver(stream.arena(), entry.id, consumer);
      pending.delivered = context.now_ms();
      pending.count = 1;
      propagate_claim(context, key, group, pending, StreamIdText(entry.id));
    }
    return ++written != reading.count;
  });
  context.reply.end_array(late, written);
  consumer->active = context.now_ms();
  if (reading.no_ack) propagate_group_id(context, key, group);
}

// What is pending for the consumer is told again.
void deliver_again(Context& context, const Reading& reading, const StreamId& after, Stream& stream,
                   StreamGroup& group, const StreamConsumer& consumer) {
  std::size_t written = 0;
  const auto late = context.reply.begin();
  const auto& owned = consumer.pending();
  const auto from = after.next();
  for (auto at = from ? owned.lower_bound(*from) : owned.end(); at != owned.end();
       at = owned.next(at)) {
    const StreamId id = owned.at(at).id;
    if (const auto entry = stream.view().find(id)) {
      reply_stream_entry(context.reply, *entry);
      StreamGroup::Pending* pending = group.find(id);
      pending->delivered = context.now_ms();
      ++pending->count;
    } else {
      context.reply.array(2);  // deleted since
      reply_stream_id(context.reply, id);
      context.reply.null_array();
    }
    if (++written == reading.count) break;
  }
  context.reply.end_array(late, written);
}

void xreadgroup(Context& context, Args args) {
  Reading reading;
  reading.for_group = true;
  if (!read_words(context, args, reading)) return;
  const auto starts = read_starts(context, args, reading);
  if (!starts) return;
  Replies replies(context);
  for (std::size_t index = 0; index < reading.keys; ++index) {
    const Key key = context.key(args[reading.keys_at + index]);
    const bool is_new = (*starts)[index].is_new;
    Change<Stream> stream = context.database().change<Stream>(key);
    StreamGroup& group = *stream->group(reading.group);
    const auto [consumer, is_stranger] =
        asking_consumer(context, *stream, group, key.bytes, reading.consumer);
    const bool finds_new = is_new && has_entries_after(stream->view(), group.last);
    if (is_stranger && (reading.no_ack || !finds_new)) {
      propagate_consumer(context, key.bytes, group, reading.consumer);
    }
    if (!is_new || finds_new) replies.begin_stream(key.bytes);
    if (finds_new) deliver_new(context, reading, key.bytes, *stream, group, consumer);
    if (!is_new) {
      deliver_again(context, reading, (*starts)[index].after, *stream, group, *consumer);
    }
    stream.finish(false);
  }
  finish_or_wait(context, args, reading, *starts, replies);
}

// Behind STREAMS, the first half.
bool find_stream_keys(Args args, std::vector<int>& positions) {
  for (std::size_t at = 1; at < args.size(); ++at) {
    if (!equal_ignoring_case(args[at], "streams")) continue;
    const std::size_t words = args.size() - at - 1;
    if (words == 0 || words % 2 != 0) return false;
    for (std::size_t index = 1; index <= words / 2; ++index) {
      positions.push_back(static_cast<int>(at + index));
    }
    return true;
  }
  return false;
}

constexpr std::uint32_t kReads = kBlocking | kMovableKeys;

constexpr Command kCommands[] = {
    {"xread", -4, kReadonly | kReads, {}, kStreamCategory, xread, find_stream_keys},
    {"xreadgroup", -7, kWrite | kReads, {}, kStreamCategory, xreadgroup, find_stream_keys},
};

}  // namespace

std::span<const Command> stream_read_commands() { return kCommands; }

}  // namespace replserver
