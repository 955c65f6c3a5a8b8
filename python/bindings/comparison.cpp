#include "data/comparison.hpp"

#include <pybind11/stl.h>

#include <future>

#include "bindings.hpp"
#include "bound_node.hpp"
#include "data/keyspace.hpp"

namespace replserver {
namespace {

// Asked of both at once, each on its own thread. `other` is not interrupted: it is as fast as `one`.
template <class Value, class Question>
std::pair<Value, Value> ask_both(BoundNode& one, BoundNode& other, Question question) {
  using Both = std::pair<Value, Value>;
  const auto both = std::make_shared<Both>();
  auto second = std::async(std::launch::async, [&, both] {
    other.live->run([both, question](Node& node, Now now) { both->second = question(node, now); });
  });
  guarded(one, [&] {
    try {
      one.live->run([both, question](Node& node, Now now) { both->first = question(node, now); },
                    signals_pending);
    } catch (...) {
      second.wait();  // here, where the GIL is not held
      throw;
    }
  });
  guarded(other, [&] { second.get(); });  // which names the node that is closed
  return std::move(*both);
}

struct Seen {
  std::vector<KeyState> keys;
  UnixMs at;  // by the node's own clock
};

// (type, milliseconds since 1970 or None, fingerprint), or None where there is no such key
py::object to_tuple(const KeyState* state) {
  if (state == nullptr) return py::none();
  return py::make_tuple(type_name(state->type), state->expiry, state->value.bits);
}

// The first `limit` keys that differ, as (database, key, one's state, other's state), and how many
// there are in all.
py::tuple compare(BoundNode& one, BoundNode& other, std::size_t limit) {
  const auto summaries =
      ask_both<Summary>(one, other, [](Node& node, Now) { return summary(node.keyspace()); });
  auto parts = without_gil([&] { return differing_parts(summaries.first, summaries.second); });
  const auto seen = ask_both<Seen>(one, other, [parts = std::move(parts)](Node& node, Now now) {
    return Seen{states(node.keyspace(), parts), unix_ms(now.wall)};
  });
  const UnixMs latest = std::max(seen.first.at, seen.second.at);
  const auto differing =
      without_gil([&] { return differences(seen.first.keys, seen.second.keys, latest); });
  py::list told;
  for (std::size_t index = 0; index < std::min(limit, differing.size()); ++index) {
    const KeyDifference& difference = differing[index];
    const KeyState& known = difference.one != nullptr ? *difference.one : *difference.other;
    told.append(py::make_tuple(known.database, py::bytes(known.key), to_tuple(difference.one),
                               to_tuple(difference.other)));
  }
  return py::make_tuple(told, differing.size());
}

}  // namespace

void bind_comparison(py::module_& module) {
  module.def("compare", &compare, py::arg("one"), py::arg("other"), py::arg("limit"));
}

}  // namespace replserver
