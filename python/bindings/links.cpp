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

}  // namespace

LinkRule to_link_rule(const py::dict& rule) {
  constexpr std::array<ByteView, 6> kKinds = {"bytes",  "offset", "payload",
                                              "before", "behind", "command"};
  constexpr std::array<ByteView, 5> kActions = {"cut", "reset", "hold", "silence", "corrupt"};
  LinkRule made;
  made.place.kind = chosen<LinkPlace::Kind>(py::cast<Bytes>(rule["kind"]), kKinds, "place");
  made.place.way = chosen<LinkWay>(py::cast<Bytes>(rule["way"]), kWays, "direction");
  made.place.number = py::cast<std::uint64_t>(rule["number"]);
  if (const auto name = py::cast<Bytes>(rule["step"]); !name.empty()) {
    const auto step = link_step_called(name);
    if (!step) throw py::value_error("step: '" + name + "' is none");
    made.place.step = *step;
  }
  made.action.what = chosen<LinkAction::What>(py::cast<Bytes>(rule["what"]), kActions, "action");
  made.action.refuses = py::cast<bool>(rule["refuses"]);
  made.action.mask = py::cast<std::uint8_t>(rule["mask"]);
  made.action.size = py::cast<std::uint64_t>(rule["size"]);
  return made;
}

std::vector<LinkWay> to_link_ways(const std::optional<Bytes>& way) {
  if (!way) return {LinkWay::up, LinkWay::down};
  return {chosen<LinkWay>(*way, kWays, "direction")};
}

LinkRules::Gate to_link_gate(const Bytes& name) {
  return chosen<LinkRules::Gate>(name, std::array<ByteView, 3>{"open", "held", "silent"}, "gate");
}

LinkRules::Acks to_link_acks(const Bytes& name) {
  return chosen<LinkRules::Acks>(name, std::array<ByteView, 4>{"pass", "drop", "twice", "manual"},
                                 "acks");
}

py::tuple to_tuple(const LinkEvent& event) {
  return py::make_tuple(Bytes(name_of(event.what)), event.conversation, to_text(event.detail),
                        event.bytes[0], event.bytes[1], event.offset);
}

}  // namespace replserver
