#include "net/relay.hpp"

#include <pybind11/stl.h>

#include <chrono>

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

  template <class Job>
  void change(Job job);
  static Instant now() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return Instant(std::chrono::duration_cast<Duration>(now));
  }

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

template <class Job>
void BoundRelay::change(Job job) {
  guarded(*this, [&] { relay->change(job); });
}

std::unique_ptr<BoundRelay> make_relay(const Bytes& name, const Bytes& host, std::uint16_t port,
                                       std::uint16_t listen_port, std::uint64_t seed) {
  auto bound = std::make_unique<BoundRelay>();
  bound->name = name;
  const Relay::Options options{host, port, listen_port, seed};
  bound->relay = guarded(*bound, [&] { return std::make_unique<Relay>(options); });
  return bound;
}

py::dict status_of(BoundRelay& bound) {
  return to_dict(guarded(bound, [&] { return bound.relay->status(); }));
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

bool wait(BoundRelay& bound, const py::dict& wish, double timeout) {
  const Relay::Wish wished = to_link_wish(wish);
  return wait_in_slices(timeout, [&](Duration slice) {
    if (guarded(bound, [&] { return bound.relay->wait(wished, slice); })) return true;
    if (bound.relay->is_closed()) raise("ClosedError", bound.name + ": it is closed");
    return false;
  });
}

}  // namespace

void bind_relay(py::module_& module) {
  py::class_<BoundRelay> relay(module, "Relay",
                               "A link between two servers, with faults on request.");
  define_faults(relay);
  relay
      .def(py::init(&make_relay), py::arg("name"), py::arg("host"), py::arg("port"),
           py::arg("listen_port"), py::arg("seed"))
      .def_property_readonly("port", [](const BoundRelay& bound) { return bound.relay->port(); })
      .def_property_readonly("closed",
                             [](const BoundRelay& bound) { return bound.relay->is_closed(); })
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
