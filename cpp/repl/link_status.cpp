#include "repl/link_status.hpp"

namespace replserver {

void LinkStatus::observe(const LinkRules& rules) {
  conversations = rules.conversations;
  cuts = rules.cuts;
  planned = rules.rules().size();
  planned_cuts = 0;
  for (const LinkRule& rule : rules.rules()) {
    const auto what = rule.action.what;
    planned_cuts += what == LinkAction::What::cut || what == LinkAction::What::reset;
  }
  for (const LinkWay way : {LinkWay::up, LinkWay::down}) {
    gates[static_cast<int>(way)] = rules.gate(way);
  }
  refuses = rules.refuses;
}

void LinkStatus::observe(const LinkTap& tap) {
  if (tap.number() < number) return;
  const ConversationReader& reader = tap.reader();
  number = tap.number();
  for (const LinkWay way : {LinkWay::up, LinkWay::down}) {
    bytes[static_cast<int>(way)] = tap.bytes(way);
  }
  phase = reader.phase();
  history = reader.history();
  offset = reader.offset();
  acknowledged = reader.acknowledged();
  payload_bytes = reader.payload_bytes();
}

}  // namespace replserver
