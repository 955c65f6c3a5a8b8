#include "node/node.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "data/value.hpp"
#include "node/blocking.hpp"
#include "node/dispatch.hpp"

namespace replserver {
namespace {

// Who was heard within this time is likely to ask again.
constexpr Duration kRecently = milliseconds(10);
constexpr std::size_t kBatchPerSession = 1024;  // commands of one link before others get a turn
constexpr std::size_t kPrefetchGroup = 32;  // as many as the first cache level can hold lines for

constexpr ByteView kProtectedMode =
    "-DENIED Redis is running in protected mode because protected mode is enabled and no password "
    "is "
    "set for the default user. In this mode connections are only accepted from the loopback "
    "interface. If you want to connect from external computers to Redis you may adopt one of the "
    "following solutions: 1) Just disable protected mode sending the command 'CONFIG SET "
    "protected-mode no' from the loopback interface by connecting to Redis from the same host the "
    "server is running, however MAKE SURE Redis is not publicly accessible from internet if you do "
    "so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable "
    "the "
    "protected mode by editing the Redis configuration file, and setting the protected mode option "
    "to 'no', and then restarting the server. 3) If you started the server manually just for "
    "testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication "
    "password for the default user. NOTE: You only need to do one of the above things in order for "
    "the server to start accepting connections from the outside.\r\n";

// The word that names the one element which a command is about; none: an empty view of nothing.
ByteView element_of(const Command& row, Args words) {
  constexpr std::uint32_t kWithTables = kHashCategory | kSetCategory | kSortedSetCategory;
  if (!(row.categories & kWithTables) || !(row.flags & kFast)) return {};
  const auto after_key = static_cast<std::size_t>(row.keys.first) + 1;
  if (row.keys.last != row.keys.first || words.size() <= after_key) return {};
  // HSET key field value, but ZADD key score member.
  return row.categories & kSortedSetCategory ? words.back() : words[after_key];
}

}  // namespace

Node::Node(Config config, Options options, Now now)
    : state_(std::move(config), options.seed, options.meter, now) {
  state_.persistence.awaits_load = options.loads;
}

LinkId Node::accepted(Peer peer, Now now) {
  state_.now = now;
  ClientSession& session = state_.sessions.add(std::move(peer), now.mono);
  session.protocol = state_.config->client_default_resp;
  session.authenticated = state_.config->requirepass.empty();
  ++state_.stats.connections_received;

  if (state_.sessions.size() > static_cast<std::size_t>(state_.config->maxclients)) {
    ++state_.stats.connections_rejected;
    session.output.append("-ERR max number of clients reached\r\n");
    state_.close_after_output(session);
  } else if (state_.config->protected_mode && session.authenticated && !session.peer.is_local) {
    ++state_.stats.connections_rejected;
    session.output.append(kProtectedMode);
    state_.close_after_output(session);
  }
  return session.link;
}

void Node::opened(LinkId link, Peer peer, Now now) {
  state_.now = now;
  ClientSession* const session = state_.sessions.find(link);
  if (session == nullptr || session->closing) return;
  session->peer = std::move(peer);
  session->last_heard = now.mono;
  session->conversation->opened(state_, *session);
  turn(now);
}

void Node::received(LinkId link, ByteView bytes, Now now) {
  ClientSession* const session = state_.sessions.find(link);
  if (session == nullptr || session->closing) return;
  if (session->in_batch) turn(now);  // a driver may read a link twice before its turn
  state_.now = now;
  session->last_heard = heard_at_ = now.mono;
  session->bytes_in += bytes.size();
  state_.stats.net_input_bytes += bytes.size();
  ++state_.stats.reads_processed;
  if (session->conversation != nullptr && !session->is_primary) {
    session->conversation->received(state_, *session, bytes);
    if (session->closing || bytes.empty()) return;
  }

  if (!session->unread.empty() || !session->ready()) {
    // What a command still lacks is made room for at once, not by doubling up to it.
    const std::size_t missing = session->parser.missing();
    if (missing > bytes.size()) session->unread.reserve(session->unread.size() + missing);
    session->unread.append(bytes);
    if (session->unread.size() > state_.config->client_query_buffer_limit) {
      ++state_.stats.query_buffer_disconnections;
      state_.log(LogLevel::warning, "Closing client that reached max query buffer length: " +
                                        state_.client_info(*session));
      state_.close_now(*session);
      return;
    }
    if (!session->ready()) return;
    bytes = session->unread;
  }
  begin_source(*session, bytes);
}

void Node::begin_source(ClientSession& session, ByteView bytes) {
  session.source = bytes;
  session.consumed = 0;
  session.in_batch = true;
  sources_.push_back(&session);
  read(session);
}

// Parses what is complete. A client that has not authenticated is read one command at a time, since
// the next one's limits hang on whether this one was a successful AUTH.
void Node::read(ClientSession& session) {
  const resp::ParserLimits limits{
      .bulk_max = static_cast<std::size_t>(state_.config->proto_max_bulk_len),
      .authenticated = !state_.must_authenticate(session),
  };
  const std::size_t count_max = limits.authenticated ? kBatchPerSession : 1;
  if (session.parsed != session.consumed) session.parser = resp::Parser();  // it was ahead
  std::size_t position = session.consumed;
  for (std::size_t count = 0; count < count_max && position < session.source.size();) {
    const std::size_t first_word = words_.size();
    resp::Parser::Command command;
    const auto status =
        session.parser.next(session.source.substr(position), limits, words_, command);
    if (status == resp::Parser::Status::incomplete) break;

    Parsed parsed{};
    parsed.session = &session;
    parsed.first_word = static_cast<std::uint32_t>(first_word);
    parsed.word_count = static_cast<std::uint32_t>(words_.size() - first_word);
    parsed.begin = position;
    parsed.end = position + command.size;
    parsed.is_verbatim = command.is_verbatim;
    parsed.is_error = status == resp::Parser::Status::error;
    parsed.is_inline = command.is_inline;
    if (command.is_inline) keep_words(parsed);
    batch_.push_back(parsed);
    if (parsed.is_error) break;
    position = parsed.end;
    ++count;
  }
  session.parsed = position;
}

// An inline command's words lie in the parser's scratch space, which its next command overwrites.
void Node::keep_words(const Parsed& parsed) {
  for (std::size_t i = 0; i < parsed.word_count; ++i) {
    ByteView& word = words_[parsed.first_word + i];
    word = inline_words_.emplace_back(word);
  }
}

// Resolves names and hashes first keys, and has the memory that they need on its way before the first
// of them is executed: table buckets, then entries.
void Node::fetch(std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    Parsed& parsed = batch_[i];
    if (parsed.word_count == 0) continue;
    const Args words(words_.data() + parsed.first_word, parsed.word_count);
    parsed.command = state_.registry.resolve(words);
    if (parsed.command == nullptr) continue;
    const int first = parsed.command->row->keys.first;
    if (first <= 0 || static_cast<std::uint32_t>(first) >= parsed.word_count) continue;
    parsed.key = state_.keyspace.make_key(words[static_cast<std::size_t>(first)]);
    state_.keyspace.database(parsed.session->db).prefetch_bucket(parsed.key.hash);
  }
  if (to - from < 2) return;  // nothing to overlap with
  for (std::size_t i = from; i < to; ++i) {
    const Parsed& parsed = batch_[i];
    if (parsed.key.bytes.data() == nullptr) continue;
    state_.keyspace.database(parsed.session->db).prefetch_entry(parsed.key.hash);
  }
  fetch_elements(from, to);
}

// The same once more where a command is about one element of a large value. Nothing has been executed
// since the keys were asked for: what is found here is only read, and only here.
void Node::fetch_elements(std::size_t from, std::size_t to) {
  struct Sought {
    const Entry* entry;
    std::uint64_t hash;
  };
  std::array<Sought, kPrefetchGroup> sought;
  std::size_t count = 0;
  for (std::size_t i = from; i < to; ++i) {
    const Parsed& parsed = batch_[i];
    if (parsed.key.bytes.data() == nullptr) continue;
    const Args words(words_.data() + parsed.first_word, parsed.word_count);
    const ByteView element = element_of(*parsed.command->row, words);
    if (element.data() == nullptr) continue;
    const Entry* entry = state_.keyspace.database(parsed.session->db).find(parsed.key);
    if (entry == nullptr || !has_element_table(*entry)) continue;
    sought[count] = {entry, state_.keyspace.make_key(element).hash};
    prefetch_element(*entry, sought[count++].hash, ElementPart::bucket);
  }
  for (std::size_t i = 0; i < count; ++i) {
    prefetch_element(*sought[i].entry, sought[i].hash, ElementPart::item);
  }
}

void Node::execute_parsed(const Parsed& parsed) {
  ClientSession& session = *parsed.session;
  // Blocked, paused or closing since: its later commands are read again, or never.
  if (!session.ready() || parsed.begin != session.consumed) return;
  if (parsed.is_error) {
    enter(state_, session);
    refuse_broken(state_, session.parser.error().text);
    state_.log(LogLevel::verbose, "Protocol error (" + session.parser.error().text +
                                      ") from client: " + state_.client_info(session));
    if (session.is_primary)
      return state_.upstream->give_up_stream(state_, "Protocol error from MASTER");
    state_.close_after_output(session);
    return;
  }
  if (session.is_primary && parsed.is_inline && parsed.word_count > 0) {
    return state_.upstream->give_up_stream(
        state_,
        "WARNING: Receiving inline protocol from master, master stream corruption? Closing the "
        "master connection and discarding the cached master.");
  }
  if (parsed.word_count > 0) {
    const Args words(words_.data() + parsed.first_word, parsed.word_count);
    const ByteView raw = parsed.is_verbatim
                             ? session.source.substr(parsed.begin, parsed.end - parsed.begin)
                             : ByteView();
    const auto outcome = dispatch(state_, session, parsed.command, words, raw, parsed.key);
    if (outcome == Dispatched::postponed) return;
  }
  session.consumed = parsed.end;
  if (session.is_primary) {
    state_.upstream->applied(state_, session,
                             session.source.substr(parsed.begin, parsed.end - parsed.begin));
  }
}

void Node::execute_batch() {
  for (std::size_t from = 0; from < batch_.size(); from += kPrefetchGroup) {
    const std::size_t to = std::min(from + kPrefetchGroup, batch_.size());
    fetch(from, to);
    for (std::size_t i = from; i < to; ++i) execute_parsed(batch_[i]);
  }
  batch_.clear();
  words_.clear();
  inline_words_.clear();
}

void Node::turn(Now now) {
  state_.now = now;
  if (state_.meter != nullptr) state_.meter_reading = state_.meter();
  const std::uint64_t started = state_.meter_reading;
  do {
    while (!batch_.empty()) {
      execute_batch();
      for (ClientSession* const session : sources_) {
        if (session->ready()) read(*session);
      }
    }
    finish_sources();
    read_resumed();
  } while (!sources_.empty());
  end_turn();
  ++state_.stats.eventloop_cycles;
  state_.stats.eventloop_command_nanoseconds += state_.meter_reading - started;
}

// Keeps what was not executed, which may lie in the driver's buffer.
void Node::finish_sources() {
  for (ClientSession* const session : sources_) {
    const ByteView rest = session->source.substr(session->consumed);
    session->parsed -= session->consumed;
    if (session->closing) {
      Bytes().swap(session->unread);
    } else if (session->source.data() != session->unread.data()) {
      const std::size_t missing = session->parser.missing();
      if (missing > 0 && !rest.empty()) session->unread.reserve(rest.size() + missing);
      session->unread.assign(rest);
    } else if (rest.empty()) {
      Bytes().swap(session->unread);  // an idle client keeps no buffer, as an assignment would
    } else if (session->consumed > 0) {
      session->unread.erase(0, session->consumed);
    }
    session->source = {};
    session->in_batch = false;
    if (!session->output.empty()) state_.announce(*session);
  }
  sources_.clear();
}

void Node::read_resumed() {
  std::vector<LinkId> resumed;
  resumed.swap(state_.resumed);
  for (const LinkId link : resumed) {
    ClientSession* const session = state_.sessions.find(link);
    if (session == nullptr || !session->ready() || session->unread.empty() || session->in_batch)
      continue;
    begin_source(*session, session->unread);
  }
}

void Node::walk_snapshots() {
  const bool others_at_work = state_.now.mono - heard_at_ < kRecently;
  state_.snapshots.work(state_.now.mono,
                        {.cpu_share = state_.config->snapshot_cpu_share,
                         .per_key = Duration(std::max(state_.config->rdb_key_save_delay, 0)),
                         .slice = others_at_work ? Snapshots::kShortSlice : Snapshots::kLongSlice});
  if (state_.meter != nullptr) state_.meter_reading = state_.meter();
}

void Node::idle(Now now) {
  state_.now = now;
  walk_snapshots();
  turn(now);  // whoever waited for its end goes on
}

void Node::end_turn() {
  for (std::size_t i = 0; i < state_.announced.size(); ++i) {
    if (ClientSession* const session = state_.sessions.find(state_.announced[i])) {
      check_output_limits(*session);
    }
  }
  advance_failover(state_);
  advance_shutdown(state_);
  state_.acknowledgements.end_turn(state_);
  state_.replicas.end_turn(state_);
  for (ClientSession* const replica : state_.replicas.all()) check_output_limits(*replica);
  for (const LinkId link : state_.leaving) {
    if (state_.sessions.find(link) == nullptr) continue;
    state_.effects.hang_up.push_back(link);
    forget(link);
  }
  state_.leaving.clear();
}

void Node::forget(LinkId link, ByteView why) {
  ClientSession* const session = state_.sessions.find(link);
  RS_ASSERT(session != nullptr && !session->in_batch);
  state_.pubsub.forget(*session);
  state_.watches.unwatch(*session);
  forget_waiter(state_, *session);
  state_.acknowledgements.forget(*session);
  state_.replicas.forget(state_, *session);
  std::erase(state_.monitors, session);
  if (session->conversation != nullptr) session->conversation->closed(state_, *session, why);
  state_.sessions.remove(link);
}

void Node::closed(LinkId link, Now now, ByteView why) {
  turn(now);
  if (state_.sessions.find(link) == nullptr) return;
  forget(link, why);
  turn(now);  // whoever dialled it may have something to say
}

void Node::sent(LinkId link, std::size_t size, Now now) {
  ClientSession* const session = state_.sessions.find(link);
  if (session == nullptr) return;
  state_.now = now;
  const std::size_t own = std::min(size, session->output.size());
  session->output.sent(own);
  session->bytes_out += size;
  state_.stats.net_output_bytes += size;
  ++state_.stats.writes_processed;
  if (session->is_replica()) {
    state_.stats.repl_output_bytes += size;
    state_.replicas.sent(state_, *session, size - own);
  }
  if (session->closing && session->output.empty()) {
    state_.effects.hang_up.push_back(link);
    forget(link);
  }
}

void Node::completed(OperationId operation, Result<Bytes> outcome, Now now) {
  state_.now = now;
  const Operations::Pending pending = state_.operations.finish(operation);
  if (!pending.then) return;
  ClientSession* client =
      pending.client == LinkId{} ? &state_.in_process : state_.sessions.find(pending.client);
  if (client != nullptr) {
    enter(state_, *client);
    client->suspension = Suspension::none;
  }
  pending.then(state_, client, std::move(outcome));
  if (client != nullptr && client != &state_.in_process) {
    if (!client->output.empty()) state_.announce(*client);
    if (client->ready()) state_.resumed.push_back(client->link);
  }
  turn(now);  // it may have answered others, too
}

void Node::take_effects(Effects& into) {
  // Replicas come before clients: what a client is told is the less likely to be lost.
  for (const ClientSession* const replica : state_.replicas.all()) {
    if (has_output(*replica)) state_.effects.writable.push_back(replica->link);
  }
  for (const LinkId link : state_.announced) {
    if (ClientSession* const session = state_.sessions.find(link)) {
      session->announced = false;
      if (!session->is_replica() || session->closing) state_.effects.writable.push_back(link);
    }
  }
  state_.announced.clear();
  into.clear();
  std::swap(into, state_.effects);
}

void Node::output(LinkId link, std::vector<ByteView>& pieces) const {
  const ClientSession* const session = state_.sessions.find(link);
  if (session == nullptr) return;
  session->output.views(pieces);
  if (!session->is_replica() || session->closing) return;
  std::size_t own = 0;
  for (const ByteView piece : pieces) own += piece.size();
  if (own == session->output.size()) state_.replicas.views(state_, *session, pieces);
}

bool Node::has_output(LinkId link) const {
  const ClientSession* const session = state_.sessions.find(link);
  return session != nullptr && has_output(*session);
}

bool Node::holds_input(LinkId link) const {
  const ClientSession* const session = state_.sessions.find(link);
  return session != nullptr && session->holds_input;
}

bool Node::has_output(const ClientSession& session) const {
  if (!session.output.empty()) return true;
  return session.is_replica() && !session.closing && state_.replicas.has_output(state_, session);
}

void Node::signal(ByteView name, Now now) {
  state_.now = now;
  const bool is_interrupt = name == "SIGINT";
  state_.log(LogLevel::warning, is_interrupt ? "Received SIGINT scheduling shutdown..."
                                             : "Received SIGTERM scheduling shutdown...");
  begin_shutdown(state_, is_interrupt ? state_.config->shutdown_on_sigint
                                      : state_.config->shutdown_on_sigterm);
  turn(now);
}

void Node::load(Now now) {
  RS_ASSERT(state_.persistence.awaits_load);
  state_.now = now;
  load_at_start(state_);
}

void Node::abandon(Now now) {
  state_.now = now;
  abort_save(state_);
}

std::vector<Node::OverdueKey> Node::overdue_keys(UnixMs now, std::size_t limit) const {
  std::vector<OverdueKey> found;
  for (int index = 0; index < state_.keyspace.databases(); ++index) {
    const Database& database = state_.keyspace.database(index);
    if (database.expires() == 0) continue;
    database.for_each([&](const Entry& entry) {
      if (found.size() == limit || entry.expiry().value_or(now) >= now) return;
      found.push_back({index, Bytes(entry.key())});
    });
  }
  return found;
}

void Node::check_invariants() const {
  for (const auto& [id, session] : state_.sessions.by_id()) {
    RS_ASSERT(session->id == id);
    RS_ASSERT(!session->in_batch);
    RS_ASSERT(session->source.empty());
  }
  if (const Backlog* const backlog = state_.propagation.backlog()) {
    RS_ASSERT(backlog->end() == state_.propagation.position().offset);
  }
}

}  // namespace replserver
