#include <pybind11/stl.h>

#include <memory>

#include "bindings.hpp"
#include "convert.hpp"
#include "shared_journal.hpp"

namespace replserver {
namespace {

double seconds_of(WallTime at) { return static_cast<double>(at.time_since_epoch().count()) / 1e6; }

// history, former or "", primary or None, link to it, replicas online
py::object to_tuple(const std::optional<Journal::Standing>& standing) {
  if (!standing) return py::none();
  py::object primary = py::none();
  if (standing->primary) {
    primary = py::make_tuple(to_text(standing->primary->host), standing->primary->port);
  }
  return py::make_tuple(standing->history, standing->former, primary, standing->link,
                        standing->replicas_online);
}

py::tuple to_tuple(const Journal::Entry& entry) {
  return py::make_tuple(entry.number, seconds_of(entry.at.node), seconds_of(entry.at.machine),
                        entry.begin, entry.end, py::bytes(entry.bytes), entry.backlog_first,
                        to_tuple(entry.standing), entry.is_last);
}

py::list entries_of(const SharedJournal& journal) {
  py::list list;
  for (const auto& entry : without_gil([&] { return journal.entries(); })) {
    list.append(to_tuple(entry));
  }
  return list;
}

}  // namespace

void bind_journal(py::module_& module) {
  py::class_<SharedJournal, std::shared_ptr<SharedJournal>>(
      module, "Journal", "What a node has been through, bounded; it outlives the node.")
      .def(py::init([](std::size_t entries, std::size_t bytes) {
             return std::make_shared<SharedJournal>(Journal::Limits{entries, bytes});
           }),
           py::arg("entries"), py::arg("bytes"))
      .def("entries", &entries_of)
      .def_property_readonly("dropped", &SharedJournal::dropped);
}

}  // namespace replserver
