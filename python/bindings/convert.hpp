// Between Python's values and the server's words and replies.
#pragma once

#include <pybind11/pybind11.h>

#include <exception>
#include <functional>
#include <type_traits>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "node/config.hpp"

namespace replserver {

namespace py = pybind11;

// bytes, str (as UTF-8), int, float, bytearray, memoryview. Anything else is a TypeError.
Bytes to_bytes(py::handle value);
Words to_words(const py::args& values);

// A reply in RESP3: bulk strings become bytes, simple ones str, errors exceptions: raised at the top,
// values inside of an aggregate (EXEC). Where there is no reply (CLIENT REPLY OFF, SHUTDOWN): None.
py::object to_python(ByteView reply);

// A set; a list where something in it, as a map, cannot be an element of one.
py::object to_set(const py::list& elements);

// As a str: what is not UTF-8 in it is shown as \xNN.
py::object to_text(ByteView bytes);
// A CommandError, not raised.
py::object to_error(ByteView text);

// Directives with their words, as keyword arguments were turned into them. Raises ConfigError.
Config to_config(const py::list& directives);

// What CONFIG GET tells.
py::dict to_dict(const std::vector<Config::Pair>& pairs);

Duration of_seconds(double value);

// A dict's member of this name. One of another kind, or out of range, is a ValueError.
template <class Value>
Value member(const py::dict& dict, const char* name) {
  const py::object value = dict[name];
  try {
    return py::cast<Value>(value);
  } catch (const py::cast_error&) {
    throw py::value_error(Bytes(name) + ": " + py::cast<Bytes>(py::repr(value)) + " is none");
  }
}

// One of the exceptions in replserver.exceptions, by its name there.
[[noreturn]] void raise(const char* name, const Bytes& text);

// Released in here and not by call_guard, which would also cover the conversions around the call.
// Not by a destructor either: an interpreter that ends does not give the GIL back to a daemon thread
// but unwinds it, which a destructor would turn into std::terminate.
template <class Call>
auto without_gil(Call call) {
  PyThreadState* const state = PyEval_SaveThread();
  try {
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      PyEval_RestoreThread(state);
    } else {
      auto result = call();
      PyEval_RestoreThread(state);
      return result;
    }
  } catch (const std::exception&) {
    PyEval_RestoreThread(state);
    throw;
  }
}

// What a waiting thread asks every 50 ms: did the user press Ctrl-C? The exception is then set.
bool signals_pending();

// Asks for so long each time, until the answer is yes; in between a signal gets through. False: so many
// seconds have passed. Negative: as long as it takes.
bool wait_in_slices(double timeout, const std::function<bool(Duration)>& ask);

}  // namespace replserver
