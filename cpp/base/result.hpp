// Result<T> — a T, or the Error that stood in its way.
//
//   Result<Offset> parse(ByteView text) {
//     if (text.empty()) return fail(Error::Kind::protocol, "offset: empty");
//     return Offset{1};
//   }
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/bytes.hpp"

namespace replserver {

struct Error {
  enum class Kind { command, protocol, corrupt, io, config };  // whose fault: client, peer, data, …

  Kind kind;
  Bytes text;  // what a client is told (with its code: "ERR …"), or what the log says

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Error::Kind kind, Bytes text) {
  return tl::unexpected<Error>(Error{kind, std::move(text)});
}

}  // namespace replserver
