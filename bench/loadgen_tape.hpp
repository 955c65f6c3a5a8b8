// The requests: what is asked, and the bytes that ask it.
//
//   "SET key:__rand__ __data__"  --Script-->  *3 $3 SET $16 key:000000000000 $64 000000000000abc…
//                                                             ^ patched          ^ patched
//
// A Script is the parsed command templates, shared by all connections. A Tape is one connection's
// copy of the rendered bytes, as many requests as a batch has; between two sends only the digits
// change, which costs a few nanoseconds per request. A value begins with the digits of its
// request's first number, so a GET's reply can be held against the key that was asked for: the
// tape still has that key until the next batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace loadgen {

// SplitMix64: the same seed asks for the same keys everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t limit) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * limit) >> 64);
  }

 private:
  std::uint64_t state_;
};

// Where the numbers of keys come from: drawn below `keys`, or counted up.
struct Numbers {
  Random random{1};
  std::uint64_t keys = 1;
  std::uint64_t next_in_sequence = 0;
};

// `width` decimal digits with leading zeros; higher digits are cut off.
void write_digits(char* at, std::size_t width, std::uint64_t number);

// What the reply to a request looks like when all is well.
struct ReplyShape {
  enum class Kind { any, literal, value, integer };

  Kind kind = Kind::any;
  std::string head;      // literal: the whole reply; value: "$64\r\n"
  std::size_t size = 0;  // of the whole reply; 0 where it varies
};

struct Request {
  enum class Number { drawn, counted, copied };  // copied: the request's first number once more
  struct Patch {
    std::size_t offset;
    Number number;
  };

  std::string bytes;
  std::vector<Patch> patches;
  ReplyShape shape;
};

class Script {
 public:
  // A template is a name (SET GET INCR PING MIX) or a command line with __rand__, __seq__ and
  // __data__ in it; several are asked in turn. Throws std::invalid_argument.
  Script(const std::vector<std::string>& templates, std::size_t digits, std::size_t value_size);

  const std::vector<Request>& requests() const { return requests_; }
  std::size_t digits() const { return digits_; }
  // The bulk string a SET of `number` wrote, from its digits to the end.
  bool is_value_of(std::string_view value, std::string_view number_digits) const;

 private:
  void add(std::string_view line);
  void append_word(Request& request, std::string_view word) const;

  std::size_t digits_;
  std::string value_;
  bool value_holds_digits_;
  std::vector<Request> requests_;
};

class Tape {
 public:
  Tape(const Script& script, std::size_t batch_size);

  // The bytes of the next `count` (at most batch_size) requests; valid until the next call.
  std::string_view next(std::size_t count, Numbers& numbers);

  // Of the i-th request of that batch.
  const ReplyShape& shape(std::size_t i) const { return *shapes_[start_ + i]; }
  std::string_view number_digits(std::size_t i) const;

 private:
  struct Slot {
    std::size_t begin, end;
    const Request* request;
  };

  std::size_t digits_;
  std::size_t batch_size_;
  std::string bytes_;
  std::vector<Slot> slots_;  // a whole number of batches, and of turns through the script
  std::vector<const ReplyShape*> shapes_;
  std::size_t start_ = 0;       // the current batch's first slot
  std::size_t next_start_ = 0;  // the next one's
};

}  // namespace loadgen
