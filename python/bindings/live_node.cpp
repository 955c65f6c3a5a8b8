#include <pybind11/stl.h>

#include "bindings.hpp"
#include "bound_node.hpp"
#include "pending.hpp"
#include "replication.hpp"
#include "shared_journal.hpp"

namespace replserver {
namespace {

// Until its file is loaded, if it has one.
void wait_ready(const BoundNode& bound) {
  wait_in_slices(-1, [&](Duration slice) {
    return without_gil([&] { return bound.live->wait_ready(slice); });
  });
  if (!bound.live->ended() || !bound.live->failed()) return;
  const std::vector<LogLine> said = bound.lines->copy();
  // The last line says that it ends, the one before it says why.
  const Bytes why = said.size() < 2 ? "it ended" : said[said.size() - 2].record.text;
  raise("StartError", bound.name + ": " + why);
}

std::unique_ptr<BoundNode> make_node(const Bytes& name, const py::list& directives,
                                     std::uint64_t seed, bool manual_clock, bool loads,
                                     std::shared_ptr<LogRing> shared_ring,
                                     const std::shared_ptr<SharedJournal>& journal) {
  auto bound = std::make_unique<BoundNode>();
  bound->name = name;
  LiveNode::Options options;
  options.config = to_config(directives);
  options.seed = seed;
  options.clock = manual_clock ? net::Clock::Kind::manual : net::Clock::Kind::real;
  options.loads = loads;
  options.log = [name, own = bound->lines, shared = std::move(shared_ring)](const LogRecord& record,
                                                                            WallTime at) {
    own->push({name, record, at});
    if (shared) shared->push({name, record, at});
  };
  if (journal) {
    options.observer = [journal](const Node* node, WallTime at) { journal->look(node, at); };
  }
  try {
    bound->live = without_gil([&] { return std::make_unique<LiveNode>(std::move(options)); });
  } catch (const net::StartError& error) {
    raise("StartError", name + ": " + error.what());
  }
  if (loads) bound->live->load();
  wait_ready(*bound);
  return bound;
}

// level, role, text, seconds since 1970, node
py::tuple to_tuple(const LogLine& line) {
  return py::make_tuple(static_cast<int>(line.record.level), Bytes(1, line.record.role),
                        to_text(line.record.text), static_cast<double>(unix_ms(line.at)) / 1000,
                        line.node);
}

py::list to_list(const std::vector<LogLine>& lines) {
  py::list list;
  for (const LogLine& line : lines) list.append(to_tuple(line));
  return list;
}

py::object take(LogRing& ring) {
  const auto lines = without_gil([&] { return ring.take(); });
  return lines ? py::object(to_list(*lines)) : py::none();
}

// In a forked child the ring may be locked for ever.
py::list logs_of(const BoundNode& bound) {
  return bound.live->is_defunct() ? py::list() : to_list(bound.lines->copy());
}

py::object call(BoundNode& bound, const py::args& words) {
  Words command = to_words(words);
  return to_python(
      guarded(bound, [&] { return bound.live->execute(std::move(command), signals_pending); }));
}

py::object call_apart(BoundNode& bound, const py::args& words) {
  Words command = to_words(words);
  return to_python(guarded(
      bound, [&] { return bound.live->execute_apart(std::move(command), signals_pending); }));
}

Offset offset_of(BoundNode& bound) {
  return ask<Offset>(bound, [](Node& node, Now) { return node.position().offset; });
}

Bytes replication_id_of(BoundNode& bound) {
  return ask<Bytes>(bound, [](Node& node, Now) { return node.position().history; });
}

std::size_t used_memory_of(BoundNode& bound) {
  return ask<std::size_t>(bound, [](Node& node, Now) { return node.used_memory(); });
}

py::dict replication_of(BoundNode& bound) {
  return to_dict(
      ask<ReplicationStatus>(bound, [](Node& node, Now now) { return node.replication(now); }));
}

// ---- what may take a while

BoundPending start(BoundNode& bound, std::optional<std::uint64_t> session, const py::args& words) {
  Words command = to_words(words);
  return {bound.name, guarded(bound, [&] {
            return session ? bound.live->start(static_cast<LinkId>(*session), std::move(command))
                           : bound.live->start(std::move(command));
          })};
}

BoundPending when(BoundNode& bound, const py::dict& wish) {
  const ReplicationWish wished = to_wish(wish);
  return {bound.name, guarded(bound, [&] { return bound.live->when(wished, signals_pending); })};
}

// To end what has ended with its node meanwhile is no mistake.
template <class Ending>
void end(Ending ending) {
  try {
    without_gil(ending);
  } catch (const LiveNode::Closed&) {
  }
}

void cancel(BoundNode& bound, const BoundPending& pending) {
  end([&] { bound.live->cancel(pending.pending); });
}

std::uint64_t open_session(BoundNode& bound) {
  return guarded(
      bound, [&] { return static_cast<std::uint64_t>(bound.live->open_session(signals_pending)); });
}

void close_session(BoundNode& bound, std::uint64_t session) {
  end([&] { bound.live->close_session(static_cast<LinkId>(session)); });
}

py::dict config_of(BoundNode& bound, const std::vector<Bytes>& patterns) {
  return to_dict(ask<std::vector<Config::Pair>>(bound, [patterns](Node& node, Now) {
    const std::vector<ByteView> views(patterns.begin(), patterns.end());
    return node.config().get(views);
  }));
}

void advance(BoundNode& bound, double seconds_by) {
  guarded(bound, [&] { bound.live->advance(of_seconds(seconds_by), signals_pending); });
}

void wait_ended(BoundNode& bound, double timeout) {
  if (bound.live->is_defunct())
    raise("ClosedError", bound.name + ": it lives in the parent process");
  const bool ended = wait_in_slices(timeout, [&](Duration slice) {
    return without_gil([&] { return bound.live->wait_ended(slice); });
  });
  if (!ended) {
    raise("WaitTimeout", bound.name + ": still open after " + std::to_string(timeout) + " s");
  }
}

}  // namespace

void bind_live_node(py::module_& module) {
  py::class_<LogRing, std::shared_ptr<LogRing>>(module, "LogRing",
                                                "Log lines of many nodes, bounded.")
      .def(py::init<std::size_t>(), py::arg("capacity"))
      .def("take", &take)
      .def("end", &LogRing::end)
      .def_property_readonly("dropped", &LogRing::dropped);

  py::class_<BoundNode>(module, "LiveNode", "A node on a thread of its own, listening on TCP.")
      .def(py::init(&make_node), py::arg("name"), py::arg("directives"), py::arg("seed"),
           py::arg("manual_clock"), py::arg("loads"), py::arg("ring"), py::arg("journal"))
      .def_property_readonly("port", [](const BoundNode& bound) { return bound.live->port(); })
      .def_property_readonly("run_id", [](const BoundNode& bound) { return bound.live->run_id(); })
      .def_property_readonly("ended", [](const BoundNode& bound) { return bound.live->ended(); })
      .def_property_readonly("defunct",
                             [](const BoundNode& bound) { return bound.live->is_defunct(); })
      .def_property_readonly("logs", &logs_of)
      .def("call", &call)
      .def("call_apart", &call_apart)
      .def("offset", &offset_of)
      .def("replication_id", &replication_id_of)
      .def("used_memory", &used_memory_of)
      .def("replication", &replication_of)
      .def("start", &start, py::arg("session"))
      .def("when", &when, py::arg("wish"))
      .def("cancel", &cancel, py::arg("pending"))
      .def("open_session", &open_session)
      .def("close_session", &close_session, py::arg("session"))
      .def("config", &config_of, py::arg("patterns"))
      .def("now_ms", [](const BoundNode& bound) { return unix_ms(bound.live->clock().now().wall); })
      .def("advance", &advance, py::arg("seconds"))
      .def("wait_ended", &wait_ended, py::arg("timeout"))
      .def("close", [](BoundNode& bound) { without_gil([&] { bound.live->close(); }); });
}

}  // namespace replserver
