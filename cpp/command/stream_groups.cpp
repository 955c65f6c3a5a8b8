// Groups of consumers: XGROUP, XACK, and what others need of them.
#include "command/stream_groups.hpp"

#include "base/ascii.hpp"
#include "base/until_nul.hpp"
#include "command/help.hpp"
#include "command/integer_text.hpp"

namespace replserver {

Bytes no_group_of_key(ByteView group, ByteView key) {
  return "NOGROUP No such consumer group '" + Bytes(until_nul(group)) + "' for key name '" +
         Bytes(until_nul(key)) + "'";
}

Bytes no_key_or_group(ByteView key, ByteView group) {
  return "NOGROUP No such key '" + Bytes(until_nul(key)) + "' or consumer group '" +
         Bytes(until_nul(group)) + "'";
}

void propagate_claim(Context& context, ByteView key, const StreamGroup& group,
                     const StreamGroup::Pending& pending, ByteView id) {
  const StreamIdText last(group.last);
  const IntegerText delivered(pending.delivered);
  const IntegerText count(static_cast<std::int64_t>(pending.count));
  context.changed_as({"XCLAIM", key, group.name(), pending.owner->name(), "0", id, "TIME",
                      delivered, "RETRYCOUNT", count, "FORCE", "JUSTID", "LASTID", last});
}

void propagate_group_id(Context& context, ByteView key, const StreamGroup& group) {
  const StreamIdText last(group.last);
  const IntegerText read(group.entries_read);
  context.changed_as({"XGROUP", "SETID", key, group.name(), last, "ENTRIESREAD", read});
}

void propagate_consumer(Context& context, ByteView key, const StreamGroup& group, ByteView name) {
  context.changed_as({"XGROUP", "CREATECONSUMER", key, group.name(), name});
}

Asking asking_consumer(Context& context, Stream& stream, StreamGroup& group, ByteView key,
                       ByteView name) {
  if (StreamConsumer* consumer = group.consumer(name)) {
    consumer->seen = context.now_ms();
    return {consumer, false};
  }
  context.notify(kNotifyStream, "xgroup-createconsumer", key);
  return {group.add_consumer(stream.arena(), name, context.now_ms()), true};
}

namespace {

constexpr ByteView kNeedsKey =
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use "
    "the MKSTREAM option to create an empty stream automatically.";

// The stream of XGROUP's key; nullptr: refused, and told so.
const Entry* find_stream(Context& context, const Key& key) {
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::stream)) return nullptr;
  if (!entry) context.reply.error(kNeedsKey);
  return entry;
}

// The same, and the group too.
const Entry* find_group(Context& context, const Key& key, ByteView group) {
  const Entry* entry = find_stream(context, key);
  if (!entry || StreamView(*entry).group(group)) return entry;
  context.reply.error(no_group_of_key(group, key.bytes));
  return nullptr;
}

struct GroupOptions {
  bool makes_stream = false;
  std::int64_t entries_read = StreamGroup::kUnknown;
};

void refuse_words(Context& context, Args args) {
  context.reply.error("ERR unknown subcommand or wrong number of arguments for '" +
                      Bytes(until_nul(args[1])) + "'. Try XGROUP HELP.");
}

bool read_options(Context& context, Args args, GroupOptions& options) {
  const bool is_create = equal_ignoring_case(args[1], "create");
  for (std::size_t at = 5; at < args.size(); ++at) {
    if (is_create && equal_ignoring_case(args[at], "mkstream")) {
      options.makes_stream = true;
    } else if (at + 1 < args.size() && equal_ignoring_case(args[at], "entriesread")) {
      const auto count = Context::integer(args[++at]);
      if (!count || (*count < 0 && *count != StreamGroup::kUnknown)) {
        context.reply.error(count ? "ERR value for ENTRIESREAD must be positive or -1"
                                  : kNotInteger);
        return false;
      }
      options.entries_read = *count;
    } else {
      refuse_words(context, args);
      return false;
    }
  }
  return true;
}

void xgroup_create(Context& context, Args args) {
  GroupOptions options;
  if (!read_options(context, args, options)) return;
  const Key key = context.key(args[2]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::stream)) return;
  if (!entry && !options.makes_stream) return context.reply.error(kNeedsKey);
  constexpr std::size_t kWordsMax = 8;  // each option once
  if (args.size() > kWordsMax) return refuse_words(context, args);
  StreamId id;
  if (args[4] == "$") {
    if (entry) id = StreamView(*entry).last();
  } else {
    const auto given = read_stream_id(context, args[4]);
    if (!given) return;
    id = *given;
  }
  if (entry && StreamView(*entry).group(args[3])) {
    return context.reply.error("BUSYGROUP Consumer Group name already exists");
  }
  Change<Stream> stream = context.database().change<Stream>(key);
  stream->add_group(args[3], id, options.entries_read);
  stream.finish(stream.is_new());
  context.changed();
  context.notify_written(!entry, kNotifyStream, "xgroup-create", key.bytes);
  context.reply.ok();
}

void xgroup_setid(Context& context, Args args) {
  GroupOptions options;
  if (!read_options(context, args, options)) return;
  const Key key = context.key(args[2]);
  const Entry* entry = find_group(context, key, args[3]);
  if (!entry) return;
  constexpr std::size_t kWordsMax = 7;
  if (args.size() > kWordsMax) return refuse_words(context, args);
  StreamId id = StreamView(*entry).last();
  if (args[4] != "$") {
    // Unlike CREATE it takes "-" and "+", as Redis does.
    const auto given = parse_stream_id(args[4], 0, false);
    if (!given) return context.reply.error(kInvalidStreamId);
    id = *given;
  }
  Change<Stream> stream = context.database().change<Stream>(key);
  StreamGroup* group = stream->group(args[3]);
  group->last = id;
  group->entries_read = options.entries_read;
  stream.finish(false);
  context.changed();
  context.notify(kNotifyStream, "xgroup-setid", key.bytes);
  context.reply.ok();
}

void xgroup_destroy(Context& context, Args args) {
  const Key key = context.key(args[2]);
  const Entry* entry = find_stream(context, key);
  if (!entry) return;
  if (!StreamView(*entry).group(args[3])) return context.reply.integer(0);
  Change<Stream> stream = context.database().change<Stream>(key);
  stream->remove_group(stream->group(args[3]));
  stream.finish();  // those who wait for entries of the group hear that it is gone
  context.changed();
  context.notify(kNotifyStream, "xgroup-destroy", key.bytes);
  context.reply.integer(1);
}

void xgroup_createconsumer(Context& context, Args args) {
  const Key key = context.key(args[2]);
  const Entry* entry = find_group(context, key, args[3]);
  if (!entry) return;
  if (StreamView(*entry).group(args[3])->consumer(args[4])) return context.reply.integer(0);
  Change<Stream> stream = context.database().change<Stream>(key);
  stream->group(args[3])->add_consumer(stream->arena(), args[4], context.now_ms());
  stream.finish(false);
  context.changed();
  context.notify(kNotifyStream, "xgroup-createconsumer", key.bytes);
  context.reply.integer(1);
}

void xgroup_delconsumer(Context& context, Args args) {
  const Key key = context.key(args[2]);
  const Entry* entry = find_group(context, key, args[3]);
  if (!entry) return;
  if (!StreamView(*entry).group(args[3])->consumer(args[4])) return context.reply.integer(0);
  Change<Stream> stream = context.database().change<Stream>(key);
  StreamGroup* group = stream->group(args[3]);
  const std::size_t had = group->remove_consumer(stream->arena(), group->consumer(args[4]));
  stream.finish(false);
  context.changed();
  context.notify(kNotifyStream, "xgroup-delconsumer", key.bytes);
  context.reply.integer(static_cast<std::int64_t>(had));
}

void xgroup_help(Context& context, Args) {
  static constexpr ByteView kLines[] = {
      "CREATE <key> <groupname> <id|$> [option]",
      "    Create a new consumer group. Options are:",
      "    * MKSTREAM",
      "      Create the empty stream if it does not exist.",
      "    * ENTRIESREAD entries_read",
      "      Set the group's entries_read counter (internal use).",
      "CREATECONSUMER <key> <groupname> <consumer>",
      "    Create a new consumer in the specified group.",
      "DELCONSUMER <key> <groupname> <consumer>",
      "    Remove the specified consumer.",
      "DESTROY <key> <groupname>",
      "    Remove the specified group.",
      "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
      "    Set the current group ID and entries_read counter.",
  };
  reply_help(context.reply, "xgroup", kLines);
}

void xack(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find(key);
  if (context.is_wrong_type(entry, Type::stream)) return;
  if (!entry || !StreamView(*entry).group(args[2])) return context.reply.integer(0);
  for (const ByteView word : args.subspan(3)) {
    if (!read_stream_id(context, word)) return;
  }
  Change<Stream> stream = context.database().change<Stream>(key);
  StreamGroup* group = stream->group(args[2]);
  std::int64_t known = 0;
  for (const ByteView word : args.subspan(3)) {
    known += group->acknowledge(stream->arena(), *parse_stream_id(word, 0, true)) ? 1 : 0;
  }
  stream.finish(false);
  if (known > 0) context.changed(known);
  context.reply.integer(known);
}

constexpr KeyRange kOneKey = {1, 1, 1}, kSecond = {2, 2, 1};

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"xack", -4, kWrite | kFast, kOneKey, kStreamCategory, xack},
    {"xgroup", -2, 0, {}},
    {"xgroup|create", -5, kWrite | kDenyOom, kSecond, kStreamCategory, xgroup_create},
    {"xgroup|createconsumer", 5, kWrite | kDenyOom, kSecond, kStreamCategory,
     xgroup_createconsumer},
    {"xgroup|delconsumer", 5, kWrite, kSecond, kStreamCategory, xgroup_delconsumer},
    {"xgroup|destroy", 4, kWrite, kSecond, kStreamCategory, xgroup_destroy},
    {"xgroup|help", 2, kLoading | kStale, {}, kStreamCategory, xgroup_help},
    {"xgroup|setid", -5, kWrite, kSecond, kStreamCategory, xgroup_setid},
};

}  // namespace

std::span<const Command> stream_group_commands() { return kCommands; }

}  // namespace replserver
