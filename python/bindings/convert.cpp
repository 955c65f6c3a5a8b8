#include "convert.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include "base/assert.hpp"

namespace replserver {
namespace {

py::object exception_class(const char* name) {
  return py::module_::import("replserver.exceptions").attr(name);
}

py::object hashable(py::handle value) {
  if (py::isinstance<py::list>(value)) return py::tuple(py::reinterpret_borrow<py::object>(value));
  return py::reinterpret_borrow<py::object>(value);
}

// Reads our own server's replies: whole and right, so that nothing is checked but by assertion.
class ReplyReader {
 public:
  explicit ReplyReader(ByteView reply) : rest_(reply) {}

  py::object read() {
    const ByteView line = take_line();
    RS_ASSERT(!line.empty());
    const ByteView body = line.substr(1);
    switch (line[0]) {
      case '$':
        return read_bulk(body);
      case '+':
        return to_text(body);
      case ':':
        return py::int_(number(body));
      case '_':
        return py::none();
      case '#':
        return py::bool_(body == "t");
      case ',':
        return py::float_(real(body));
      case '(':
        return py::module_::import("builtins").attr("int")(py::str(body.data(), body.size()));
      case '=':
        return read_verbatim(body);
      case '-':
        return to_error(body);
      case '*':
      case '>':
        return read_list(number(body));
      case '~':
        return read_set(number(body));
      case '%':
        return read_map(number(body));
      case '|':
        return read_behind_attributes(number(body));
      default:
        RS_ASSERT(false);
        return py::none();
    }
  }

  bool at_end() const { return rest_.empty(); }
  char kind() const { return rest_.front(); }  // of what is read next

 private:
  static long long number(ByteView text) {
    long long value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  static double real(ByteView text) { return std::strtod(Bytes(text).c_str(), nullptr); }

  ByteView take_line() {
    const std::size_t end = rest_.find("\r\n");
    RS_ASSERT(end != ByteView::npos);
    const ByteView line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return line;
  }

  ByteView take_bulk(ByteView size_text) {
    const auto size = static_cast<std::size_t>(number(size_text));
    const ByteView bytes = rest_.substr(0, size);
    rest_.remove_prefix(size + 2);
    return bytes;
  }

  py::object read_bulk(ByteView size_text) {
    if (size_text.starts_with('-')) return py::none();
    const ByteView bytes = take_bulk(size_text);
    return py::bytes(bytes.data(), bytes.size());
  }

  py::object read_verbatim(ByteView size_text) {
    const ByteView text = take_bulk(size_text).substr(4);  // behind "txt:"
    return to_text(text);
  }

  py::object read_list(long long size) {
    if (size < 0) return py::none();
    py::list list;
    for (long long i = 0; i < size; ++i) list.append(read());
    return list;
  }

  py::object read_set(long long size) { return to_set(read_list(size)); }

  py::object read_map(long long pairs) {
    py::dict map;
    for (long long i = 0; i < pairs; ++i) {
      py::object key = hashable(read());
      map[key] = read();
    }
    return map;
  }

  py::object read_behind_attributes(long long pairs) {
    for (long long i = 0; i < 2 * pairs; ++i) read();
    return read();
  }

  ByteView rest_;
};

Bytes text_of(py::handle value) {
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (text == nullptr) throw py::error_already_set();
  return Bytes(text, static_cast<std::size_t>(size));
}

Bytes buffer_of(py::handle value) {
  Py_buffer view;
  if (PyObject_GetBuffer(value.ptr(), &view, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  Bytes bytes(static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len));
  PyBuffer_Release(&view);
  return bytes;
}

}  // namespace

void raise(const char* name, const Bytes& text) {
  const py::object type = exception_class(name);
  PyErr_SetObject(type.ptr(), type(to_text(text)).ptr());
  throw py::error_already_set();
}

py::object to_text(ByteView bytes) {
  PyObject* const text =
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "backslashreplace");
  if (text == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(text);
}

py::object to_error(ByteView text) { return exception_class("CommandError")(to_text(text)); }

Bytes to_bytes(py::handle value) {
  if (PyBytes_CheckExact(value.ptr())) {
    return Bytes(PyBytes_AS_STRING(value.ptr()),
                 static_cast<std::size_t>(PyBytes_GET_SIZE(value.ptr())));
  }
  if (PyUnicode_Check(value.ptr())) return text_of(value);
  if (PyBool_Check(value.ptr()))
    throw py::type_error("a bool is no word of a command: say 1 or 'yes'");
  if (PyLong_Check(value.ptr())) return text_of(py::str(value));
  if (PyFloat_Check(value.ptr())) return text_of(py::repr(value));
  if (PyObject_CheckBuffer(value.ptr())) return buffer_of(value);
  throw py::type_error("a word of a command is bytes, str, int or float, not " +
                       Bytes(Py_TYPE(value.ptr())->tp_name));
}

Words to_words(const py::args& values) {
  if (values.empty()) throw py::type_error("a command has at least one word");
  Words words;
  words.reserve(values.size());
  for (const py::handle value : values) words.push_back(to_bytes(value));
  return words;
}

py::object to_set(const py::list& elements) {
  py::list hashables;
  for (const py::handle element : elements) hashables.append(hashable(element));
  PyObject* const set = PySet_New(hashables.ptr());
  if (set != nullptr) return py::reinterpret_steal<py::object>(set);
  if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) throw py::error_already_set();
  PyErr_Clear();
  return elements;
}

py::object to_python(ByteView reply) {
  if (reply.empty()) return py::none();
  ReplyReader reader(reply);
  char kind = reader.kind();
  py::object value = reader.read();
  // What a subscriber was told on the way comes before the answer; SUBSCRIBE has no other.
  while (kind == '>' && !reader.at_end()) {
    kind = reader.kind();
    value = reader.read();
  }
  if (kind != '-') return value;
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(value.ptr())), value.ptr());
  throw py::error_already_set();
}

Config to_config(const py::list& directives) {
  Config config;
  for (const py::handle directive : directives) {
    Words words;
    for (const py::handle word : directive) words.push_back(to_bytes(word));
    const std::vector<ByteView> views(words.begin(), words.end());
    if (const auto error = config.assign(views)) {
      raise("ConfigError", words.front() + ": " + error->text);
    }
  }
  return config;
}

py::dict to_dict(const std::vector<Config::Pair>& pairs) {
  py::dict dict;
  for (const auto& [name, value] : pairs) dict[to_text(name)] = to_text(value);
  return dict;
}

// Rounded: 1.001 is a bit less than what is meant. Of infinity: as many as can be counted.
Duration of_seconds(double value) {
  constexpr double kMax = 9e12;
  return Duration(static_cast<Duration::rep>(std::llround(std::clamp(value, -kMax, kMax) * 1e6)));
}

bool wait_in_slices(double timeout, const std::function<bool(Duration)>& ask) {
  using Clock = std::chrono::steady_clock;
  constexpr double kSecondsMax = 1e9;
  constexpr Duration kSlice = milliseconds(50);
  const double limit = timeout < 0 ? kSecondsMax : std::min(timeout, kSecondsMax);
  const Clock::time_point end = Clock::now() + of_seconds(limit);
  for (;;) {
    // Not the sum of the slices: between them the GIL is waited for.
    const auto left = std::chrono::duration_cast<Duration>(end - Clock::now());
    if (ask(std::clamp(left, Duration(), kSlice))) return true;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (left <= kSlice) return false;
  }
}

bool signals_pending() {
  const PyGILState_STATE state = PyGILState_Ensure();
  const bool pending = PyErr_CheckSignals() != 0;
  PyGILState_Release(state);
  return pending;
}

}  // namespace replserver
