// The rules of links and what happened on them, between C++ and Python; for live links and simulated ones.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "convert.hpp"
#include "repl/link_status.hpp"

namespace replserver {

// kind, way, number, step; what, refuses, mask, size: the names of LinkPlace's and LinkAction's members.
LinkRule to_link_rule(const py::dict& rule);

std::vector<LinkWay> to_link_ways(const std::optional<Bytes>& way);  // none: both
LinkRules::Gate to_link_gate(const Bytes& name);                     // open, held, silent
LinkRules::Acks to_link_acks(const Bytes& name);                     // pass, drop, twice, manual

// what, conversation, detail, bytes up, bytes down, offset
py::tuple to_tuple(const LinkEvent& event);

py::dict to_dict(const LinkStatus& status);  // the package's LinkState is made of it

// Keys are cut, held, offset, acknowledged, events, conversations, phase; what is not there is not wished.
std::function<bool(const LinkStatus&)> to_link_wish(const py::dict& wish);

// What can be done to each kind of link: Bound::change() lets a job change the rules, and then has it
// take effect; Bound::now() is the time by which its events go.
template <class Bound>
void define_faults(py::class_<Bound>& kind) {
  using Way = std::optional<Bytes>;
  kind.def(
      "plan",
      [](Bound& bound, const py::dict& rule) {
        const LinkRule wanted = to_link_rule(rule);
        bool done = false;
        bound.change([&](LinkRules& rules) { done = rules.add(wanted); });
        if (!done) throw py::value_error("there are too many rules that wait for their place");
      },
      py::arg("rule"));
  kind.def(
      "set_gate",
      [](Bound& bound, const Way& way, const Bytes& gate) {
        const auto ways = to_link_ways(way);
        const LinkRules::Gate wanted = to_link_gate(gate);
        bound.change([&](LinkRules& rules) {
          for (const LinkWay one : ways) rules.set_gate(one, wanted);
          rules.say({wanted == LinkRules::Gate::open   ? LinkEvent::What::released
                     : wanted == LinkRules::Gate::held ? LinkEvent::What::held
                                                       : LinkEvent::What::silenced,
                     0,
                     "by hand",
                     {},
                     {},
                     bound.now()});
        });
      },
      py::arg("way"), py::arg("gate"));
  kind.def(
      "set_delay",
      [](Bound& bound, const Way& way, double delay, double jitter) {
        const auto ways = to_link_ways(way);
        bound.change([&](LinkRules& rules) {
          for (const LinkWay one : ways) {
            rules.pace[static_cast<int>(one)].delay = of_seconds(delay);
            rules.pace[static_cast<int>(one)].jitter = of_seconds(jitter);
          }
        });
      },
      py::arg("way"), py::arg("delay"), py::arg("jitter"));
  kind.def(
      "set_rate",
      [](Bound& bound, const Way& way, std::uint64_t rate) {
        const auto ways = to_link_ways(way);
        bound.change([&](LinkRules& rules) {
          for (const LinkWay one : ways) rules.pace[static_cast<int>(one)].bytes_per_second = rate;
        });
      },
      py::arg("way"), py::arg("bytes_per_second"));
  kind.def(
      "set_acks",
      [](Bound& bound, const Bytes& mode) {
        const LinkRules::Acks wanted = to_link_acks(mode);
        bound.change([&](LinkRules& rules) { rules.acks = wanted; });
      },
      py::arg("mode"));
  kind.def("refuse",
           [](Bound& bound) { bound.change([](LinkRules& rules) { rules.refuses = true; }); });
}

}  // namespace replserver
