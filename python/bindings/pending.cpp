#include "pending.hpp"

#include "bindings.hpp"
#include "convert.hpp"
#include "replication.hpp"

namespace replserver {
namespace {

using net::Pending;

void check_process(const BoundPending& bound) {
  if (bound.pending->is_defunct()) {
    raise("ClosedError", bound.node + ": it lives in the parent process");
  }
}

bool wait(const BoundPending& bound, double timeout) {
  check_process(bound);
  return wait_in_slices(timeout, [&](Duration slice) {
    return without_gil([&] { return bound.pending->wait(slice); });
  });
}

const char* state_of(const BoundPending& bound) {
  check_process(bound);
  switch (bound.pending->state()) {
    case Pending::State::open:
      return "open";
    case Pending::State::done:
      return "done";
    case Pending::State::closed:
      return "closed";
    default:
      return "cancelled";
  }
}

// Of one that is done.
py::object outcome_of(const BoundPending& bound) {
  check_process(bound);
  if (bound.pending->state() != Pending::State::done) throw py::value_error("it is not done");
  const Pending::Outcome& outcome = bound.pending->outcome();
  return outcome.status ? py::object(to_dict(*outcome.status)) : to_python(outcome.reply);
}

int descriptor_of(const BoundPending& bound) {
  check_process(bound);
  return bound.pending->descriptor();
}

}  // namespace

void bind_pending(py::module_& module) {
  py::class_<BoundPending>(module, "Pending", "A reply, or the coming true of a wish.")
      .def_property_readonly("node", [](const BoundPending& bound) { return bound.node; })
      .def_property_readonly("state", &state_of)
      .def("wait", &wait, py::arg("timeout"))
      .def("outcome", &outcome_of)
      .def("fileno", &descriptor_of);
}

}  // namespace replserver
