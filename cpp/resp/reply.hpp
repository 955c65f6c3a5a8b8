// Reply — what a server answered, as a value: a tree in RESP3's terms, which hold RESP2's as well.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "base/bytes.hpp"

namespace replserver::resp {

struct Reply {
  struct Nil {};  // also RESP2's $-1 and *-1
  struct Bulk {
    Bytes bytes;
  };
  struct Simple {
    Bytes text;
  };
  struct Failure {
    Bytes text;  // "ERR syntax error"
  };
  struct BigNumber {
    Bytes digits;
  };
  struct Verbatim {
    Bytes format;  // three letters
    Bytes text;
  };
  struct Array {
    std::vector<Reply> elements;
  };
  struct Set {
    std::vector<Reply> elements;
  };
  struct Map {
    std::vector<Reply> elements;  // key, value, key, value …
  };
  struct Push {
    std::vector<Reply> elements;
  };

  std::variant<Nil, bool, std::int64_t, double, Bulk, Simple, Failure, BigNumber, Verbatim, Array,
               Set, Map, Push>
      value;

  bool is_nil() const { return std::holds_alternative<Nil>(value); }
  bool is_failure() const { return std::holds_alternative<Failure>(value); }
  ByteView text() const;                       // of whatever has one; else empty
  const std::vector<Reply>* elements() const;  // of an aggregate; else none
};

// The same tree; a NaN is the same as another.
bool operator==(const Reply& left, const Reply& right);

}  // namespace replserver::resp
