// Replies — reads the replies of one connection, counts them and looks at what they say.
//
// A reply of the shape its request promises is one comparison of a few bytes and a step over the
// rest; all others are walked value by value, however they are cut in pieces. Every 64th value is
// held against the key it was asked for, byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "loadgen_tape.hpp"

namespace loadgen {

struct ReplyCounts {
  std::uint64_t replies = 0;
  std::uint64_t errors = 0;   // replies that begin with '-'
  std::uint64_t misses = 0;   // nulls
  std::uint64_t wrong = 0;    // of another shape than promised, or with another value
  std::uint64_t sampled = 0;  // values held against their key
  std::string first_error;
};

class Replies {
 public:
  explicit Replies(const Script& script) : script_(&script) {}

  // A batch of `count` requests of `tape` is about to be sent.
  void expect(std::size_t count) {
    count_ = count;
    index_ = 0;
  }
  bool complete() const { return index_ == count_; }

  // Takes what it can from the front of `bytes` and says how much that was; the rest, less than a
  // line, comes again with more behind it. Throws std::runtime_error for what is not RESP.
  std::size_t read(std::string_view bytes, const Tape& tape, ReplyCounts& counts);

 private:
  static constexpr std::size_t kSampleEvery = 64;  // a power of two

  bool read_promised(std::string_view& bytes, const Tape& tape, ReplyCounts& counts);
  bool read_other(std::string_view& bytes, const Tape& tape, ReplyCounts& counts);
  void judge(std::string_view line, const ReplyShape& shape, ReplyCounts& counts) const;
  void finish(ReplyCounts& counts);

  const Script* script_;
  std::size_t count_ = 0;
  std::size_t index_ = 0;      // of the request whose reply comes next
  std::size_t body_left_ = 0;  // bytes of a bulk still to come
  std::size_t open_ = 0;       // values still to come inside the current reply
};

}  // namespace loadgen
