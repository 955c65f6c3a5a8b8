#include "sim/world.hpp"

#include <pybind11/stl.h>

#include <algorithm>

#include "bindings.hpp"
#include "command/changes.hpp"
#include "convert.hpp"
#include "replication.hpp"
#include "shared_journal.hpp"

namespace replserver {
namespace {

using sim::ClientId;
using sim::World;

std::unique_ptr<World> make_world(std::uint64_t seed, double delay_min, double delay_max,
                                  std::size_t piece_max, std::optional<std::size_t> socket_max) {
  if (delay_min < 0 || delay_max < delay_min)
    throw py::value_error("delays: 0 <= delay_min <= delay_max");
  if (piece_max == 0) throw py::value_error("piece_max: at least one byte");
  if (socket_max == 0u) throw py::value_error("socket_max: at least one byte");
  World::Options options;
  options.seed = seed;
  options.weather = {.delay_min = of_seconds(delay_min),
                     .delay_max = of_seconds(delay_max),
                     .piece_max = piece_max,
                     .socket_max = socket_max.value_or(SIZE_MAX)};
  return std::make_unique<World>(options);
}

// World's own, but a Ctrl-C gets through: a simulated hour may take a while.
void run_until(World& world, const std::function<bool()>& done, Duration limit) {
  bool interrupted = false;
  const auto done_or_interrupted = [&] {
    interrupted = PyErr_CheckSignals() != 0;
    return interrupted || done();
  };
  world.run_until(done_or_interrupted, limit);
  if (interrupted) throw py::error_already_set();
}

void run_for(World& world, double seconds_long) {
  const Instant end = world.now().mono + of_seconds(seconds_long);
  run_until(
      world, [] { return false; }, of_seconds(seconds_long));
  world.run_for(end - world.now().mono);
}

// ---- nodes

void check_running(World& world, const Bytes& node) {
  if (!world.is_running(node)) raise("ClosedError", "there is no running node called " + node);
}

void start(World& world, const Bytes& name, const py::list& directives) {
  if (world.is_running(name)) throw py::value_error("a node called " + name + " runs already");
  world.start(name, to_config(directives));
  if (!world.is_running(name)) raise("StartError", world.transcript().back());
}

// The nodes of these names are watched from now on, those to come as well.
void keep_journals(World& world, const py::dict& journals) {
  std::map<Bytes, std::shared_ptr<SharedJournal>> kept;
  for (const auto& [name, journal] : journals) {
    kept.emplace(py::cast<Bytes>(name), py::cast<std::shared_ptr<SharedJournal>>(journal));
  }
  // Much may happen at one virtual moment: what tells its order is a time that never stands still.
  const auto last = std::make_shared<WallTime>();
  world.observe([kept = std::move(kept), last](const Bytes& name, const Node* node, WallTime at) {
    const auto found = kept.find(name);
    if (found == kept.end()) return;
    *last = std::max(at, *last + Duration(1));
    found->second->look(node, Journal::Times{at, *last});
  });
}

void stop(World& world, const Bytes& name) {
  check_running(world, name);
  world.stop(name);
}

void crash(World& world, const Bytes& name) {
  check_running(world, name);
  world.crash(name);
}

// ---- disks

py::dict files_of(World& world, const Bytes& name) {
  const sim::Disk& disk = world.disk(name);
  py::dict files;
  for (const Bytes& path : disk.paths()) files[to_text(path)] = py::bytes(disk.content(path));
  return files;
}

void put_file(World& world, const Bytes& name, const Bytes& path, const py::bytes& content) {
  world.disk(name).put(path, Bytes(static_cast<std::string_view>(content)));
}

py::object call(World& world, const Bytes& name, const py::args& words) {
  check_running(world, name);
  const Words command = to_words(words);
  return to_python(world.execute(name, std::vector<ByteView>(command.begin(), command.end())));
}

std::uint16_t port_of(World& world, const Bytes& name) {
  check_running(world, name);
  return world.node(name).port();
}

py::dict replication_of(World& world, const Bytes& name) {
  check_running(world, name);
  return to_dict(world.node(name).replication(world.now()));
}

// Lets the world run until it has come true. False: `limit` seconds passed before.
bool wait_for(World& world, const Bytes& name, const py::dict& wish, double limit) {
  check_running(world, name);
  const ReplicationWish wished = to_wish(wish);
  const auto holds = [&] { return world.is_running(name) && world.node(name).holds(wished); };
  run_until(
      world, [&] { return holds() || !world.is_running(name); }, of_seconds(limit));
  check_running(world, name);
  return holds();
}

py::dict config_of(World& world, const Bytes& name, const std::vector<Bytes>& patterns) {
  check_running(world, name);
  return to_dict(
      world.node(name).config().get(std::vector<ByteView>(patterns.begin(), patterns.end())));
}

// ---- replies, as the clients' parser has read them

py::object reply_of(const resp::Reply& reply);

py::list list_of(const std::vector<resp::Reply>& elements) {
  py::list list;
  for (const resp::Reply& element : elements) list.append(reply_of(element));
  return list;
}

struct ToPython {
  py::object operator()(const resp::Reply::Nil&) const { return py::none(); }
  py::object operator()(bool value) const { return py::bool_(value); }
  py::object operator()(std::int64_t value) const { return py::int_(value); }
  py::object operator()(double value) const { return py::float_(value); }
  py::object operator()(const resp::Reply::Bulk& bulk) const { return py::bytes(bulk.bytes); }
  py::object operator()(const resp::Reply::Simple& simple) const { return to_text(simple.text); }
  py::object operator()(const resp::Reply::Failure& failure) const {
    return to_error(failure.text);
  }
  py::object operator()(const resp::Reply::BigNumber& number) const {
    return py::module_::import("builtins").attr("int")(number.digits);
  }
  py::object operator()(const resp::Reply::Verbatim& verbatim) const {
    return to_text(verbatim.text);
  }
  py::object operator()(const resp::Reply::Array& array) const { return list_of(array.elements); }
  py::object operator()(const resp::Reply::Push& push) const { return list_of(push.elements); }
  py::object operator()(const resp::Reply::Set& set) const { return to_set(list_of(set.elements)); }
  py::object operator()(const resp::Reply::Map& map) const {
    py::dict dict;
    for (std::size_t i = 0; i + 1 < map.elements.size(); i += 2) {
      dict[reply_of(map.elements[i])] = reply_of(map.elements[i + 1]);
    }
    return dict;
  }
};

py::object reply_of(const resp::Reply& reply) { return std::visit(ToPython(), reply.value); }

// ---- clients

ClientId client_of(std::uint64_t number) { return static_cast<ClientId>(number); }

std::uint64_t connect(World& world, const Bytes& name) {
  return static_cast<std::uint64_t>(world.connect(name));
}

// The next reply, letting the world run until it is there.
resp::Reply next_reply(World& world, ClientId client, double limit) {
  std::optional<resp::Reply> reply = world.next_reply(client);
  const auto arrived = [&] {
    if (!reply) reply = world.next_reply(client);
    return reply.has_value() || !world.is_open(client);
  };
  run_until(world, arrived, of_seconds(limit));
  if (reply) return *std::move(reply);
  if (!world.is_open(client)) raise("ClosedError", "the connection is closed");
  raise("WaitTimeout", "no reply after " + std::to_string(limit) + " s of virtual time");
}

py::object client_call(World& world, std::uint64_t number, double limit, const py::args& words) {
  const ClientId client = client_of(number);
  if (!world.is_open(client)) raise("ClosedError", "the connection is closed");
  const Words command = to_words(words);
  Bytes bytes;
  append_command(bytes, std::vector<ByteView>(command.begin(), command.end()));
  world.send(client, bytes);
  const resp::Reply reply = next_reply(world, client, limit);
  if (reply.is_failure()) raise("CommandError", Bytes(reply.text()));
  return reply_of(reply);
}

py::object client_read(World& world, std::uint64_t number, double limit) {
  return reply_of(next_reply(world, client_of(number), limit));
}

// One that has arrived, in a list of one; else an empty list.
py::list client_reply(World& world, std::uint64_t number) {
  py::list found;
  if (const auto reply = world.next_reply(client_of(number))) found.append(reply_of(*reply));
  return found;
}

void client_send(World& world, std::uint64_t number, const py::bytes& bytes) {
  world.send(client_of(number), static_cast<std::string_view>(bytes));
}

py::list transcript_of(const World& world) {
  py::list lines;
  for (const Bytes& line : world.transcript()) lines.append(to_text(line));
  return lines;
}

}  // namespace

void bind_world(py::module_& module) {
  py::class_<World>(module, "World",
                    "Nodes and clients in virtual time; the same seed, the same run.")
      .def(py::init(&make_world), py::arg("seed"), py::arg("delay_min"), py::arg("delay_max"),
           py::arg("piece_max"), py::arg("socket_max"))
      .def("start", &start, py::arg("name"), py::arg("directives"))
      .def("stop", &stop, py::arg("name"))
      .def("crash", &crash, py::arg("name"))
      .def("crash_at", &World::crash_at, py::arg("name"), py::arg("operation"))
      .def(
          "slow_disks",
          [](World& world, double delay_max) { world.slow_disks(of_seconds(delay_max)); },
          py::arg("delay_max"))
      .def("files", &files_of, py::arg("name"))
      .def("put_file", &put_file, py::arg("name"), py::arg("path"), py::arg("content"))
      .def(
          "disk_operations",
          [](World& world, const Bytes& name) { return world.disk(name).operations(); },
          py::arg("name"))
      .def(
          "limit_disk",
          [](World& world, const Bytes& name, std::optional<std::uint64_t> size) {
            world.disk(name).limit(size);
          },
          py::arg("name"), py::arg("size"))
      .def(
          "fail_disk_at",
          [](World& world, const Bytes& name, std::uint64_t operation) {
            world.disk(name).fail_at(operation);
          },
          py::arg("name"), py::arg("operation"))
      .def(
          "fail_disk_by_chance",
          [](World& world, const Bytes& name, double probability) {
            world.disk(name).fail_by_chance(probability);
          },
          py::arg("name"), py::arg("probability"))
      .def("keep_journals", &keep_journals, py::arg("journals"))
      .def("is_running", &World::is_running, py::arg("name"))
      .def("call", &call, py::arg("name"))
      .def("port", &port_of, py::arg("name"))
      .def("replication", &replication_of, py::arg("name"))
      .def("wait", &wait_for, py::arg("name"), py::arg("wish"), py::arg("limit"))
      .def("config", &config_of, py::arg("name"), py::arg("patterns"))
      .def("connect", &connect, py::arg("name"))
      .def("client_call", &client_call, py::arg("client"), py::arg("limit"))
      .def("client_read", &client_read, py::arg("client"), py::arg("limit"))
      .def("client_reply", &client_reply, py::arg("client"))
      .def("client_send", &client_send, py::arg("client"), py::arg("data"))
      .def("client_open",
           [](World& world, std::uint64_t client) { return world.is_open(client_of(client)); })
      .def("client_close",
           [](World& world, std::uint64_t client) { world.close(client_of(client)); })
      .def("client_cut", [](World& world, std::uint64_t client) { world.cut(client_of(client)); })
      .def(
          "skew",
          [](World& world, const Bytes& name, double seconds_ahead) {
            world.skew(name, of_seconds(seconds_ahead));
          },
          py::arg("name"), py::arg("seconds"))
      .def("run_for", &run_for, py::arg("seconds"))
      .def("step", &World::step)
      .def("now_ms", [](const World& world) { return unix_ms(world.now().wall); })
      .def_property_readonly("transcript", &transcript_of);
}

}  // namespace replserver
