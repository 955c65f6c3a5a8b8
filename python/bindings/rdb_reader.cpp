// RdbReader — an RDB file as Python's records. Python feeds it pieces and takes lists of records,
// so that a call into C++ is paid for once per some hundred keys.
#include <pybind11/stl.h>

#include <array>
#include <optional>
#include <string>

#include "base/glob.hpp"
#include "bindings.hpp"
#include "convert.hpp"
#include "data/keyspace.hpp"
#include "data/value.hpp"
#include "rdb/packed.hpp"
#include "rdb/value_builder.hpp"
#include "rdb_values.hpp"

namespace replserver {
namespace {

PyStructSequence_Field kFields[] = {
    {"db", "number of the database"},
    {"key", "bytes"},
    {"type", "string, list, set, zset, hash, stream or module"},
    {"value", "bytes, list, set or dict; None if values were not wanted, or it is a module's"},
    {"expiry", "in milliseconds since 1970, or None"},
    {"idle", "seconds since it was last used, or None"},
    {"freq", "how often it was used, on LFU's scale, or None"},
    {"size", "bytes of the file that it takes"},
    {"memory", "bytes that a replserver takes for it, or None if not asked for"},
    {"field_expiry", "of the fields of a hash that expire, by name, or None"},
    {nullptr, nullptr}};
constexpr int kFieldCount = 10;
PyStructSequence_Desc kDescription{"replserver.rdb.Record", "One key of an RDB file.", kFields,
                                   kFieldCount};

// What an entry takes of its table beside itself: a slot of eight bytes in a bucket that is on
// average three quarters full.
constexpr std::size_t kTableShare = 12;

class RdbReader {
 public:
  struct Options {
    bool values;
    bool memory;
    bool deep;
    std::optional<int> db;
    std::optional<Bytes> pattern;
    std::uint64_t size;
  };

  explicit RdbReader(const Options& options)
      : options_(options),
        parser_({.deep = options.deep, .skip_modules = true, .size = options.size}),
        keyspace_(1, random_) {}

  void feed(const py::buffer& buffer) {
    if (is_fed_ || is_finished_ || is_failed_) throw py::value_error("feed: nothing is wanted now");
    pieces_ = buffer.request();
    if (pieces_.ndim > 1 || pieces_.itemsize != 1) throw py::type_error("feed: bytes are needed");
    is_fed_ = true;
    parser_.feed({static_cast<const char*>(pieces_.ptr), static_cast<std::size_t>(pieces_.size)});
  }

  // Up to so many; none: it needs more bytes, or has finished.
  py::list batch(std::size_t limit) {
    py::list records;
    while (is_fed_ && records.size() < limit) {
      const RdbParser::Event event = parser_.next();
      if (event == Event::none) {
        release();
      } else if (event == Event::finished) {
        finish();
      } else if (event == Event::failed) {
        is_failed_ = true;
        if (records.empty()) raise("RdbError", parser_.failure().text);
        break;
      } else {
        take(event, records);
      }
    }
    return records;
  }

  // Of the piece: it may go now, and nothing more of it is read.
  void release() {
    is_fed_ = false;
    pieces_ = {};
  }

  bool finished() const { return is_finished_; }
  int version() const { return parser_.version(); }
  std::uint64_t consumed() const { return parser_.consumed(); }
  const py::dict& aux() const { return aux_; }
  const py::list& functions() const { return functions_; }
  const py::dict& sizes() const { return sizes_; }

 private:
  using Event = RdbParser::Event;

  void take(Event event, py::list& records) {
    const RdbParser::Told& told = parser_.told();
    switch (event) {
      case Event::aux:
        aux_[as_text(told.first)] = as_text(told.second);
        break;
      case Event::function:
        functions_.append(as_bytes(told.first));
        break;
      case Event::resize:
        sizes_[py::int_(parser_.key().database)] = py::make_tuple(told.count, told.expires);
        break;
      case Event::select:
        break;
      default:
        take_value(event, records);
        return;
    }
    begun_ = parser_.consumed();
  }

  void finish() {
    const bool is_end = parser_.unread() == 0;
    is_finished_ = true;
    release();
    if (is_end) return;
    raise("RdbError", "rdb: bytes behind the end at byte " + std::to_string(parser_.consumed()));
  }

  void take_value(Event event, py::list& records) {
    const bool is_whole = event == Event::string || event == Event::blob || event == Event::end ||
                          event == Event::skipped;
    if (event == Event::begin || (is_whole && event != Event::end)) begin();
    if (is_wanted_) {
      if (options_.values) value_.take(event, parser_);
      if (options_.memory) weigh(event, is_whole);
    }
    if (!is_whole) return;
    if (is_wanted_) append_record(records, event);
    begun_ = parser_.consumed();
  }

  void begin() {
    const RdbKey& key = parser_.key();
    is_wanted_ = (!options_.db || *options_.db == key.database) &&
                 (!options_.pattern || glob_match(*options_.pattern, key.name));
    memory_ = 0;
  }

  // It is built as it would be, measured, and gone.
  void weigh(Event event, bool is_whole) {
    if (event == Event::skipped) return;
    const RdbKey& key = parser_.key();
    Database& database = keyspace_.database(0);
    const Database::Loading loading{.key = keyspace_.make_key(key.name), .expiry = key.expiry};
    const Entry* entry = nullptr;
    if (event == Event::string) {
      PackedElement::Scratch scratch;
      entry = database.load_string(loading, parser_.told().first.text(scratch));
    } else {
      if (!builder_) builder_.emplace(database.value_context(), false);
      const auto taken = builder_->take(event, parser_);
      if (!taken) raise("RdbError", "rdb: " + taken.error().text);
      if (!is_whole) return;
      if (builder_->is_empty()) {
        builder_->drop();
      } else {
        builder_->hand_over([&](auto& value) { entry = database.load(loading, value); });
      }
      builder_.reset();
    }
    if (entry == nullptr) return;
    memory_ = Arena::rounded(entry->size()) + value_memory(*entry) + kTableShare;
    database.erase(loading.key);
    if (database.remains() > 0) keyspace_.maintain(4096);
  }

  void append_record(py::list& records, Event event) {
    const RdbKey& key = parser_.key();
    PyObject* record = PyStructSequence_New(record_type());
    if (record == nullptr) throw py::error_already_set();
    const auto set = [&](int index, PyObject* object) {
      PyStructSequence_SetItem(record, index, object);
    };
    const auto set_or_none = [&](int index, const auto& number) {
      set(index, number ? PyLong_FromLongLong(static_cast<long long>(*number)) : none());
    };
    set(0, PyLong_FromLong(key.database));
    set(1, PyBytes_FromStringAndSize(key.name.data(), static_cast<Py_ssize_t>(key.name.size())));
    set(2, type_name(key.type));
    set(3, options_.values && event != Event::skipped ? value_.release() : none());
    set_or_none(4, key.expiry);
    set_or_none(5, key.idle_s);
    set_or_none(6, key.frequency);
    set(7, PyLong_FromUnsignedLongLong(parser_.consumed() - begun_));
    set(8, options_.memory ? PyLong_FromSize_t(memory_) : none());
    set(9, options_.values ? value_.release_expiries() : none());
    const bool is_made = PyErr_Occurred() == nullptr;
    const bool is_kept = is_made && PyList_Append(records.ptr(), record) == 0;
    Py_DECREF(record);
    if (!is_kept) throw py::error_already_set();
  }

  static PyObject* none() {
    Py_INCREF(Py_None);
    return Py_None;
  }
  static py::object as_bytes(const PackedElement& element) {
    return py::reinterpret_steal<py::object>(to_object(element));
  }
  static py::object as_text(const PackedElement& element) {
    PackedElement::Scratch scratch;
    return to_text(element.text(scratch));
  }

 public:
  // Made once and kept for as long as Python runs, like any of its types.
  static PyTypeObject* record_type() {
    static PyTypeObject* const type = PyStructSequence_NewType(&kDescription);
    return type;
  }

 private:
  static PyObject* type_name(RdbType type) {
    static const std::array<PyObject*, 8> names = [] {
      constexpr std::array<const char*, 8> kNames{"string", "list", "set",    "zset",
                                                  "hash",   "?",    "stream", "module"};
      std::array<PyObject*, 8> made{};
      for (std::size_t index = 0; index < made.size(); ++index) {
        made[index] = PyUnicode_InternFromString(kNames[index]);
      }
      return made;
    }();
    const std::size_t index =
        type == RdbType::module_2 ? 7 : static_cast<std::size_t>(type_of(type));
    Py_INCREF(names[index]);
    return names[index];
  }

  Options options_;
  py::buffer_info pieces_;
  RdbParser parser_;
  Random random_{1};
  Keyspace keyspace_;  // where values are built to be measured
  std::optional<RdbValueBuilder> builder_;
  RdbPythonValue value_;
  py::dict aux_;
  py::list functions_;
  py::dict sizes_;
  std::uint64_t begun_ = 9;
  std::size_t memory_ = 0;
  bool is_fed_ = false;
  bool is_wanted_ = false;
  bool is_finished_ = false;
  bool is_failed_ = false;
};

}  // namespace

void bind_rdb_reader(py::module_& module) {
  if (RdbReader::record_type() == nullptr) throw py::error_already_set();
  module.attr("Record") =
      py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(RdbReader::record_type()));
  py::class_<RdbReader>(module, "RdbReader")
      .def(py::init([](bool values, bool memory, bool deep, std::optional<int> db,
                       std::optional<Bytes> pattern, std::uint64_t size) {
             return std::make_unique<RdbReader>(
                 RdbReader::Options{values, memory, deep, db, std::move(pattern), size});
           }),
           py::arg("values"), py::arg("memory"), py::arg("deep"), py::arg("db"), py::arg("pattern"),
           py::arg("size"))
      .def("feed", &RdbReader::feed, py::arg("piece"))
      .def("release", &RdbReader::release)
      .def("batch", &RdbReader::batch, py::arg("limit"))
      .def_property_readonly("finished", &RdbReader::finished)
      .def_property_readonly("version", &RdbReader::version)
      .def_property_readonly("consumed", &RdbReader::consumed)
      .def_property_readonly("aux", &RdbReader::aux)
      .def_property_readonly("functions", &RdbReader::functions)
      .def_property_readonly("sizes", &RdbReader::sizes);
}

}  // namespace replserver
