// Harness — a keyspace, a context and a clock that stands still until it is moved: enough to run
// commands one by one and to see what they answered, changed and told.
//
//   Harness at;                       // it is 1000 s after 1970
//   at.run("SET k v EX 10")   "OK"
//   at.changes()              "SET k v PXAT 1010000"
//
// Replies as text: OK, -ERR …, 5, "bulk", nil, [1 2], {"a": 1}.
#pragma once

#include <gtest/gtest.h>

#include "base/ascii.hpp"
#include "command/context.hpp"
#include "resp/parser.hpp"
#include "resp/reply_parser.hpp"

namespace replserver {

inline Bytes as_text(const resp::Reply& reply) {
  using resp::Reply;
  const auto list = [](const std::vector<Reply>& elements, char open, char close) {
    Bytes text(1, open);
    for (const Reply& element : elements) {
      if (text.size() > 1) text += ' ';
      text += as_text(element);
    }
    return text + close;
  };
  if (reply.is_nil()) return "nil";
  if (reply.is_failure()) return "-" + Bytes(reply.text());
  if (const auto* integer = std::get_if<std::int64_t>(&reply.value))
    return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&reply.value)) return format_double(*number);
  if (const auto* simple = std::get_if<Reply::Simple>(&reply.value)) return simple->text;
  if (const auto* map = std::get_if<Reply::Map>(&reply.value)) return list(map->elements, '{', '}');
  if (const auto* elements = reply.elements()) return list(*elements, '[', ']');
  return '"' + Bytes(reply.text()) + '"';
}

class Harness {
 public:
  CommandSettings settings;
  Random random{1};
  Keyspace keyspace{4, random};
  Context context{keyspace, random, settings};

  Harness() {
    keyspace.check_door();
    context.changes.record(true);
    set_clock(1000 * 1000);
  }

  void set_clock(UnixMs now) {
    context.now.wall = WallTime(milliseconds(now));
    keyspace.set_time(now);
  }
  void advance(std::int64_t ms) { set_clock(context.now_ms() + ms); }

  // A line in the syntax of inline commands, executed as the node does, with the first key hashed
  // ahead.
  Bytes run(ByteView line) {
    const auto words = resp::split_words(line);
    RS_ASSERT(words && !words->empty());
    return run_words(*words);
  }

  Bytes run_words(const Words& words) {
    const std::vector<ByteView> args(words.begin(), words.end());
    return execute(row_of(args), args);
  }

  // What replicas are told since last asked.
  Bytes changes() {
    Bytes text;
    EXPECT_TRUE(context.changes.removed().empty()) << "no command removes anything by itself";
    for (const auto& piece : context.changes.pieces()) {
      if (!text.empty()) text += "; ";
      if (piece.db != context.db) text += "db" + std::to_string(piece.db) + " ";
      text += words_of(context.changes.bytes(piece));
    }
    context.changes.clear();
    return text;
  }

  // Keyspace events since last asked: "new k, set k".
  Bytes events() {
    Bytes text;
    for (const KeyEvent& event : context.events) {
      if (!text.empty()) text += ", ";
      text += event.name + ' ' + event.key;
      if (event.db != context.db) text += " in db" + std::to_string(event.db);
    }
    context.events.clear();
    return text;
  }
  void listen() { settings.notify = kNotifyAll | kNotifyNew | kNotifyKeyMiss | kNotifyKeyevent; }

  static const Command& row_of(Args args) {
    const Command* row = find_row(lower(args[0]));
    RS_ASSERT(row);
    if (row->handler) return *row;
    row = find_row(lower(args[0]) + '|' + lower(args[1]));
    RS_ASSERT(row);
    return *row;
  }

  static std::vector<const Command*> rows() {
    std::vector<const Command*> all;
    for (const auto family : command_families()) {
      for (const Command& row : family) all.push_back(&row);
    }
    return all;
  }

 private:
  static const Command* find_row(ByteView name) {
    for (const Command* row : rows()) {
      if (row->name == name) return row;
    }
    return nullptr;
  }

  Bytes execute(const Command& row, Args args) {
    const auto count = static_cast<int>(args.size());
    EXPECT_TRUE(row.arity < 0 ? count >= -row.arity : count == row.arity) << row.name;

    resp::Output output;
    context.reply = resp::Writer(output, 3);
    context.prefetched = {};
    std::vector<int> positions;
    if (key_positions(row, args, positions) && !positions.empty()) {
      context.prefetched = keyspace.make_key(args[static_cast<std::size_t>(positions[0])]);
    }
    context.begin_command();
    row.handler(context, args);
    if (context.propagates_verbatim()) context.changes.add(context.db, args);
    return reply_in(output);
  }

  static Bytes reply_in(const resp::Output& output) {
    Bytes bytes;
    std::vector<ByteView> views;
    output.views(views, SIZE_MAX);
    for (const ByteView view : views) bytes += view;
    ByteView rest = bytes;
    resp::ReplyParser parser;
    resp::Reply reply;
    const auto status = parser.next(rest, reply);
    EXPECT_EQ(status, resp::ReplyParser::Status::reply) << bytes;
    EXPECT_EQ(rest, "");
    return as_text(reply);
  }

  static Bytes words_of(ByteView command) {
    std::vector<ByteView> words;
    resp::Parser parser;
    resp::Parser::Command size;
    EXPECT_EQ(parser.next(command, {}, words, size), resp::Parser::Status::command);
    EXPECT_EQ(size.size, command.size());
    Bytes text;
    for (const ByteView word : words) text += (text.empty() ? "" : " ") + Bytes(word);
    return text;
  }
};

}  // namespace replserver
