// RdbPythonValue — the value of one key, from a parser's events into Python's own types:
//
//   string bytes | list [bytes] | set {bytes} | hash {bytes: bytes} | zset {bytes: float}
//   stream {str: …}
//
// Used by RdbReader alone. What Python cannot give us memory for raises its MemoryError.
#pragma once

#include <pybind11/pybind11.h>

#include "data/listpack.hpp"
#include "rdb/parser.hpp"

namespace replserver {

namespace py = pybind11;

PyObject* to_object(const PackedElement& element);  // bytes, a new reference

class RdbPythonValue {
 public:
  void take(RdbParser::Event event, const RdbParser& parser);

  PyObject* release() { return value_.release().ptr(); }  // of a whole one: a new reference
  PyObject* release_expiries();                           // of fields, or None

 private:
  void begin(RdbType type);
  void take_blob(RdbType type, ByteView bytes);
  void take_element(RdbType type, const RdbParser::Told& told);
  void add(RdbType type, const PackedElement* group);
  void put(const PackedElement& name, PyObject* value);
  void take_node(const RdbParser::Told& told);
  void take_stream(const RdbParser::Told& told);
  void take_group(const RdbParser::Told& told);
  void own(const py::str& id);

  py::object value_;
  py::object expiries_;
  py::dict group_;
  py::dict pending_;  // of the group, by id: consumer, when delivered, how often
  py::object consumer_;
};

}  // namespace replserver
