#include "rdb_values.hpp"

#include "base/numbers.hpp"
#include "convert.hpp"
#include "data/stream_listpack.hpp"
#include "rdb/packed.hpp"

namespace replserver {
namespace {

using Event = RdbParser::Event;

void check(bool is_done) {
  if (!is_done) throw py::error_already_set();
}

py::object object_of(const PackedElement& element) {
  return py::reinterpret_steal<py::object>(to_object(element));
}

py::str id_text(const StreamId& id) {
  const ByteView text = StreamIdText(id);
  return py::str(text.data(), text.size());
}

}  // namespace

PyObject* to_object(const PackedElement& element) {
  PackedElement::Scratch scratch;
  const ByteView bytes = element.text(scratch);
  PyObject* object = PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size()));
  check(object != nullptr);
  return object;
}

PyObject* RdbPythonValue::release_expiries() {
  if (!expiries_) {
    Py_INCREF(Py_None);
    return Py_None;
  }
  return expiries_.release().ptr();
}

void RdbPythonValue::take(Event event, const RdbParser& parser) {
  const RdbType type = parser.key().type;
  const RdbParser::Told& told = parser.told();
  switch (event) {
    case Event::string:
      value_ = object_of(told.first);
      break;
    case Event::begin:
      begin(type);
      break;
    case Event::blob:
      begin(type);
      take_blob(type, told.packed);
      break;
    case Event::packed:
      take_blob(type, told.packed);
      break;
    case Event::element:
      take_element(type, told);
      break;
    case Event::node:
      take_node(told);
      break;
    case Event::stream:
      take_stream(told);
      break;
    case Event::group:
      take_group(told);
      break;
    case Event::pending:
      pending_[id_text(told.id)] = py::make_tuple(py::none(), told.moment, told.number);
      break;
    case Event::consumer:
      consumer_ = object_of(told.first);
      group_["consumers"][consumer_] = py::make_tuple(told.moment, told.active);
      break;
    case Event::owned:
      own(id_text(told.id));
      break;
    default:
      break;
  }
}

void RdbPythonValue::begin(RdbType type) {
  switch (type_of(type)) {
    case Type::list:
      value_ = py::list();
      break;
    case Type::set:
      value_ = py::set();
      break;
    case Type::stream: {
      py::dict stream;
      stream["entries"] = py::list();
      value_ = std::move(stream);
      break;
    }
    default:
      value_ = py::dict();
  }
}

void RdbPythonValue::take_blob(RdbType type, ByteView bytes) {
  const std::size_t step = elements_per_member(type);
  PackedElement group[3] = {PackedElement(0), PackedElement(0), PackedElement(0)};
  std::size_t index = 0;
  for_each_packed(type, bytes, [&](const PackedElement& element) {
    group[index++] = element;
    if (index < step) return;
    index = 0;
    add(type, group);
    if (step != 3 || group[2].integer() == 0) return;
    if (!expiries_) expiries_ = py::dict();
    expiries_[object_of(group[0])] = group[2].integer();
  });
}

void RdbPythonValue::put(const PackedElement& name, PyObject* value) {
  const auto held = py::reinterpret_steal<py::object>(value);
  check(held && PyDict_SetItem(value_.ptr(), object_of(name).ptr(), value) == 0);
}

void RdbPythonValue::add(RdbType type, const PackedElement* group) {
  switch (type_of(type)) {
    case Type::list:
      check(PyList_Append(value_.ptr(), object_of(group[0]).ptr()) == 0);
      break;
    case Type::set:
      check(PySet_Add(value_.ptr(), object_of(group[0]).ptr()) == 0);
      break;
    case Type::hash:
      put(group[0], to_object(group[1]));
      break;
    default: {
      PackedElement::Scratch scratch;
      put(group[0], PyFloat_FromDouble(parse_double(group[1].text(scratch)).value_or(0)));
    }
  }
}

void RdbPythonValue::take_element(RdbType type, const RdbParser::Told& told) {
  if (type_of(type) == Type::sorted_set) return put(told.first, PyFloat_FromDouble(told.score));
  const PackedElement group[2] = {told.first, told.second};
  add(type, group);
  if (type_of(type) != Type::hash || !told.field_expiry) return;
  if (!expiries_) expiries_ = py::dict();
  expiries_[object_of(told.first)] = *told.field_expiry;
}

void RdbPythonValue::take_node(const RdbParser::Told& told) {
  const StreamListpackView node(told.id, told.packed.data());
  auto entries = value_["entries"].cast<py::list>();
  for (auto at = node.begin(); at != node.end();) {
    const StreamListpackView::Entry entry = node.entry(at);
    at = entry.behind();
    if (entry.is_deleted) continue;
    py::dict fields;
    auto value = entry.values, name = node.first_name();
    for (std::size_t left = entry.fields; left > 0; --left) {
      const PackedElement found = entry.has_own_names ? *value++ : *name++;
      fields[object_of(found)] = object_of(*value++);
    }
    entries.append(py::make_tuple(id_text(entry.id), fields));
  }
}

void RdbPythonValue::take_stream(const RdbParser::Told& told) {
  value_["last_id"] = id_text(told.stream.last);
  value_["max_deleted_id"] = id_text(told.stream.max_deleted);
  value_["entries_added"] = told.stream.entries_added;
  value_["groups"] = py::dict();
}

void RdbPythonValue::take_group(const RdbParser::Told& told) {
  pending_ = py::dict();
  group_ = py::dict();
  group_["last_id"] = id_text(told.id);
  group_["entries_read"] = told.number < 0 ? py::object(py::none()) : py::int_(told.number);
  group_["pending"] = pending_;
  group_["consumers"] = py::dict();
  value_["groups"][object_of(told.first)] = group_;
}

void RdbPythonValue::own(const py::str& id) {
  if (!pending_.contains(id)) return;
  const auto known = pending_[id].cast<py::tuple>();
  pending_[id] = py::make_tuple(consumer_, known[1], known[2]);
}

}  // namespace replserver
