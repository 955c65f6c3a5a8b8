// Network — bytes on their way between two ends in a World: split and delayed by seed, in order, or
// cut.
//
//   send ─> (LinkTap) ─> pieces with arrival times ─> next() hands them out when their time has come
//
// A conduit is one connection; each direction keeps the order of its bytes, as TCP does, but not
// the pieces in which they were sent, and holds so many: whoever has more to send waits for room(). It
// ends by a close or a cut; what else may befall it is up to the rules of its tap. Owned by a World,
// which knows who is at the ends.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "repl/link_tap.hpp"

namespace replserver::sim {

enum class ConduitId : std::uint64_t {};
enum class Side : std::uint8_t { near, far };  // who dialed, who accepted

struct Weather {  // how the network treats bytes
  Duration delay_min{50};
  Duration delay_max{500};
  std::size_t piece_max = 4096;       // a send arrives in pieces of 1 to piece_max bytes,
  std::size_t pieces = SIZE_MAX;      // or in larger ones, if it were many more than so many;
  std::uint64_t whole_percent = 0;    // but so often in one piece
  std::size_t socket_max = SIZE_MAX;  // bytes that a conduit holds in each direction
  // For runs by chance: little in every third of them. Not drawn, so that seeds mean what they meant.
  static std::size_t socket_max_of(std::uint64_t seed) {
    return seed % 3 == 0 ? std::size_t{512} << (seed / 3 % 6) : SIZE_MAX;
  }
};

struct Arrival {
  enum class What : std::uint8_t {
    start,  // the far side is dialled; then the near one is told that it was accepted
    bytes,
    end,  // the other side closed, or the conduit was cut
    due,  // nothing arrives, but bytes that this side has sent may go on: see wake()
  };
  ConduitId conduit{};
  Side to{};
  What what = What::bytes;
  Bytes bytes;
  std::uint64_t order = 0;  // of sending
};

class Network {
 public:
  Network(Weather weather, Random& random) : weather_(weather), random_(random) {}

  ConduitId open();
  // What is sent on it goes through a tap from now on; near is the replica's side. The rules outlive us.
  void attach(ConduitId conduit, LinkRules& rules, Instant now);
  const LinkTap* tap(ConduitId conduit) const;
  void wake(ConduitId conduit, Side from, Instant now);
  void wake_all(Instant now);  // the rules have changed
  bool acknowledge(ConduitId conduit, std::optional<Offset> offset, Instant now);
  void tell_start(ConduitId conduit, Side from, Instant now);
  std::size_t room(ConduitId conduit, Side from) const;  // for what that side sends
  bool has_room(ConduitId conduit, Side from) const {    // as much as makes a kernel tell of it
    return room(conduit, from) >= weather_.socket_max / 3;
  }
  void send(ConduitId conduit, Side from, ByteView bytes, Instant now);
  void close(ConduitId conduit, Side from, Instant now);  // what was sent before still arrives
  void cut(ConduitId conduit, Instant now);               // what is on its way is lost
  bool is_open(ConduitId conduit) const { return conduits_.contains(conduit); }

  std::optional<Instant> next_at() const;
  Arrival next();                                 // the earliest; requires next_at()
  void postpone(Arrival arrival, Instant until);  // its receiver is busy; order is kept

 private:
  struct Conduit {
    Instant last_arrival[2] = {};  // by receiving side: order is kept
    bool is_cut = false;           // its ends are still to hear of it; what they send is lost
    std::unique_ptr<LinkTap> tap;
    Bytes in_hand[2];                   // of a tap, by sending side
    std::size_t under_way[2] = {};      // bytes, by receiving side
    Instant due[2] = {kNever, kNever};  // when some of it may go on
    bool closes[2] = {};                // once it has gone on
  };
  using Order = std::pair<Instant, std::uint64_t>;  // time, then order of sending

  Conduit* find(ConduitId conduit);  // nothing: it has ended, or is cut
  void transmit(ConduitId conduit, Side from, ByteView bytes, Instant now);
  void end_both(ConduitId conduit, Side from, Instant now);
  void schedule(ConduitId conduit, Side to, Instant now, Bytes bytes, Arrival::What what);
  void lose(ConduitId conduit, Side to);  // what is on its way

  Weather weather_;
  Random& random_;
  std::map<ConduitId, Conduit> conduits_;
  std::map<Order, Arrival> on_the_way_;
  std::uint64_t next_id_ = 1;
  std::uint64_t sent_ = 0;
};

}  // namespace replserver::sim
