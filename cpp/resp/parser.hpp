// Parser — splits what a client sends into commands: RESP multibulk, or a line of words.
//
// The bytes stay where the caller has them: next() is given everything from the first byte of the
// command that is being read, and its words are views into that. When a command is not complete
// yet, the caller keeps the bytes and calls again with more behind them; the parser remembers how
// far it looked, so that a 512 MB bulk in small pieces is looked at once.
//
// The result does not depend on how the bytes were cut. After an error nothing more can be read
// from this client: it is told, and closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace replserver::resp {

struct ParserLimits {
  std::size_t bulk_max = 512u << 20;    // proto-max-bulk-len
  std::size_t inline_max = 64 * 1024;   // longest line without its end, also of a RESP header
  std::int64_t words_max = 2147483647;  // of one command
  // A client that has not authenticated gets 10 words and bulks of 16 KiB.
  bool authenticated = true;
};

class Parser {
 public:
  enum class Status { command, incomplete, error };

  struct Command {
    std::size_t size = 0;     // bytes of the input that it took, its line ends included
    bool is_inline = false;   // a line of words
    bool is_verbatim = true;  // its usual RESP form: the bytes may be passed on as they are
  };

  // Reads one command from the front of `bytes`, appending its words to `words`: views into
  // `bytes`, or, for an inline command with quotes, into this parser, valid until the next call.
  // `command.size` may come with no words at all (an empty line, "*0"): nothing is to be executed.
  Status next(ByteView bytes, const ParserLimits& limits, std::vector<ByteView>& words,
              Command& command);

  const Error& error() const { return error_; }  // "ERR Protocol error: …", ready to be sent
  // At least this many bytes are missing from an incomplete command: room worth reserving at once.
  std::size_t missing() const { return missing_; }

 private:
  enum class Line { whole, incomplete, too_long };

  struct Word {
    std::size_t offset, size;
  };

  Status fail(ByteView text);
  Status incomplete(std::size_t missing);
  Status finish(Command& command);
  Status next_multibulk(ByteView bytes, const ParserLimits& limits, std::vector<ByteView>& words,
                        Command& command);
  std::optional<Status> read_count(ByteView bytes, const ParserLimits& limits, Command& command);
  std::optional<Status> read_bulk_length(ByteView bytes, const ParserLimits& limits);
  Status next_inline(ByteView bytes, const ParserLimits& limits, std::vector<ByteView>& words,
                     Command& command);
  Line find_line_end(ByteView bytes, const ParserLimits& limits, char end);

  // Of the incomplete command only; empty otherwise.
  std::vector<Word> seen_;
  std::size_t scanned_ = 0;          // bytes already understood
  std::size_t line_end_ = 0;         // no line's end before it, from scanned_ on
  std::int64_t remaining_ = 0;       // words still to come; 0: the header is still to come
  std::optional<std::size_t> bulk_;  // length of the word being received
  bool is_verbatim_ = true;          // so far
  std::size_t missing_ = 0;

  Words unquoted_;  // words of the last inline command that had quotes
  Error error_{Error::Kind::protocol, {}};
};

// Words of a line in quotes, as clients and redis.conf write them: "a\x00\n" 'b' c. Empty: unbalanced.
std::optional<Words> split_words(ByteView line);

}  // namespace replserver::resp
