#include "replication.hpp"

#include <pybind11/stl.h>

namespace replserver {
namespace {

py::object to_optional(const std::optional<Position>& position) {
  if (!position) return py::none();
  return py::make_tuple(position->history, position->offset);
}

py::object to_optional(const std::optional<Endpoint>& endpoint) {
  if (!endpoint) return py::none();
  return py::make_tuple(to_text(endpoint->host), endpoint->port);
}

py::object to_optional(const std::optional<ReplicationStatus::Window>& window) {
  if (!window) return py::none();
  return py::make_tuple(window->first, window->end, window->size);
}

template <class Value>
void read(const py::dict& wish, const char* name, std::optional<Value>& into) {
  if (wish.contains(name)) into = member<Value>(wish, name);
}

}  // namespace

py::dict to_dict(const ReplicationStatus& status) {
  py::dict dict;
  dict["id"] = status.position.history;
  dict["offset"] = status.position.offset;
  dict["former"] = to_optional(status.former);
  dict["primary"] = to_optional(status.primary);
  dict["link"] = status.primary ? py::object(py::str(status.link)) : py::none();
  dict["backlog"] = to_optional(status.backlog);
  py::list replicas;
  for (const ReplicationStatus::Replica& replica : status.replicas) {
    replicas.append(py::make_tuple(to_text(replica.address), replica.port, replica.state,
                                   replica.acknowledged, replica.sent, replica.lag_seconds));
  }
  dict["replicas"] = replicas;
  dict["selected_db"] = status.selected_db;
  return dict;
}

ReplicationWish to_wish(const py::dict& wish) {
  ReplicationWish wished;
  read(wish, "offset", wished.offset);
  read(wish, "history", wished.history);
  read(wish, "is_replica", wished.is_replica);
  read(wish, "link", wished.link);
  read(wish, "replicas", wished.replicas);
  read(wish, "acknowledged", wished.acknowledged);
  read(wish, "unless", wished.unless);
  return wished;
}

}  // namespace replserver
