// Storm — one run of nodes that follow each other: a workload, faults at their places in it, a failover
// rule; in the end all is healed.
//
//   start ──> { fault? write, let some time pass, look } … ──> heal ──> in sync, and all the same?
//
// A Watch looks on, Sessions read; the Storm itself checks what WAIT has promised. All is drawn from
// the seed: the same plan, seed and faults give the same transcript, byte for byte.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>

#include "sim/fault.hpp"
#include "sim/sessions.hpp"
#include "sim/watch.hpp"
#include "sim/world.hpp"

namespace replserver::sim {

struct StormPlan {
  std::vector<Bytes> names;         // of the nodes; the first one is the primary at first
  std::map<Bytes, Bytes> followed;  // by the others at first: who, and whom
  std::uint64_t commands = 200;
  std::uint64_t wait = 1;     // some writes are followed by a WAIT for so many replicas; 0: none
  Config config;              // of all nodes
  bool draws_backlog = true;  // the backlog's size, in place of the configuration's
};

struct StormRules {
  std::function<Words()> workload = {};  // none: some_write()
  // Whom to promote of those that are able: names and offsets. None: the most advanced.
  std::function<std::optional<Bytes>(const std::map<Bytes, Offset>&)> failover = {};
  std::function<void()> check = {};  // somebody else's look
};

class Storm {
 public:
  Storm(StormPlan plan, std::uint64_t seed, std::vector<Fault> faults);

  // Once. The rules may look at the world, and may throw: the run is over then.
  std::optional<Violation> run(const StormRules& rules);

  World& world() { return world_; }
  const Bytes& primary() const { return primary_; }  // whom the failover rule has chosen last
  bool is_healed() const { return is_healed_; }      // all is well again, and the nodes are in sync

 private:
  using Link = std::pair<Bytes, Bytes>;  // dialer, listener
  struct Holder {                        // of a key: who has it, in which life
    Bytes name;
    std::uint64_t life;
    auto operator<=>(const Holder&) const = default;
  };
  struct Ending {      // of a fault
    std::uint64_t at;  // in commands
    Fault fault;
    Bytes node;
    std::vector<Link> links;
  };

  void start(const Bytes& name, const Bytes* primary);
  void start_all();
  void write(std::uint64_t count);
  void read();
  void pass(Duration time);
  Duration some_time();
  Duration below(Duration limit);
  bool by_chance(std::uint64_t percent) { return random_.below(100) < percent; }
  void tell(const Bytes& text) { world_.note("        ! " + text); }
  void look();

  // WAIT: what it has promised.
  void begin_wait();
  void hear_promises();
  std::set<Holder> holders(const Bytes& key);
  bool has(const Bytes& name, const Bytes& key);
  void check_promises(const std::map<Bytes, Offset>& able, const Bytes& chosen);

  // What befalls the nodes.
  void befall(const Fault& fault);
  void befall_links(const Fault& fault, const Bytes& name);
  void take_down(const Fault& fault, const Bytes& name);
  void end_later(const Fault& fault, const Bytes& name, std::vector<Link> links);
  void end_what_is_over(std::uint64_t index);
  void bring_up(const Bytes& name);
  std::vector<Link> links_up(const Bytes& name);
  std::vector<Link> all_links(const Bytes& name) const;

  void fail_over();
  std::optional<Bytes> chosen_of(const std::map<Bytes, Offset>& able) const;
  void follow(const Bytes& name);

  void heal();
  void settle();
  bool is_settled();
  void compare_data();

  StormPlan plan_;
  const StormRules* rules_ = nullptr;  // during run()
  Random random_;
  std::vector<Fault> faults_;
  World world_;
  Watch watch_;
  Sessions sessions_{world_, watch_};
  Bytes primary_;
  bool is_healed_ = false;
  HistoryId history_;               // the primary's, at the last look
  std::vector<Ending> endings_;     // in order
  std::optional<ClientId> client_;  // who WAITs
  std::deque<Bytes> waiting_;       // keys whose WAIT has not answered
  std::uint64_t waits_ = 0;
  std::map<Bytes, std::set<Holder>> promises_;  // keys that WAIT has confirmed
};

}  // namespace replserver::sim
