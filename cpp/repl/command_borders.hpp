// CommandBorders — where in a stream of bytes one command ends and the next one begins.
//
//   "*2\r\n"  "$4\r\n" ECHO "\r\n"  "$5\r\n" hello "\r\n"      or a line of words
//
// For whoever watches bytes that go by: it keeps a command's first words, clipped, and nothing else.
// (resp::Parser wants all of a command in one place.) What is no command never ends. A value: a copy
// may look ahead.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace replserver {

class CommandBorders {
 public:
  static constexpr std::size_t kWordsKept = 4;
  static constexpr std::size_t kWordKept = 64;

  // Takes from the front of `bytes`, up to the end of a command at most; returns how many.
  std::size_t take(ByteView bytes);

  bool at_border() const { return whole_ || part_ == Part::start; }
  // The last take() has ended a command, of which this is known; none: it had no words.
  bool is_whole() const { return whole_; }
  const Words& words() const { return words_; }
  std::size_t size() const { return size_; }  // of it, as far as it has come

 private:
  enum class Part : std::uint8_t { start, count, size, word, line, lost };

  void step(ByteView& bytes);
  bool take_line(ByteView& bytes);  // true: line_ is whole
  void read_count();
  void read_size();
  void take_word(ByteView& bytes);

  Part part_ = Part::start;
  bool whole_ = false;
  std::size_t size_ = 0;
  Bytes line_;  // as far as it has come, clipped
  std::uint64_t words_left_ = 0, words_seen_ = 0;
  std::uint64_t word_left_ = 0;  // of the word that goes by, its line end included
  Words words_;
};

}  // namespace replserver
