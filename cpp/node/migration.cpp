#include "node/migration.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "node/dispatch.hpp"
#include "node/state.hpp"
#include "rdb/dump.hpp"

namespace replserver {
namespace {

constexpr Duration kTimeoutDefault = seconds(1);
constexpr ByteView kNotConnected = "IOERR error or timeout connecting to the client";
constexpr ByteView kNotWritten = "IOERR error or timeout writing to target instance";
constexpr ByteView kNotRead = "IOERR error or timeout reading to target instance";

// RESTORE for a key as it is now; nothing when it has none, or has expired.
bool append_restore(NodeState& node, const Migration::Order& order, ByteView name, Bytes& out) {
  Database& database = node.keyspace.database(order.db);
  const Entry* const entry = database.find(database.make_key(name));
  if (entry == nullptr) return false;
  UnixMs lasts = 0;
  if (const auto expiry = entry->expiry()) {
    lasts = *expiry - unix_ms(node.now.wall);
    if (lasts < 0) return false;
    lasts = std::max<UnixMs>(lasts, 1);  // 0 would be for ever
  }
  Bytes payload;
  dump_value(payload, *entry, {.version = node.config->rdb_save_version});
  std::vector<ByteView> words = {"RESTORE", name};
  const Bytes milliseconds_left = std::to_string(lasts);
  words.push_back(milliseconds_left);
  words.push_back(payload);
  if (order.replace) words.push_back("REPLACE");
  append_command(out, words);
  return true;
}

// MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH password] [AUTH2 user password]
//         [KEYS key …]
std::optional<Bytes> read_options(Args args, Migration::Order& order) {
  for (std::size_t i = 6; i < args.size(); ++i) {
    const std::size_t left = args.size() - i - 1;
    if (equal_ignoring_case(args[i], "copy")) {
      order.copy = true;
    } else if (equal_ignoring_case(args[i], "replace")) {
      order.replace = true;
    } else if (equal_ignoring_case(args[i], "auth")) {
      if (left < 1) return Bytes(kSyntaxError);
      order.authentication = {"AUTH", Bytes(args[i + 1])};
      i += 1;
    } else if (equal_ignoring_case(args[i], "auth2")) {
      if (left < 2) return Bytes(kSyntaxError);
      order.authentication = {"AUTH", Bytes(args[i + 1]), Bytes(args[i + 2])};
      i += 2;
    } else if (equal_ignoring_case(args[i], "keys")) {
      if (!args[3].empty()) {
        return Bytes(
            "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string");
      }
      order.keys.assign(args.begin() + static_cast<std::ptrdiff_t>(i) + 1, args.end());
      break;
    } else {
      return Bytes(kSyntaxError);
    }
  }
  return std::nullopt;
}

void migrate(NodeContext& context, Args args) {
  NodeState& node = context.node;
  Migration::Order order;
  order.db = context.db;
  order.keys = {Bytes(args[3])};
  if (const auto wrong = read_options(args, order)) return context.reply.error(*wrong);
  const auto timeout = Context::integer(args[5]);
  if (!timeout) return context.reply.error(timeout.error());
  const auto target_db = Context::small_integer(args[4]);
  if (!target_db) return context.reply.error(target_db.error());
  order.timeout = *timeout <= 0 ? kTimeoutDefault : Duration(milliseconds(*timeout));
  order.target_db = *target_db;

  std::erase_if(order.keys, [&](const Bytes& key) {
    return context.find(context.key(key), Context::Touch::no) == nullptr;
  });
  if (order.keys.empty()) return context.reply.simple("NOKEY");
  const auto port = Context::integer(args[2]);
  constexpr std::int64_t kPortMax = 65535;
  if (!port || *port < 0 || *port > kPortMax) {
    return context.reply.error(kNotConnected);
  }
  if (context.in_transaction) {
    return context.reply.error("ERR MIGRATE isn't allowed in a transaction");
  }
  order.target = {Bytes(args[1]), static_cast<std::uint16_t>(*port)};
  node.suspend(*context.session, Suspension::operation);
  node.migrations.push_back(std::make_unique<Migration>(std::move(order), context.session->link));
  node.migrations.back()->begin(node);
}

bool find_keys(Args args, std::vector<int>& positions) {
  if (!args[3].empty()) {
    positions = {3};
    return true;
  }
  // As Redis looks for it: from the first option on, whatever the options before it are.
  for (std::size_t i = 6; i < args.size(); ++i) {
    if (!equal_ignoring_case(args[i], "keys")) continue;
    for (std::size_t key = i + 1; key < args.size(); ++key) {
      positions.push_back(static_cast<int>(key));
    }
    return true;
  }
  positions = {3};
  return true;
}

constexpr Command kCommands[] = {
    {"migrate",
     -6,
     kWrite | kMovableKeys,
     {3, 3, 1},
     kKeyspaceCategory | kDangerousCategory,
     as_node<migrate>,
     find_keys},
};

}  // namespace

std::span<const Command> migration_commands() { return kCommands; }

void Migration::begin(NodeState& node) {
  ++node.writes_held;
  deadline_ = node.now.mono + order_.timeout;
  link_ = node.dial(order_.target, *this).link;
}

void Migration::opened(NodeState& node, ClientSession& session) {
  is_connected_ = true;
  deadline_ = node.now.mono + order_.timeout;
  Bytes output;
  if (!order_.authentication.empty()) {
    const Words& words = order_.authentication;
    append_command(output, std::vector<ByteView>(words.begin(), words.end()));
    ++preliminaries_;
  }
  append_command(output, {"SELECT", std::to_string(order_.target_db)});
  ++preliminaries_;
  std::erase_if(order_.keys,
                [&](const Bytes& key) { return !append_restore(node, order_, key, output); });
  session.output.append(output);
  node.announce(session);
}

void Migration::received(NodeState& node, ClientSession&, ByteView& bytes) {
  deadline_ = node.now.mono + order_.timeout;
  resp::Reply reply;
  auto status = parser_.next(bytes, reply);
  for (; !is_over_ && status == resp::ReplyParser::Status::reply;
       status = parser_.next(bytes, reply)) {
    take(node, reply);
  }
  bytes = {};
  if (is_over_) return;
  if (status == resp::ReplyParser::Status::error) {
    return finish(node, Bytes(kNotRead));
  }
}

void Migration::take(NodeState& node, const resp::Reply& reply) {
  const std::size_t number = replies_++;
  if (reply.is_failure()) {
    if (!error_) error_ = "ERR Target instance replied with error: " + Bytes(reply.text());
    // Without AUTH or SELECT a key may be where it was not meant to be.
    is_refused_ = is_refused_ || number < preliminaries_;
  } else if (number >= preliminaries_ && !is_refused_) {
    moved_.push_back(order_.keys[number - preliminaries_]);
  }
  if (replies_ == preliminaries_ + order_.keys.size()) finish(node, error_);
}

void Migration::closed(NodeState& node, ClientSession&, ByteView why) {
  if (is_over_) return;
  // A refusal is noticed by Redis when it writes.
  const ByteView unopened = why == "Connection refused" ? kNotWritten : kNotConnected;
  finish(node, Bytes(is_connected_ ? kNotRead : unopened));
}

bool Migration::has_link(const NodeState& node) const {
  return node.sessions.find(link_) != nullptr;
}

void Migration::time_out(NodeState& node) {
  finish(node, Bytes(is_connected_ ? kNotRead : kNotConnected));
}

// As a command of nobody: replicas are told, and so is whoever is subscribed.
void Migration::delete_sent(NodeState& node) {
  if (order_.copy || moved_.empty()) return;
  enter(node, node.in_process);
  Context& context = *node.context;
  context.db = order_.db;
  context.begin_command();
  std::vector<ByteView> words = {"DEL"};
  Database& database = node.keyspace.database(order_.db);
  for (const Bytes& key : moved_) {
    if (!database.erase(database.make_key(key))) continue;
    context.notify(kNotifyGeneric, "del", key);
    words.push_back(key);
  }
  if (words.size() > 1) {
    context.changed_as(words, static_cast<std::int64_t>(words.size()) - 1);
  }
  if (!context.events.empty()) deliver_events(node);
  if (!context.changes.empty()) node.propagation.write(context.changes);
}

void Migration::finish(NodeState& node, const std::optional<Bytes>& error) {
  is_over_ = true;
  deadline_ = Instant();  // to be removed
  delete_sent(node);
  if (ClientSession* const session = node.sessions.find(link_)) node.close_now(*session);
  if (ClientSession* const session = node.wake(client_)) {
    resp::Writer reply = node.writer_for(*session);
    if (error) {
      reply.error(*error);
    } else {
      reply.ok();
    }
  }
  node.let_writes_go();
}

void look_after_migrations(NodeState& node) {
  for (const auto& migration : node.migrations) {
    if (!migration->is_over() && migration->deadline() <= node.now.mono) migration->time_out(node);
  }
  // Those whose link is closed at the end of this turn are still spoken to.
  std::erase_if(node.migrations, [&](const auto& migration) {
    return migration->is_over() && !migration->has_link(node);
  });
}

}  // namespace replserver
