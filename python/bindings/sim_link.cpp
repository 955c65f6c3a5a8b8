#include <pybind11/stl.h>

#include <deque>

#include "bindings.hpp"
#include "links.hpp"
#include "sim/world.hpp"

namespace replserver {
namespace {

using sim::World;

constexpr std::size_t kEventsKept = 10'000;
constexpr double kSecondsMax = 3600;  // of a wait without a limit

// The links that one node of a world dials to another one.
struct SimLink {
  World& world;
  Bytes dialer, listener;
  std::deque<LinkEvent> events = {};
  std::uint64_t forgotten = 0;

  template <class Job>
  void change(Job job) {
    job(world.link(dialer, listener));
    world.links_changed();
  }
  Instant now() const { return world.now().mono; }
  LinkStatus status() {
    for (LinkEvent& event : world.link(dialer, listener).take_events()) {
      events.push_back(std::move(event));
      if (events.size() <= kEventsKept) continue;
      events.pop_front();
      ++forgotten;
    }
    LinkStatus status;
    status.observe(world.link(dialer, listener));
    if (const LinkTap* const tap = world.link_tap(dialer, listener)) {
      status.observe(*tap);
      status.open = 1;
    }
    status.events = forgotten + events.size();
    return status;
  }
};

void cut(SimLink& link, bool /*reset*/, bool refuses) {
  if (refuses) link.world.link(link.dialer, link.listener).refuses = true;
  link.world.cut(link.dialer, link.listener);
}

// number, seconds since 1970, the event
py::list events_of(SimLink& link, std::uint64_t after) {
  link.status();
  const Duration since =
      link.world.now().wall.time_since_epoch() - link.world.now().mono.time_since_epoch();
  py::list list;
  std::uint64_t number = link.forgotten;
  for (const LinkEvent& event : link.events) {
    if (++number <= after) continue;
    const auto at = static_cast<double>((event.at.time_since_epoch() + since).count()) / 1e6;
    list.append(py::make_tuple(number, at, to_tuple(event)));
  }
  return list;
}

// Lets the world run until it has come true. False: so many virtual seconds passed before.
bool wait(SimLink& link, const py::dict& wish, double timeout) {
  const auto wished = to_link_wish(wish);
  bool interrupted = false;
  const bool done = link.world.run_until(
      [&] {
        interrupted = PyErr_CheckSignals() != 0;
        return interrupted || wished(link.status());
      },
      of_seconds(timeout < 0 ? kSecondsMax : timeout));
  if (interrupted) throw py::error_already_set();
  return done;
}

}  // namespace

void bind_sim_link(py::module_& module) {
  py::class_<SimLink> link(module, "SimLink", "The links from one node of a world to another one.");
  define_faults(link);
  link.def(py::init([](World& world, const Bytes& dialer, const Bytes& listener) {
             return std::make_unique<SimLink>(SimLink{world, dialer, listener});
           }),
           py::arg("world"), py::arg("dialer"), py::arg("listener"), py::keep_alive<1, 2>())
      .def("cut", &cut, py::arg("reset"), py::arg("refuses"))
      .def("heal", [](SimLink& one) { one.change([](LinkRules& rules) { rules.heal(); }); })
      .def(
          "acknowledge",
          [](SimLink& one, std::optional<Offset> offset) {
            return one.world.acknowledge(one.dialer, one.listener, offset);
          },
          py::arg("offset"))
      .def("status", [](SimLink& one) { return to_dict(one.status()); })
      .def("events", &events_of, py::arg("after"))
      .def("wait", &wait, py::arg("wish"), py::arg("timeout"));
}

}  // namespace replserver
