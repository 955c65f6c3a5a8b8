// LinkStatus — where a link stands at one moment, as those who watch it are told.
#pragma once

#include <cstdint>
#include <optional>

#include "repl/link_tap.hpp"

namespace replserver {

struct LinkStatus {
  std::uint64_t open = 0;  // conversations
  std::uint64_t conversations = 0, cuts = 0;
  std::size_t planned = 0, planned_cuts = 0;  // rules that wait for their place
  LinkRules::Gate gates[2] = {};
  bool refuses = false;
  // Of the last conversation.
  std::uint64_t number = 0;
  std::uint64_t bytes[2] = {};
  ConversationReader::Phase phase{};
  HistoryId history;
  std::optional<Offset> offset, acknowledged;
  std::uint64_t payload_bytes = 0;
  std::uint64_t events = 0;  // that there have been

  void observe(const LinkRules& rules);
  void observe(const LinkTap& tap);  // unless a later conversation was
};

}  // namespace replserver
