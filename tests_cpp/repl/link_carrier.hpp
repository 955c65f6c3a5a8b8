// LinkCarrier — carries a scripted conversation through a LinkTap, in pieces of any size, and keeps what
// arrives; and conversations to be carried.
#pragma once

#include <functional>

#include "repl/link_tap.hpp"

namespace replserver {

struct Said {
  LinkWay way;
  Bytes bytes;
};
using Script = std::vector<Said>;
using Cut = std::function<std::size_t()>;  // the size of the next piece

inline std::size_t whole() { return Bytes::npos; }
inline std::size_t bytewise() { return 1; }

inline Bytes command_of(std::initializer_list<Bytes> words) {
  Bytes text = "*" + std::to_string(words.size()) + "\r\n";
  for (const Bytes& word : words)
    text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return text;
}

inline const Bytes kLinkId(40, 'a');
inline const Bytes kLinkMark(40, 'm');

inline Script handshake_until_psync(const Bytes& id, const Bytes& next) {
  using enum LinkWay;
  return {{up, command_of({"PING"})},
          {down, "+PONG\r\n"},
          {up, command_of({"AUTH", "secret"}) + command_of({"REPLCONF", "listening-port", "7001"}) +
                   command_of({"REPLCONF", "capa", "eof", "capa", "psync2"})},
          {down, "+OK\r\n+OK\r\n+OK\r\n"},
          {up, command_of({"PSYNC", id, next})}};
}

inline Script continued_from(Offset offset, const Bytes& stream) {
  Script script = handshake_until_psync(kLinkId, std::to_string(offset + 1));
  script.push_back({LinkWay::down, "+CONTINUE " + kLinkId + "\r\n"});
  script.push_back({LinkWay::down, stream});
  return script;
}

inline Script full_sync_at(Offset offset, const Bytes& framed, const Bytes& stream) {
  Script script = handshake_until_psync("?", "-1");
  const Bytes position = kLinkId + " " + std::to_string(offset);
  script.push_back({LinkWay::down, "+FULLRESYNC " + position + "\r\n\n"});
  script.push_back({LinkWay::down, framed});
  script.push_back({LinkWay::up, command_of({"REPLCONF", "ACK", std::to_string(offset)})});
  script.push_back({LinkWay::down, stream});
  return script;
}

class LinkCarrier {
 public:
  explicit LinkCarrier(LinkRules& rules) : tap(rules, {}) {}

  // What has arrived is in `arrived`; what a closed gate or a missing byte keeps is in `in_hand`.
  void say(LinkWay way, ByteView bytes, const Cut& cut = whole) {
    while (!bytes.empty() && !is_cut) {
      const ByteView piece = bytes.substr(0, cut());
      in_hand[static_cast<int>(way)] += piece;
      bytes.remove_prefix(piece.size());
      pump(way);
      pump(way == LinkWay::up ? LinkWay::down : LinkWay::up);
    }
  }
  void say(const Script& script, const Cut& cut = whole) {
    for (const Said& said : script) say(said.way, said.bytes, cut);
  }

  void pump(LinkWay way) {
    Bytes& waiting = in_hand[static_cast<int>(way)];
    Bytes& to = arrived[static_cast<int>(way)];
    while (!is_cut) {
      auto verdict = tap.pass(way, waiting, now);
      due[static_cast<int>(way)] = verdict.due;
      const Bytes front = waiting.substr(0, verdict.size);
      waiting.erase(0, verdict.size);
      switch (verdict.what) {
        case LinkTap::Verdict::What::wait:
          return;
        case LinkTap::Verdict::What::pass:
          for (const char byte : front) to += static_cast<char>(byte ^ verdict.mask);
          if (verdict.twice) to += front;
          break;
        case LinkTap::Verdict::What::drop:
          break;
        case LinkTap::Verdict::What::insert:
          to += verdict.bytes;
          break;
        default:
          is_cut = true;
      }
    }
  }

  const Bytes& came_up() const { return arrived[0]; }
  const Bytes& came_down() const { return arrived[1]; }

  LinkTap tap;
  Bytes in_hand[2], arrived[2];
  Instant now{};
  Instant due[2] = {kNever, kNever};  // by direction
  bool is_cut = false;
};

inline Bytes all_said(const Script& script, LinkWay way) {
  Bytes all;
  for (const Said& said : script) {
    if (said.way == way) all += said.bytes;
  }
  return all;
}

}  // namespace replserver
