// OptionReader — the optional words behind a command's fixed arguments, read one option at a time.
//
//   OptionReader options(args, 3);
//   while (options.next()) {
//     if (options.is("REPLACE")) replace = true;
//     else if (options.is("DB", word)) target = word;      // takes the word behind it too
//     else options.refuse();
//   }
//   if (options.refused()) return context.reply.error(options.error());
//
// The first error stays and ends the reading, so that it is checked once. Views into the arguments.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "command/command.hpp"
#include "command/context.hpp"

namespace replserver {

// A count that may be negative must have a positive counterpart.
inline constexpr ByteView kNotSymmetric =
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";

class OptionReader {
 public:
  OptionReader(Args args, std::size_t first) : args_(args), next_(first) {}

  bool next() {
    at_ = next_++;
    return error_.empty() && at_ < args_.size();
  }

  ByteView word() const { return args_[at_]; }
  bool is(ByteView name) const { return equal_ignoring_case(word(), name); }
  // An option that has an argument. Without one it is no such option: a syntax error, as in Redis.
  bool is(ByteView name, ByteView& argument) {
    if (!is(name) || next_ >= args_.size()) return false;
    argument = args_[next_++];
    return true;
  }
  bool is(ByteView name, std::int64_t& argument) {
    ByteView text;
    if (!is(name, text)) return false;
    const auto value = parse_integer(text);
    if (value) {
      argument = *value;
    } else {
      refuse(kNotInteger);
    }
    return true;
  }

  void refuse(ByteView error = kSyntaxError) {
    if (error_.empty()) error_ = error;
  }
  bool refused() const { return !error_.empty(); }
  const Bytes& error() const { return error_; }

 private:
  Args args_;
  std::size_t at_ = 0;
  std::size_t next_;
  Bytes error_;
};

}  // namespace replserver
