// LinkTap — carries one conversation, in both directions, and makes the rules of its link come true at the
// very byte that they name.
//
//   bytes in hand ──> pass(way, bytes, now) ──> pass n | drop n | insert | wait until | cut
//
// The carrier asks again with what is left until it is told to wait, and then when more bytes have come,
// when they are due, or when the rules have changed. It holds at least kLookahead bytes of a direction,
// if so many have come: some places can only be told from what follows them. Sans-I/O, bounded.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "repl/link_pacer.hpp"
#include "repl/link_rules.hpp"

namespace replserver {

class LinkTap {
 public:
  static constexpr std::size_t kLookahead = 16 * 1024;
  static constexpr std::size_t kAcksMax = 64;  // by hand, and not on their way yet

  struct Verdict {
    enum class What : std::uint8_t {
      wait,    // for more bytes, or until `due`, or for another rule
      pass,    // `size` bytes from the front, each xor `mask`; `twice`: one copy after the other
      drop,    // `size` bytes from the front: they never arrive
      insert,  // `bytes` that nobody sent
      cut,
      reset,
    };
    What what = What::wait;
    std::size_t size = 0;
    std::uint8_t mask = 0;
    bool twice = false;
    Bytes bytes;
    Instant due = kNever;
  };

  // A conversation begins; the rules outlive it.
  LinkTap(LinkRules& rules, Instant now);

  Verdict pass(LinkWay way, ByteView bytes, Instant now);
  // An ACK that the replica did not send: of all that has passed, if no offset is given. False: too many
  // wait already, or nothing can be acknowledged yet.
  bool acknowledge(std::optional<Offset> offset, Instant now);
  // Whether an end that goes may be told to the other one, once its bytes have passed.
  bool tells_close(LinkWay way) const { return rules_.gate(way) == LinkRules::Gate::open; }
  bool is_silent(LinkWay way) const { return rules_.gate(way) == LinkRules::Gate::silent; }
  void closed(Bytes by, Instant now);  // the conversation is over
  void cut(Instant now);               // by hand: the carrier does it

  std::uint64_t number() const { return number_; }  // of the conversation on its link
  std::uint64_t bytes(LinkWay way) const { return bytes_[static_cast<int>(way)]; }
  const ConversationReader& reader() const { return reader_; }

 private:
  bool is_here(const LinkPlace& place, LinkWay way, ByteView bytes) const;
  bool is_anything_here(LinkWay way, ByteView bytes) const;
  void find_commands(LinkWay way, ByteView bytes);
  bool looks_ahead(LinkWay way) const;
  std::uint64_t room(LinkWay way) const;
  std::optional<Verdict> act(LinkWay way, ByteView bytes);
  std::optional<Verdict> insert(LinkWay way);
  std::optional<Verdict> treat_ack(ByteView bytes, Instant now, Instant due);
  std::size_t walk(LinkWay way, ByteView bytes);
  void went(LinkWay way, std::size_t size, Instant now);
  void say(LinkEvent::What what, Bytes detail);

  LinkRules& rules_;
  Instant now_;
  std::uint64_t number_;
  ConversationReader reader_;
  LinkPacer pacers_[2];
  std::uint64_t bytes_[2] = {};
  struct Corruption {
    std::uint8_t mask = 0;
    std::uint64_t left = 0;
  };
  Corruption corruption_[2];
  std::deque<Bytes> inserts_;
};

}  // namespace replserver
