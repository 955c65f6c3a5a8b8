// Relay::Carrier — the sockets of a relay, on its thread.
//
//   accepted ─> dialled ─> carrying ─┬─> both ends have closed ──────────> gone
//                                    └─> cut: FIN ─> until they close ───> gone      RST: gone at once
//
// Of each direction at most kInHand bytes are in hand and as many on their way out; then it stops reading,
// and the sender feels it. Nothing passes a tap before what passed before has been written.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <list>
#include <memory>

#include "net/relay.hpp"

namespace replserver::net {

class Relay::Carrier {
 public:
  using Told = std::function<void(std::vector<LinkEvent> events, Status status)>;
  static constexpr std::size_t kInHand = 64 * 1024;
  static constexpr std::size_t kConversationsMax = 1024;

  Carrier(const Options& options, Told told);

  asio::io_context& io() { return io_; }
  std::uint16_t port() const { return port_; }
  void run();  // until close()

  LinkRules& rules() { return rules_; }
  void changed();  // the rules
  void cut(bool reset, bool refuses);
  void heal();
  bool acknowledge(std::optional<Offset> offset);
  void set_target(const Bytes& host, std::uint16_t port);
  void close();

 private:
  using tcp = asio::ip::tcp;

  struct Side {  // a direction: from ends[way] to the other one
    explicit Side(asio::io_context& io) : timer(io), buffer(kInHand, '\0') {}
    asio::steady_timer timer;
    Bytes buffer;    // is read into
    Bytes in_hand;   // read, and not passed
    Bytes outgoing;  // passed, and not written
    bool is_reading = false, is_writing = false;
    bool waits_for_time = false;
    bool has_ended = false;  // there is nothing more to read
    bool is_told = false;    // and the other end knows
  };
  struct Conversation {
    enum class State : std::uint8_t { accepted, dialling, carrying, cut, gone };
    Conversation(asio::io_context& io, LinkRules& rules, tcp::socket from, Instant now)
        : tap(rules, now), ends{std::move(from), tcp::socket(io)}, sides{Side(io), Side(io)} {}
    LinkTap tap;
    tcp::socket ends[2];
    Side sides[2];
    State state = State::accepted;
    std::optional<LinkTap::Verdict::What> cut_when_written;
  };
  using Shared = std::shared_ptr<Conversation>;  // handlers that are under way keep it alive

  void listen();
  void accept();
  void dial(const Shared& conversation);
  void read(const Shared& conversation, int way);
  void pump(const Shared& conversation, int way);
  bool take_verdict(const Shared& conversation, int way);
  void wait_until(const Shared& conversation, int way, Instant due);
  void write(const Shared& conversation, int way);
  void pass_on_end(const Shared& conversation, int way);
  void pump_all();
  void cut(const Shared& conversation, bool reset);
  void drain(const Shared& conversation, int way);
  void finish(const Shared& conversation);
  void reset(Conversation& conversation);
  void apply_refusal();
  void tell();

  asio::io_context io_;
  Told told_;
  tcp::endpoint target_;
  tcp::socket keeper_;  // holds the port while nobody listens: whoever dials is refused
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  LinkRules rules_;
  std::list<Shared> conversations_;
  Status last_;  // what is told of the last conversation, also when it is over
};

}  // namespace replserver::net
