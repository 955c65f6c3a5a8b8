// World — several nodes and their clients in virtual time, on one thread, with a simulated network
// and simulated disks. The same seed gives the same run, byte for byte.
//
//   earliest of { arrival, deadline of a node } ──> time jumps there ──> Node input ──> its effects
//
// Nothing happens between events, so a minute of waiting costs what happens in it. Time is shared;
// every step checks the nodes' invariants. All the nodes say is kept in the transcript.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "node/node.hpp"
#include "resp/reply_parser.hpp"
#include "sim/disk.hpp"
#include "sim/network.hpp"

namespace replserver::sim {

enum class ClientId : std::uint64_t {};

class World {
 public:
  struct Options {
    std::uint64_t seed = 1;
    Weather weather = {};
    WallTime start{std::chrono::seconds(1'700'000'000)};
  };

  explicit World(Options options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Nodes, by name.
  // With the files it had before. It has loaded its data when this returns, unless disks are slow;
  // and has stopped again if it cannot.
  void start(const Bytes& name, Config config);
  void stop(const Bytes& name);  // its links end; its files stay
  // As by a loss of power: without a word to anybody, and what was not synced may be lost.
  void crash(const Bytes& name);
  // The same just before the disk is asked for the operation of this number; see Disk::operations().
  void crash_at(const Bytes& name, std::uint64_t operation) { crashes_at_[name] = operation; }
  bool is_running(const Bytes& name) const { return nodes_.contains(name); }
  Node& node(const Bytes& name);
  const Node& node(const Bytes& name) const { return *nodes_.at(name).node; }
  Bytes execute(const Bytes& name, Args words);  // in-process: the reply in RESP3
  Bytes execute(const Bytes& name, std::initializer_list<ByteView> words) {
    return execute(name, Args(words.begin(), words.size()));
  }
  // The same one after the other, before anything that they cause is sent; nobody asks for replies.
  void execute_all(const Bytes& name, const std::vector<Words>& commands);
  // Where others find it, whether it runs or not; one that is yet to start keeps it.
  std::uint16_t port(const Bytes& name);
  Disk& disk(const Bytes& name) { return disks_[name]; }
  // How long the disk takes for an operation, at most; none: it is done at once.
  void slow_disks(Duration delay_max) { disk_delay_max_ = delay_max; }

  // Called after each input of each node; nullptr: it has stopped, or crashed.
  using Observer = std::function<void(const Bytes& name, const Node* node, WallTime at)>;
  void observe(Observer observer) { observer_ = std::move(observer); }

  // Clients: scripted peers, connected through the network.
  ClientId connect(const Bytes& node);
  void send(ClientId client, ByteView bytes);
  std::optional<resp::Reply> next_reply(ClientId client);  // one that has arrived
  bool is_open(ClientId client) const;
  void close(ClientId client);
  void cut(ClientId client);  // its connection, with what is on the way
  // Sends a command and lets the world run until its reply is there: nothing if the connection
  // ended or `limit` passed.
  std::optional<resp::Reply> call(ClientId client, const Words& words, Duration limit);

  // Links between nodes.
  void cut(const Bytes& one, const Bytes& other);  // with what is on the way; they may dial again
  // The links that `dialer` has to `listener`, those there are and those to come: what shall happen on
  // them, once links_changed() is said. While they refuse, dialling is refused.
  LinkRules& link(const Bytes& dialer, const Bytes& listener);
  void links_changed() { network_.wake_all(now_.mono); }
  const Bytes* listener(const Endpoint& endpoint) const;  // the node that is there, if one is
  const LinkTap* link_tap(const Bytes& dialer, const Bytes& listener) const;  // of the last; none
  bool acknowledge(const Bytes& dialer, const Bytes& listener, std::optional<Offset> offset);

  // Time.
  Now now() const { return now_; }
  Now now(const Bytes& name) const;  // by the clock of that node's machine
  // That clock is ahead of the others' by so much from now on, or behind; timeouts do not go by it.
  void skew(const Bytes& name, Duration ahead) { skews_[name] = ahead; }
  bool step();  // the next event; false: nothing will ever happen
  void run_for(Duration time);
  // Until `done`, asked after each event. False: `limit` passed before.
  bool run_until(const std::function<bool()>& done, Duration limit);

  const std::vector<Bytes>& transcript() const { return transcript_; }
  void note(Bytes text) { transcript_.push_back(std::move(text)); }  // somebody else's words in it

 private:
  struct Place {  // one side of a conduit
    ConduitId conduit{};
    Side side{};
    bool operator==(const Place&) const = default;
  };
  struct Member {  // a running node
    std::unique_ptr<Node> node;
    std::map<LinkId, Place> links;
    std::set<LinkId> waiting;  // with more to send than there was room for
    std::deque<std::pair<Instant, Operation>> operations;  // the disk is at work on, in order
    Instant busy_until{};                                  // DEBUG SLEEP
    Instant deadline = kNever;                             // the node's, as of its last input
  };
  struct Client {
    ConduitId conduit{};
    resp::ReplyParser parser{{.line_max = 1u << 30}};  // MONITOR tells a whole command in a line
    std::vector<resp::Reply> replies;
    std::size_t taken = 0;
    bool open = true;
  };
  struct End {  // who is at one side of a conduit: a client, or a node's link
    ClientId client{};
    Bytes node;
    LinkId link{};
    bool is_open = false;
  };
  struct Call {   // a conduit
    End ends[2];  // by Side
    Endpoint dialled;
  };

  void carry_out(const Bytes& name);
  void flush(const Bytes& name, LinkId link);
  void flush_waiting();  // those whose sockets have room again
  void dial(const Bytes& name, const Dial& dial);
  void answer_dial(ConduitId conduit, Call& call);
  std::vector<Place> links_between(const Bytes& one, const Bytes& other) const;  // one's side
  void perform(const Bytes& name, Operation operation);
  bool complete(const Bytes& name, const Operation& operation);  // false: the node is no more
  void serve_disk(const Bytes& name);
  void deliver(Arrival arrival);
  void deliver_to_client(const End& end, const Arrival& arrival);
  void deliver_to_node(End& end, Arrival arrival);
  std::optional<Instant> next_at() const;
  void step_to(Instant next);
  void do_what_is_due();
  void say(const Bytes& name, const LogRecord& record);

  std::uint64_t seed_;
  Observer observer_;
  Random random_;
  Network network_;
  Now now_;
  std::map<Bytes, Member> nodes_;
  std::map<Bytes, Duration> skews_;
  std::map<Bytes, Disk> disks_;
  std::map<Bytes, std::uint64_t> crashes_at_;
  Duration disk_delay_max_{};
  std::map<ClientId, Client> clients_;
  std::map<ConduitId, Call> calls_;
  std::map<std::pair<Bytes, Bytes>, std::unique_ptr<LinkRules>> links_;  // by dialer and listener
  std::map<Bytes, std::uint16_t> ports_;  // of nodes, by name: kept while they are away
  std::vector<Bytes> transcript_;         // microseconds, node and role, level, text; and notes
  std::uint64_t next_client_ = 1;
};

}  // namespace replserver::sim
