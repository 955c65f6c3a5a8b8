#include "net/relay.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <array>

#include "bindings.hpp"
#include "convert.hpp"
#include "links.hpp"
#include "net/live_node.hpp"

namespace replserver {
namespace {

using net::Relay;

struct BoundRelay {
  Bytes name;
  std::unique_ptr<Relay> relay;

  // Without the GIL: its thread is waited for.
  ~BoundRelay() {
    if (!relay) return;
    if (relay->is_defunct()) {
      relay->close();  // which touches nothing
      static_cast<void>(relay.release());
    } else {
      without_gil([this] { relay->close(); });
    }
  }
};

template <class Call>
auto guarded(const BoundRelay& bound, Call call) {
  try {
    return without_gil(call);
  } catch (const Relay::Closed& closed) {
    raise("ClosedError", bound.name + ": " + closed.what());
  } catch (const net::StartError& error) {
    raise("StartError", bound.name + ": " + error.what());
  }
}

std::unique_ptr<BoundRelay> make_relay(const Bytes& name, const Bytes& host, std::uint16_t port,
                                       std::uint16_t listen_port, std::uint64_t seed) {
  auto bound = std::make_unique<BoundRelay>();
  bound->name = name;
  const Relay::Options options{host, port, listen_port, seed};
  bound->relay = guarded(*bound, [&] { return std::make_unique<Relay>(options); });
  return bound;
}

template <class Job>
void change(BoundRelay& bound, Job job) {
  guarded(bound, [&] { bound.relay->change(job); });
}

void plan(BoundRelay& bound, const py::dict& rule) {
  const LinkRule wanted = to_link_rule(rule);
  bool done = false;
  change(bound, [&](LinkRules& rules) { done = rules.add(wanted); });
  if (!done) throw py::value_error("there are too many rules that wait for their place");
}

void set_gate(BoundRelay& bound, std::optional<Bytes> way, const Bytes& gate) {
  const auto ways = to_link_ways(way);
  const LinkRules::Gate wanted = to_link_gate(gate);
  change(bound, [&](LinkRules& rules) {
    for (const LinkWay one : ways) rules.set_gate(one, wanted);
    rules.say({wanted == LinkRules::Gate::open   ? LinkEvent::What::released
               : wanted == LinkRules::Gate::held ? LinkEvent::What::held
                                                 : LinkEvent::What::silenced,
               0, "by hand"});
  });
}

void set_delay(BoundRelay& bound, std::optional<Bytes> way, double delay, double jitter) {
  const auto ways = to_link_ways(way);
  change(bound, [&](LinkRules& rules) {
    for (const LinkWay one : ways) {
      rules.pace[static_cast<int>(one)].delay = of_seconds(delay);
      rules.pace[static_cast<int>(one)].jitter = of_seconds(jitter);
    }
  });
}

void set_rate(BoundRelay& bound, std::optional<Bytes> way, std::uint64_t bytes_per_second) {
  const auto ways = to_link_ways(way);
  change(bound, [&](LinkRules& rules) {
    for (const LinkWay one : ways)
      rules.pace[static_cast<int>(one)].bytes_per_second = bytes_per_second;
  });
}

void set_acks(BoundRelay& bound, const Bytes& mode) {
  const LinkRules::Acks wanted = to_link_acks(mode);
  change(bound, [&](LinkRules& rules) { rules.acks = wanted; });
}

const char* phase_name(ConversationReader::Phase phase) {
  constexpr std::array<const char*, 5> kNames = {"handshake", "sync", "payload", "streaming",
                                                 "foreign"};
  return kNames[static_cast<std::size_t>(phase)];
}

const char* gate_name(LinkRules::Gate gate) {
  constexpr std::array<const char*, 3> kNames = {"open", "held", "silent"};
  return kNames[static_cast<std::size_t>(gate)];
}

py::dict status_of(BoundRelay& bound) {
  const Relay::Status status = guarded(bound, [&] { return bound.relay->status(); });
  py::dict dict;
  dict["open"] = status.open;
  dict["conversations"] = status.conversations;
  dict["cuts"] = status.cuts;
  dict["planned"] = status.planned;
  dict["gates"] = py::make_tuple(gate_name(status.gates[0]), gate_name(status.gates[1]));
  dict["refuses"] = status.refuses;
  dict["bytes"] = py::make_tuple(status.bytes[0], status.bytes[1]);
  dict["phase"] = phase_name(status.phase);
  dict["history"] = status.history;
  dict["offset"] = status.offset;
  dict["acknowledged"] = status.acknowledged;
  dict["payload_bytes"] = status.payload_bytes;
  dict["events"] = status.events;
  return dict;
}

py::list events_of(BoundRelay& bound, std::uint64_t after) {
  const auto events = guarded(bound, [&] { return bound.relay->events(after); });
  py::list list;
  for (const Relay::Event& event : events) {
    list.append(py::make_tuple(event.number,
                               static_cast<double>(event.at.time_since_epoch().count()) / 1e6,
                               to_tuple(event.what)));
  }
  return list;
}

// What is not there is not wished.
Relay::Wish to_wish_of_relay(const py::dict& wish) {
  const auto number = [&](const char* name) -> std::optional<std::uint64_t> {
    if (!wish.contains(name)) return std::nullopt;
    return py::cast<std::uint64_t>(wish[name]);
  };
  const auto offset = number("offset"), acknowledged = number("acknowledged");
  const auto open = number("open"), events = number("events"),
             conversations = number("conversations");
  std::optional<Bytes> phase;
  if (wish.contains("phase")) phase = py::cast<Bytes>(wish["phase"]);
  const bool is_cut = wish.contains("cut"), is_held = wish.contains("held");
  return [=](const Relay::Status& status) {
    return (!offset || (status.offset && *status.offset >= *offset)) &&
           (!acknowledged || (status.acknowledged && *status.acknowledged >= *acknowledged)) &&
           (!open || status.open == *open) && (!events || status.events > *events) &&
           (!conversations || status.conversations >= *conversations) &&
           (!phase || *phase == phase_name(status.phase)) &&
           (!is_cut || (status.planned_cuts == 0 && status.cuts > 0)) &&
           (!is_held || status.gates[0] != LinkRules::Gate::open ||
            status.gates[1] != LinkRules::Gate::open);
  };
}

// Asked anew every 50 ms, so that a signal gets through. Negative: as long as it takes.
bool wait(BoundRelay& bound, const py::dict& wish, double timeout) {
  const Relay::Wish wished = to_wish_of_relay(wish);
  constexpr Duration kSlice = milliseconds(50);
  Duration left = of_seconds(timeout < 0 ? 1e9 : timeout);
  for (;;) {
    const Duration slice = std::min(left, kSlice);
    if (guarded(bound, [&] { return bound.relay->wait(wished, slice); })) return true;
    if (bound.relay->is_closed()) raise("ClosedError", bound.name + ": it is closed");
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    left -= slice;
    if (left <= Duration()) return false;
  }
}

}  // namespace

void bind_relay(py::module_& module) {
  py::class_<BoundRelay>(module, "Relay", "A link between two servers, with faults on request.")
      .def(py::init(&make_relay), py::arg("name"), py::arg("host"), py::arg("port"),
           py::arg("listen_port"), py::arg("seed"))
      .def_property_readonly("port", [](const BoundRelay& bound) { return bound.relay->port(); })
      .def_property_readonly("closed",
                             [](const BoundRelay& bound) { return bound.relay->is_closed(); })
      .def("plan", &plan, py::arg("rule"))
      .def("set_gate", &set_gate, py::arg("way"), py::arg("gate"))
      .def("set_delay", &set_delay, py::arg("way"), py::arg("delay"), py::arg("jitter"))
      .def("set_rate", &set_rate, py::arg("way"), py::arg("bytes_per_second"))
      .def("set_acks", &set_acks, py::arg("mode"))
      .def("refuse",
           [](BoundRelay& bound) { change(bound, [](LinkRules& rules) { rules.refuses = true; }); })
      .def(
          "cut",
          [](BoundRelay& bound, bool reset, bool refuses) {
            guarded(bound, [&] { bound.relay->cut(reset, refuses); });
          },
          py::arg("reset"), py::arg("refuses"))
      .def("heal", [](BoundRelay& bound) { guarded(bound, [&] { bound.relay->heal(); }); })
      .def(
          "acknowledge",
          [](BoundRelay& bound, std::optional<Offset> offset) {
            return guarded(bound, [&] { return bound.relay->acknowledge(offset); });
          },
          py::arg("offset"))
      .def(
          "set_target",
          [](BoundRelay& bound, const Bytes& host, std::uint16_t port) {
            guarded(bound, [&] { bound.relay->set_target(host, port); });
          },
          py::arg("host"), py::arg("port"))
      .def("status", &status_of)
      .def("events", &events_of, py::arg("after"))
      .def("wait", &wait, py::arg("wish"), py::arg("timeout"))
      .def("close", [](BoundRelay& bound) { without_gil([&] { bound.relay->close(); }); });
}

}  // namespace replserver
