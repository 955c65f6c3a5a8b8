#include "sim/storm.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <array>

#include "bindings.hpp"
#include "convert.hpp"
#include "links.hpp"
#include "sim/workload.hpp"

namespace replserver {
namespace {

using sim::Fault;
using sim::Storm;
using sim::StormPlan;
using sim::StormRules;

using Names = std::vector<Bytes>;
// When, what, whom, how long, how many bytes, which way, how far ahead, and how it is told.
using FaultRow =
    std::tuple<std::uint64_t, Bytes, Bytes, std::uint64_t, std::uint64_t, Bytes, double, Bytes>;

Fault to_fault(const FaultRow& row) {
  constexpr std::array<ByteView, 10> kKinds = {"cut",       "stall", "one-way", "slow",
                                               "partition", "crash", "restart", "sleep",
                                               "promote",   "skew"};
  const auto& [at, kind, node, lasts, bytes, way, ahead, told] = row;
  const auto found = std::find(kKinds.begin(), kKinds.end(), kind);
  if (found == kKinds.end()) throw py::value_error("fault: '" + kind + "' is none");
  return {.at = at,
          .kind = static_cast<Fault::Kind>(found - kKinds.begin()),
          .node = node,
          .lasts = lasts,
          .bytes = bytes,
          .way = to_link_ways(way).front(),
          .ahead = of_seconds(ahead),
          .told = told};
}

StormPlan make_plan(const Names& names, const std::map<Bytes, Bytes>& followed,
                    std::uint64_t commands, std::uint64_t wait, const py::list& directives,
                    bool draws_backlog) {
  return {.names = names,
          .followed = followed,
          .commands = commands,
          .wait = wait,
          .config = to_config(directives),
          .draws_backlog = draws_backlog};
}

std::unique_ptr<Storm> make_storm(const StormPlan& plan, std::uint64_t seed,
                                  const std::vector<FaultRow>& rows) {
  std::vector<Fault> faults;
  for (const FaultRow& row : rows) {
    faults.push_back(to_fault(row));
    const Bytes& node = faults.back().node;
    if (!node.empty() && std::find(plan.names.begin(), plan.names.end(), node) == plan.names.end())
      throw py::value_error("fault: there is no node called " + node);
  }
  return std::make_unique<Storm>(plan, seed, std::move(faults));
}

Words to_command(const py::object& words) {
  Words command;
  for (const py::handle word : words) command.push_back(to_bytes(word));
  if (command.empty()) throw py::value_error("workload: a command has at least a name");
  return command;
}

py::object run(Storm& storm, const py::object& workload, const py::object& failover,
               const py::object& check) {
  StormRules rules;
  if (!workload.is_none()) rules.workload = [&] { return to_command(workload()); };
  if (!failover.is_none()) {
    rules.failover = [&](const std::map<Bytes, Offset>& able) {
      const auto chosen = py::cast<std::optional<Bytes>>(failover(able));
      if (chosen && !able.contains(*chosen))
        throw py::value_error("failover: '" + *chosen + "' is not able");
      return chosen;
    };
  }
  rules.check = [&] {
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (!check.is_none()) check();
  };
  const auto violation = storm.run(rules);
  if (!violation) return py::none();
  return py::make_tuple(violation->check, to_text(violation->text));
}

}  // namespace

void bind_storm(py::module_& module) {
  py::class_<StormPlan>(module, "StormPlan", "Nodes, and what they are asked to do.")
      .def(py::init(&make_plan), py::arg("names"), py::arg("followed"), py::arg("commands"),
           py::arg("wait"), py::arg("directives"), py::arg("draws_backlog"));
  py::class_<Storm>(module, "Storm", "One run of nodes to which anything happens.")
      .def(py::init(&make_storm), py::arg("plan"), py::arg("seed"), py::arg("faults"))
      .def("run", &run, py::arg("workload"), py::arg("failover"), py::arg("check"))
      .def_property_readonly("world", &Storm::world)
      .def_property_readonly("primary", &Storm::primary)
      .def_property_readonly("healed", &Storm::is_healed);
  module.def(
      "some_write",
      [](std::uint64_t seed) {
        Random random(seed);
        py::list words;
        for (const Bytes& word : sim::some_write(random)) words.append(py::bytes(word));
        return words;
      },
      py::arg("seed"));
}

}  // namespace replserver
