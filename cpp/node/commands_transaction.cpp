// MULTI, EXEC, DISCARD, WATCH, UNWATCH. Queueing is the dispatcher's.
#include "base/assert.hpp"
#include "node/dispatch.hpp"
#include "node/monitor.hpp"
#include "node/transaction.hpp"

namespace replserver {

void unwatch_keys(NodeState& node, ClientSession& session) {
  node.watches.unwatch(session);
  node.observe_keys();
}

void discard_transaction(NodeState& node, ClientSession& session) {
  session.transaction.reset();
  unwatch_keys(node, session);
}

void abort_transaction(NodeState& node, ClientSession& session, ByteView why) {
  discard_transaction(node, session);
  // "ERR wrong number …" loses its code behind EXECABORT, "READONLY You can't …" keeps it.
  if (why.starts_with("ERR ")) why.remove_prefix(4);
  node.context->reply.error("EXECABORT Transaction discarded because of: " + Bytes(why));
}

namespace {

void multi(NodeContext& context, Args) {
  if (context.session->transaction) return context.reply.error("ERR MULTI calls can not be nested");
  context.session->transaction.emplace();
  context.reply.ok();
}

void discard(NodeContext& context, Args) {
  if (!context.session->transaction) return context.reply.error("ERR DISCARD without MULTI");
  discard_transaction(context.node, *context.session);
  context.reply.ok();
}

void watch(NodeContext& context, Args args) {
  ClientSession& session = *context.session;
  if (session.transaction) return context.reply.error("ERR WATCH inside MULTI is not allowed");
  context.reply.ok();
  if (session.watched_key_changed) return;  // EXEC fails whatever else happens
  for (const ByteView key : args.subspan(1)) {
    const Entry* const entry = context.database().find(context.key(key));
    const bool expired = entry != nullptr && context.is_expired(*entry);
    context.node.watches.watch(session, context.db, key, expired);
  }
  context.node.observe_keys();
}

void unwatch(NodeContext& context, Args) {
  unwatch_keys(context.node, *context.session);
  context.reply.ok();
}

Watches::Presence presence(const NodeContext& context, int db, ByteView key) {
  const Entry* const entry = context.keyspace.database(db).find(context.key(key));
  if (entry == nullptr) return Watches::Presence::absent;
  return context.is_expired(*entry) ? Watches::Presence::expired : Watches::Presence::alive;
}

// The transaction stays the session's while its commands run: CLIENT LIST among them shows it.
void execute_queued(NodeContext& context) {
  NodeState& node = context.node;
  ClientSession& session = *context.session;
  context.reply.array(session.transaction->queued.size());
  context.in_transaction = true;
  std::vector<ByteView> words;
  for (const Words& queued : session.transaction->queued) {
    words.assign(queued.begin(), queued.end());
    RegisteredCommand* const command = node.registry.resolve(words);
    RS_ASSERT(command != nullptr);  // it was known when it was queued, and names last
    call(node, session, *command, words, ByteView());
    if (!node.monitors.empty()) feed_monitors(node, session, *command, words);
  }
  context.in_transaction = false;
  context.begin_command();  // the last one's changes are told: they are not EXEC's own
}

void exec(NodeContext& context, Args) {
  NodeState& node = context.node;
  ClientSession& session = *context.session;
  if (!session.transaction) return context.reply.error("ERR EXEC without MULTI");
  if (session.transaction->refused) {
    discard_transaction(node, session);
    return context.reply.error("EXECABORT Transaction discarded because of previous errors.");
  }
  const bool fails =
      node.watches.fails(session, [&](int db, ByteView key) { return presence(context, db, key); });
  unwatch_keys(node, session);
  if (fails) {
    context.reply.null_array();
  } else {
    execute_queued(context);
  }
  session.transaction.reset();
}

constexpr std::uint32_t kAlways = kNoScript | kLoading | kStale;
constexpr std::uint32_t kQuick = kAlways | kFast | kAllowBusy;
constexpr std::uint32_t kKind = kTransactionCategory;
constexpr Command kCommands[] = {
    // name, arity, flags, keys, categories, handler
    {"discard", 1, kQuick, {}, kKind, as_node<discard>},
    {"exec", 1, kAlways | kSkipSlowlog, {}, kKind, as_node<exec>},
    {"multi", 1, kQuick | kNoMulti, {}, kKind, as_node<multi>},
    {"unwatch", 1, kQuick, {}, kKind, as_node<unwatch>},
    {"watch", -2, kQuick | kNoMulti, {1, -1, 1}, kKind, as_node<watch>},
};

}  // namespace

std::span<const Command> transaction_commands() { return kCommands; }

}  // namespace replserver
