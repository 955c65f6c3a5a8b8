#include "links.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <array>

namespace replserver {
namespace {

template <class Value, std::size_t Size>
Value chosen(const Bytes& name, const std::array<ByteView, Size>& names, const char* what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw py::value_error(Bytes(what) + ": '" + name + "' is none");
  return static_cast<Value>(found - names.begin());
}

constexpr std::array<ByteView, 2> kWays = {"up", "down"};
constexpr std::array<ByteView, 3> kGates = {"open", "held", "silent"};
constexpr std::array<ByteView, 5> kPhases = {"handshake", "sync", "payload", "streaming",
                                             "foreign"};

}  // namespace

LinkRule to_link_rule(const py::dict& rule) {
  constexpr std::array<ByteView, 6> kKinds = {"bytes",  "offset", "payload",
                                              "before", "behind", "command"};
  constexpr std::array<ByteView, 5> kActions = {"cut", "reset", "hold", "silence", "corrupt"};
  LinkRule made;
  made.place.kind = chosen<LinkPlace::Kind>(member<Bytes>(rule, "kind"), kKinds, "place");
  made.place.way = chosen<LinkWay>(member<Bytes>(rule, "way"), kWays, "direction");
  made.place.number = member<std::uint64_t>(rule, "number");
  if (const auto name = member<Bytes>(rule, "step"); !name.empty()) {
    const auto step = link_step_called(name);
    if (!step) throw py::value_error("step: '" + name + "' is none");
    made.place.step = *step;
  }
  made.action.what = chosen<LinkAction::What>(member<Bytes>(rule, "what"), kActions, "action");
  made.action.refuses = member<bool>(rule, "refuses");
  made.action.mask = member<std::uint8_t>(rule, "mask");
  made.action.size = member<std::uint64_t>(rule, "size");
  return made;
}

std::vector<LinkWay> to_link_ways(const std::optional<Bytes>& way) {
  if (!way) return {LinkWay::up, LinkWay::down};
  return {chosen<LinkWay>(*way, kWays, "direction")};
}

LinkRules::Gate to_link_gate(const Bytes& name) {
  return chosen<LinkRules::Gate>(name, kGates, "gate");
}

LinkRules::Acks to_link_acks(const Bytes& name) {
  return chosen<LinkRules::Acks>(name, std::array<ByteView, 4>{"pass", "drop", "twice", "manual"},
                                 "acks");
}

py::tuple to_tuple(const LinkEvent& event) {
  return py::make_tuple(Bytes(name_of(event.what)), event.conversation, to_text(event.detail),
                        event.bytes[0], event.bytes[1], event.offset);
}

py::dict to_dict(const LinkStatus& status) {
  const auto gate = [&](int way) { return kGates[static_cast<std::size_t>(status.gates[way])]; };
  py::dict dict;
  dict["open"] = status.open;
  dict["conversations"] = status.conversations;
  dict["cuts"] = status.cuts;
  dict["planned"] = status.planned;
  dict["gates"] = py::make_tuple(gate(0), gate(1));
  dict["refuses"] = status.refuses;
  dict["bytes"] = py::make_tuple(status.bytes[0], status.bytes[1]);
  dict["phase"] = kPhases[static_cast<std::size_t>(status.phase)];
  dict["history"] = status.history;
  dict["offset"] = status.offset;
  dict["acknowledged"] = status.acknowledged;
  dict["payload_bytes"] = status.payload_bytes;
  dict["events"] = status.events;
  return dict;
}

std::function<bool(const LinkStatus&)> to_link_wish(const py::dict& wish) {
  const auto number = [&](const char* name) -> std::optional<std::uint64_t> {
    if (!wish.contains(name)) return std::nullopt;
    return member<std::uint64_t>(wish, name);
  };
  const auto offset = number("offset"), acknowledged = number("acknowledged");
  const auto events = number("events"), conversations = number("conversations");
  std::optional<ConversationReader::Phase> phase;
  if (wish.contains("phase")) {
    phase = chosen<ConversationReader::Phase>(member<Bytes>(wish, "phase"), kPhases, "phase");
  }
  const bool is_cut = wish.contains("cut"), is_held = wish.contains("held");
  return [=](const LinkStatus& status) {
    return (!offset || (status.offset && *status.offset >= *offset)) &&
           (!acknowledged || (status.acknowledged && *status.acknowledged >= *acknowledged)) &&
           (!events || status.events > *events) &&
           (!conversations || status.conversations >= *conversations) &&
           (!phase || *phase == status.phase) &&
           (!is_cut || (status.planned_cuts == 0 && status.cuts > 0)) &&
           (!is_held || status.gates[0] != LinkRules::Gate::open ||
            status.gates[1] != LinkRules::Gate::open);
  };
}

}  // namespace replserver
