// RdbBuilder — records from Python on their way into an RDB file: kept in a keyspace, as a server
// would keep them, and written by a snapshot of it.
//
//   add, add, …  ──> begin ──> read, read, …  ──> b""
#include <pybind11/stl.h>

#include <optional>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "bindings.hpp"
#include "convert.hpp"
#include "data/hash.hpp"
#include "data/keyspace.hpp"
#include "data/list.hpp"
#include "data/set.hpp"
#include "data/sorted_set.hpp"
#include "data/stream.hpp"
#include "node/version.hpp"
#include "rdb/writer.hpp"

namespace replserver {
namespace {

StreamId to_id(py::handle value) {
  const Bytes text = to_bytes(value);
  const std::size_t dash = text.find('-');
  const auto ms = parse_unsigned(ByteView(text).substr(0, dash));
  const auto seq =
      dash == Bytes::npos ? std::optional<std::uint64_t>(0) : parse_unsigned(text.substr(dash + 1));
  if (!ms || !seq) throw py::value_error("no id of a stream: " + quoted(text));
  return {*ms, *seq};
}

template <class Value>
Value get(const py::dict& from, const char* name, Value missing) {
  if (!from.contains(name) || from[name].is_none()) return missing;
  return from[name].cast<Value>();
}
StreamId get_id(const py::dict& from, const char* name, const StreamId& missing) {
  return from.contains(name) && !from[name].is_none() ? to_id(from[name]) : missing;
}

std::unique_ptr<Keyspace> make_keyspace(Random& random, int databases, bool lfu) {
  if (databases < 1 || databases > INT16_MAX) throw py::value_error("databases: out of range");
  auto made = std::make_unique<Keyspace>(databases, random);
  made->set_access_rules({.lfu = lfu});
  return made;
}

class RdbBuilder {
 public:
  RdbBuilder(int databases, bool lfu, UnixMs now)
      : keyspace_(make_keyspace(random_, databases, lfu)) {
    keyspace_->set_time(now);
  }

  void add(int db, py::handle key, const Bytes& type, py::handle value,
           std::optional<UnixMs> expiry, std::optional<std::uint64_t> idle,
           std::optional<std::uint8_t> freq, const py::object& field_expiry) {
    if (snapshot_) throw py::value_error("the file has begun");
    if (db < 0 || db >= keyspace_->databases()) throw py::value_error("db: out of range");
    const Bytes name = to_bytes(key);
    const Database::Loading loading{
        .key = keyspace_->make_key(name), .expiry = expiry, .idle_s = idle, .frequency = freq};
    Database& database = keyspace_->database(db);
    bool is_new = false;
    if (type == "string") {
      is_new = database.load_string(loading, to_bytes(value)) != nullptr;
    } else if (type == "list") {
      is_new = load<List>(database, loading, [&](List& list) { fill(list, value); });
    } else if (type == "set") {
      is_new = load<Set>(database, loading, [&](Set& set) { fill(set, value); });
    } else if (type == "hash") {
      is_new = load<Hash>(database, loading, [&](Hash& hash) { fill(hash, value, field_expiry); });
    } else if (type == "zset") {
      is_new = load<SortedSet>(database, loading, [&](SortedSet& set) { fill(set, value); });
    } else if (type == "stream") {
      is_new = load<Stream>(database, loading,
                            [&](Stream& stream) { fill(stream, value.cast<py::dict>()); });
    } else {
      throw py::value_error("type: " + quoted(type) + " cannot be written");
    }
    if (!is_new) throw py::value_error("the key " + quoted(name) + " is there twice");
  }

  void begin(int version, bool compress, bool access, std::int64_t created_s,
             std::vector<Bytes> functions) {
    if (version < kRdbVersionMin || version > kRdbVersionMax) {
      throw py::value_error("version: from 9 to 12");
    }
    writer_.emplace(RdbFormat{.version = version,
                              .compress = compress,
                              .access = access ? &keyspace_->access_clock() : nullptr});
    snapshot_ = keyspace_->start_snapshot({&*writer_});
    writer_->begin({.server_version = Bytes(kRedisVersion),
                    .created_s = created_s,
                    .used_memory = keyspace_->used_memory(),
                    .functions = std::move(functions)},
                   *snapshot_);
  }

  // The next bytes of the file; none at its end.
  py::bytes read() {
    if (!snapshot_) throw py::value_error("the file has not begun");
    Bytes piece;
    without_gil([&] {
      while (piece.empty() && !is_finished_) {
        if (snapshot_->walk({}) == Snapshot::Pause::finished) {
          writer_->finish();
          is_finished_ = true;
        }
        const BlockStream& stream = writer_->stream();
        for (ByteView next; !(next = stream.read(taken_)).empty(); taken_ += next.size()) {
          piece += next;
        }
        writer_->taken(taken_);
      }
    });
    return piece;
  }

 private:
  template <class Value, class Fill>
  bool load(Database& database, const Database::Loading& loading, Fill fill_it) {
    if (database.find(loading.key) != nullptr) return false;
    auto value = database.make<Value>();
    try {
      fill_it(value);
    } catch (...) {
      database.drop(value);
      throw;
    }
    bool is_kept = true;
    if constexpr (!std::is_same_v<Value, Stream>) is_kept = !value.empty();
    if (!is_kept) {  // as everywhere, a collection without elements is no key
      database.drop(value);
      return true;
    }
    return database.load(loading, value) != nullptr;
  }

  static void fill(List& list, py::handle values) {
    for (const py::handle each : py::iter(values)) {
      const Bytes element = to_bytes(each);
      const ByteView view = element;
      list.expect({&view, 1});
      list.push(ListEnd::back, view);
    }
  }
  static void fill(Set& set, py::handle members) {
    bool is_first = true;
    for (const py::handle each : py::iter(members)) {
      const Bytes member = to_bytes(each);
      if (std::exchange(is_first, false)) set.expect(py::len(members), member);
      set.add(member);
    }
  }
  static void fill(Hash& hash, py::handle fields, const py::object& field_expiry) {
    for (const auto& [name, value] : fields.cast<py::dict>()) {
      hash.set(to_bytes(name), to_bytes(value));
    }
    if (field_expiry.is_none()) return;
    for (const auto& [name, expiry] : field_expiry.cast<py::dict>()) {
      const Bytes field = to_bytes(name);
      if (!hash.view().contains(field)) throw py::value_error("no such field: " + quoted(field));
      hash.set_expiry(field, expiry.cast<UnixMs>());
    }
  }
  static void fill(SortedSet& set, py::handle members) {
    for (const auto& [member, score] : members.cast<py::dict>()) {
      const auto number = score.cast<double>();
      if (number != number) throw py::value_error("a score that is no number");
      set.update(to_bytes(member), [&](std::optional<double>) { return std::optional(number); });
    }
  }
  static void fill(Stream& stream, const py::dict& value) {
    for (const py::handle each : value["entries"]) {
      const auto pair = each.cast<py::tuple>();
      const StreamId id = to_id(pair[0]);
      if (id <= stream.view().last()) throw py::value_error("ids of a stream must rise");
      Words words;
      for (const auto& [name, content] : pair[1].cast<py::dict>()) {
        words.push_back(to_bytes(name));
        words.push_back(to_bytes(content));
      }
      const std::vector<ByteView> views(words.begin(), words.end());
      stream.append(id, views);
    }
    const StreamId last = get_id(value, "last_id", stream.view().last());
    if (last < stream.view().last()) throw py::value_error("last_id: entries are behind it");
    stream.set_last(last);
    stream.set_max_deleted(get_id(value, "max_deleted_id", {}));
    stream.set_entries_added(get(value, "entries_added", stream.view().entries_added()));
    for (const auto& [name, group] : get(value, "groups", py::dict())) {
      fill_group(stream, to_bytes(name), group.cast<py::dict>());
    }
  }
  static void fill_group(Stream& stream, const Bytes& name, const py::dict& value) {
    StreamGroup* const group = stream.add_group(name, get_id(value, "last_id", {}),
                                                get(value, "entries_read", StreamGroup::kUnknown));
    for (const auto& [consumer, times] : get(value, "consumers", py::dict())) {
      const auto [seen, active] = times.cast<std::pair<UnixMs, UnixMs>>();
      group->add_consumer(stream.arena(), to_bytes(consumer), seen)->active = active;
    }
    for (const auto& [id, known] : get(value, "pending", py::dict())) {
      const auto facts = known.cast<py::tuple>();
      StreamConsumer* const owner = group->consumer(to_bytes(facts[0]));
      if (owner == nullptr) throw py::value_error("pending: no such consumer");
      StreamGroup::Pending& pending = group->deliver(stream.arena(), to_id(id), owner);
      pending.delivered = facts[1].cast<UnixMs>();
      pending.count = facts[2].cast<std::uint64_t>();
    }
  }

  Random random_{1};
  std::unique_ptr<Keyspace> keyspace_;
  std::optional<RdbWriter> writer_;
  std::unique_ptr<Snapshot> snapshot_;
  std::uint64_t taken_ = 0;
  bool is_finished_ = false;
};

}  // namespace

void bind_rdb_writer(py::module_& module) {
  py::class_<RdbBuilder>(module, "RdbBuilder")
      .def(py::init<int, bool, UnixMs>(), py::arg("databases"), py::arg("lfu"), py::arg("now_ms"))
      .def("add", &RdbBuilder::add, py::arg("db"), py::arg("key"), py::arg("type"),
           py::arg("value"), py::arg("expiry"), py::arg("idle"), py::arg("freq"),
           py::arg("field_expiry"))
      .def("begin", &RdbBuilder::begin, py::arg("version"), py::arg("compress"), py::arg("access"),
           py::arg("created"), py::arg("functions"))
      .def("read", &RdbBuilder::read);
}

}  // namespace replserver
