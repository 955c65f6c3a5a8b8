// Node — one server without its sockets, clock, files and randomness: the keyspace, the history of
// its changes and every conversation, owned in one place and driven from outside.
//
//   accepted, received ──> turn() ──> take_effects() ──> output(link) … sent(link, n)
//
// A driver tells what happens and when; the Node answers with effects and with bytes that are
// pulled. received() only reads commands; turn() executes them all, so that the keys of many links
// are fetched from memory together. The same inputs at the same times with the same seed give the
// same outputs, byte for byte. Not thread-safe, on purpose: whoever drives it owns it.
#pragma once

#include <deque>
#include <vector>

#include "data/digest.hpp"
#include "node/journal.hpp"
#include "node/replication_status.hpp"
#include "node/state.hpp"

namespace replserver {

class Node {
 public:
  struct Options {
    std::uint64_t seed = 0;
    Meter meter = nullptr;  // none: everything takes no time
    bool loads = false;     // its data set is on the disk: see load()
  };

  Node(Config config, Options options, Now now);

  // Inputs. Received bytes must stay where they are until turn().
  LinkId accepted(Peer peer, Now now);
  void opened(LinkId link, Peer peer, Now now);  // one that was dialled
  void received(LinkId link, ByteView bytes, Now now);
  void turn(Now now);
  void closed(LinkId link, Now now, ByteView why = {});  // `why`: the system's words for a failure
  void sent(LinkId link, std::size_t size, Now now);
  void tick(Now now);
  // Nobody has anything to do for us: time for what else waits for it, as has_idle_work() tells. Or
  // somebody always has: then it is due all the same from time to time, best when replies are out.
  void idle(Now now);
  // Loads the RDB file, if there is one. Until it has, clients are told LOADING.
  void load(Now now);
  // The driver will not carry out much more: what was begun with files is given up.
  void abandon(Now now);
  void completed(OperationId operation, Result<Bytes> outcome, Now now);
  void signal(ByteView name, Now now);  // "SIGTERM", "SIGINT": shut down as the configuration says
  void listening(std::uint16_t port) { state_.port = port; }
  void observed(HostFacts facts) { state_.host = std::move(facts); }

  // In-process: no link, no socket; never blocks, as inside MULTI. The reply, in RESP3, is there once
  // it is no longer executing, which operations may take a while for; the view is valid until the
  // next input. Not while another one is executing.
  void execute(Args words, Now now);
  // The same, but whoever says MULTI by execute() does not have this in its transaction.
  void execute_apart(Args words, Now now);
  bool executing() const;
  ByteView executed();
  // A client of the process itself: a link without a socket, that speaks RESP3 and is known already.
  LinkId accepted_in_process(Now now);
  void asked(LinkId link, Args words, Now now);  // the same as its bytes and a turn
  // It has said what is not answered yet: its command blocks, or waits for its turn.
  bool is_busy_with(LinkId link) const;
  bool is_suspended(LinkId link) const;  // in the middle of one: it blocks, or a file has its turn
  void ask_for_acknowledgements(Now now);  // of all replicas: it costs a few bytes of history

  // Outputs.
  void take_effects(Effects& into);                               // replaces what was there
  void output(LinkId link, std::vector<ByteView>& pieces) const;  // valid until the next input
  bool has_output(LinkId link) const;
  bool holds_input(LinkId link) const;  // it is not to be received from now, if that can be
  Instant deadline() const;             // when tick() next matters
  bool is_loading() const { return state_.is_loading(); }
  bool has_idle_work() const { return state_.snapshots.may_hurry(); }
  bool is_idle_work_due(Now now) const { return state_.snapshots.due() <= now.mono; }

  // For drivers and bindings, between inputs.
  const Config& config() const { return state_.config; }
  const Bytes& run_id() const { return state_.run_id; }
  const Position& position() const { return state_.propagation.position(); }
  const Backlog* backlog() const { return state_.propagation.backlog(); }  // none: nobody follows
  ReplicationStatus replication(Now now) const { return replication_status(state_, now); }
  void note_in(Journal& journal, Journal::Times at) const { journal.look(state_, at); }
  bool holds(const ReplicationWish& wish) const { return wish.holds(state_); }
  std::uint16_t port() const { return state_.port; }
  std::size_t used_memory() const { return state_.used_memory(); }
  const Keyspace& keyspace() const { return state_.keyspace; }
  // Keys past their time that are still there, at most so many: nobody may see them.
  struct OverdueKey {
    int database;
    Bytes key;
  };
  std::vector<OverdueKey> overdue_keys(UnixMs now, std::size_t limit) const;
  Fingerprint fingerprint() const { return dataset_fingerprint(state_.keyspace); }
  void log(LogLevel level, Bytes text) {
    state_.log(level, std::move(text));
  }  // the driver's own words
  void check_invariants() const;

 private:
  // One command of a batch: parsed, not yet executed.
  struct Parsed {
    ClientSession* session;
    RegisteredCommand* command;  // nullptr: unknown
    Key key;                     // the first one, hashed; or none
    std::size_t begin, end;      // in session->source: the client's own bytes
    std::uint32_t first_word, word_count;
    bool is_verbatim, is_inline, is_error;
  };

  void begin_source(ClientSession& session, ByteView bytes);
  void read(ClientSession& session);
  void keep_words(const Parsed& parsed);
  void fetch(std::size_t from, std::size_t to);
  void fetch_elements(std::size_t from, std::size_t to);
  void execute_parsed(const Parsed& parsed);
  void execute_batch();
  void finish_sources();
  bool has_output(const ClientSession& session) const;
  void read_resumed();
  void end_turn();
  void walk_snapshots();
  void forget(LinkId link, ByteView why = {});

  // cron.cpp: what time brings about.
  void check_output_limits(ClientSession& session);
  void check_clients();
  bool expire_keys();
  bool expire_fields();
  bool anything_expires() const;
  Duration cycle_period() const;
  void sample();

  NodeState state_;
  std::vector<ByteView> words_;     // of all commands in the batch
  std::deque<Bytes> inline_words_;  // those of them that lie nowhere else
  std::vector<Parsed> batch_;
  std::vector<ClientSession*> sources_;  // sessions with commands in this batch
  Bytes executed_;
  std::optional<Transaction>
      set_aside_;          // of execute()'s callers, while execute_apart() is at work
  Instant last_cycle_{};   // of expiry and upkeep
  bool hurried_ = false;   // it left work behind
  Instant next_sample_{};  // 100 ms: rates
  Instant heard_at_{};     // the last time that a client sent something
};

}  // namespace replserver
