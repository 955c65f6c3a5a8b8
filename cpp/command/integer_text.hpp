// IntegerText — an integer as a word of a command, without an allocation. Lives as long as the
// expression it is made in, or as its name.
#pragma once

#include "base/bytes.hpp"
#include "base/numbers.hpp"

namespace replserver {

class IntegerText {
 public:
  explicit IntegerText(std::int64_t value) : size_(format_integer(value, text_)) {}
  operator ByteView() const { return ByteView(text_, size_); }

 private:
  char text_[kIntegerTextMax];
  std::size_t size_;
};

}  // namespace replserver
