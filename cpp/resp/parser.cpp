#include "resp/parser.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "base/numbers.hpp"

namespace replserver::resp {
namespace {

constexpr std::int64_t kUnauthenticatedWords = 10;
constexpr std::int64_t kUnauthenticatedBulk = 16 * 1024;
// A parser that has read a command of more words than this gives the memory back.
constexpr std::size_t kWordsKept = 1024;

// A length in its usual form: up to eight digits, no leading zero, "\r\n". Advances `at` behind it;
// -1 leaves the judgement to the careful reader.
inline std::int64_t usual_length(const char*& at, const char* end) {
  if (end - at < 12) [[unlikely]]
    return -1;
  const unsigned first = static_cast<unsigned char>(at[0]) - unsigned{'0'};
  if (first > 9) [[unlikely]]
    return -1;
  if (at[1] == '\r') [[likely]] {
    if (at[2] != '\n') [[unlikely]]
      return -1;
    at += 3;
    return first;
  }
  if (first == 0) return -1;
  std::int64_t length = first;
  for (std::size_t index = 1; index <= 8; ++index) {
    const unsigned digit = static_cast<unsigned char>(at[index]) - unsigned{'0'};
    if (digit <= 9) {
      length = length * 10 + digit;
      continue;
    }
    if (at[index] != '\r' || at[index + 1] != '\n') return -1;
    at += index + 2;
    return length;
  }
  return -1;
}

// The same near the end of the input, where only one digit can be that of a whole word.
inline std::int64_t short_length(const char*& at, const char* end) {
  if (end - at < 5 || at[0] < '0' || at[0] > '9' || at[1] != '\r' || at[2] != '\n') return -1;
  at += 3;
  return at[-3] - '0';
}

// The common case: one whole command in its usual form, at the front of the bytes. Returns its
// size; 0 and no words for everything else, errors included. Nearly every call ends here.
std::size_t read_usual_command(ByteView bytes, const ParserLimits& limits,
                               std::vector<ByteView>& words) {
  const std::size_t words_before = words.size();
  const char* at = bytes.data() + 1;
  const char* const end = bytes.data() + bytes.size();
  const std::int64_t count = usual_length(at, end);
  if (count <= 0 || count > limits.words_max || !limits.authenticated) return 0;

  for (std::int64_t index = 0; index < count; ++index) {
    if (at == end || *at != '$') break;
    ++at;
    const std::int64_t length = end - at >= 12 ? usual_length(at, end) : short_length(at, end);
    if (length < 0 || static_cast<std::size_t>(length) > limits.bulk_max) break;
    if (end - at < length + 2) break;
    if (at[length] != '\r' || at[length + 1] != '\n') break;
    words.emplace_back(at, static_cast<std::size_t>(length));
    at += length + 2;
  }
  if (words.size() - words_before == static_cast<std::size_t>(count)) [[likely]] {
    return static_cast<std::size_t>(at - bytes.data());
  }
  words.resize(words_before);
  return 0;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Within a word, vertical tab and form feed are letters; between words they are spaces.
bool ends_word(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_words_without_quotes(ByteView line, std::vector<ByteView>& words) {
  std::size_t at = 0;
  for (;;) {
    while (at < line.size() && is_space(line[at])) ++at;
    if (at == line.size()) return;
    const std::size_t begin = at;
    while (at < line.size() && !ends_word(line[at])) ++at;
    words.push_back(line.substr(begin, at - begin));
  }
}

// Behind an opening double quote: appends up to the closing one and steps behind it.
bool read_double_quoted(ByteView line, std::size_t& at, Bytes& word) {
  while (at < line.size()) {
    const char c = line[at++];
    if (c == '"') return at == line.size() || is_space(line[at]);
    if (c != '\\' || at == line.size()) {
      word += c;
      continue;
    }
    const char escaped = line[at++];
    if (escaped == 'x' && line.size() - at >= 2 && hex_value(line[at]) >= 0 &&
        hex_value(line[at + 1]) >= 0) {
      word += static_cast<char>(hex_value(line[at]) * 16 + hex_value(line[at + 1]));
      at += 2;
      continue;
    }
    constexpr ByteView names = "nrtba";
    constexpr ByteView values = "\n\r\t\b\a";
    const std::size_t known = names.find(escaped);
    word += known == ByteView::npos ? escaped : values[known];
  }
  return false;
}

// The same behind a single quote, where only the quote itself can be escaped.
bool read_single_quoted(ByteView line, std::size_t& at, Bytes& word) {
  while (at < line.size()) {
    const char c = line[at++];
    if (c == '\'') return at == line.size() || is_space(line[at]);
    if (c == '\\' && at < line.size() && line[at] == '\'') {
      word += '\'';
      ++at;
    } else {
      word += c;
    }
  }
  return false;
}

}  // namespace

Parser::Status Parser::next(ByteView bytes, const ParserLimits& limits,
                            std::vector<ByteView>& words, Command& command) {
  if (bytes.empty()) return incomplete(1);
  if (bytes.front() != '*') return next_inline(bytes, limits, words, command);

  if (scanned_ == 0) [[likely]] {
    if (const std::size_t size = read_usual_command(bytes, limits, words)) [[likely]] {
      command = {size, false, true};
      line_end_ = 0;
      return Status::command;
    }
  }
  return next_multibulk(bytes, limits, words, command);
}

Parser::Status Parser::next_multibulk(ByteView bytes, const ParserLimits& limits,
                                      std::vector<ByteView>& words, Command& command) {
  RS_ASSERT(bytes.size() >= scanned_);
  if (remaining_ == 0) {
    if (const auto status = read_count(bytes, limits, command)) return *status;
  }
  while (remaining_ > 0) {
    if (!bulk_) {
      if (const auto status = read_bulk_length(bytes, limits)) return *status;
    }
    const std::size_t wanted = *bulk_ + 2;
    const std::size_t available = bytes.size() - scanned_;
    if (available < wanted) return incomplete(wanted - available);
    // What ends a word is skipped unseen, as in Redis.
    if (bytes.substr(scanned_ + *bulk_, 2) != "\r\n") is_verbatim_ = false;
    seen_.push_back({scanned_, *bulk_});
    scanned_ += wanted;
    bulk_.reset();
    --remaining_;
  }
  words.reserve(words.size() + seen_.size());
  for (const Word& word : seen_) words.push_back(bytes.substr(word.offset, word.size));
  return finish(command);
}

// The header "*3\r\n". Nothing: go on with the words.
std::optional<Parser::Status> Parser::read_count(ByteView bytes, const ParserLimits& limits,
                                                 Command& command) {
  switch (find_line_end(bytes, limits, '\r')) {
    case Line::too_long:
      return fail("too big mbulk count string");
    case Line::incomplete:
      return incomplete(1);
    case Line::whole:
      break;
  }
  const auto count = parse_integer(bytes.substr(1, line_end_ - 1));
  if (!count || *count > limits.words_max) return fail("invalid multibulk length");
  if (*count > kUnauthenticatedWords && !limits.authenticated) {
    return fail("unauthenticated multibulk length");
  }
  is_verbatim_ = bytes[line_end_ + 1] == '\n';
  scanned_ = line_end_ + 2;
  if (*count <= 0) return finish(command);
  remaining_ = *count;
  return std::nullopt;
}

// The header "$5\r\n" of the word at scanned_. Nothing: bulk_ is known.
std::optional<Parser::Status> Parser::read_bulk_length(ByteView bytes, const ParserLimits& limits) {
  switch (find_line_end(bytes, limits, '\r')) {
    case Line::too_long:
      return fail("too big bulk count string");
    case Line::incomplete:
      return incomplete(1);
    case Line::whole:
      break;
  }
  if (bytes[scanned_] != '$') {
    return fail(Bytes("expected '$', got '") + bytes[scanned_] + "'");
  }
  const auto length = parse_integer(bytes.substr(scanned_ + 1, line_end_ - scanned_ - 1));
  if (!length || *length < 0 || static_cast<std::uint64_t>(*length) > limits.bulk_max) {
    return fail("invalid bulk length");
  }
  if (*length > kUnauthenticatedBulk && !limits.authenticated) {
    return fail("unauthenticated bulk length");
  }
  if (bytes[line_end_ + 1] != '\n') is_verbatim_ = false;
  scanned_ = line_end_ + 2;
  bulk_ = static_cast<std::size_t>(*length);
  return std::nullopt;
}

Parser::Status Parser::next_inline(ByteView bytes, const ParserLimits& limits,
                                   std::vector<ByteView>& words, Command& command) {
  switch (find_line_end(bytes, limits, '\n')) {
    case Line::too_long:
      return fail("too big inline request");
    case Line::incomplete:
      return incomplete(1);
    case Line::whole:
      break;
  }
  ByteView line = bytes.substr(0, line_end_);
  if (line.ends_with('\r')) line.remove_suffix(1);

  if (line.find('"') == ByteView::npos && line.find('\'') == ByteView::npos) {
    append_words_without_quotes(line, words);
  } else {
    auto split = split_words(line);
    if (!split) return fail("unbalanced quotes in request");
    unquoted_ = *std::move(split);
    words.insert(words.end(), unquoted_.begin(), unquoted_.end());
  }
  scanned_ = line_end_ + 1;
  is_verbatim_ = false;
  finish(command);
  command.is_inline = true;
  return Status::command;
}

// Sets line_end_ to the end of the line at scanned_; behind a '\r' one more byte must be there. A
// line that is too long is so however much of it has arrived.
Parser::Line Parser::find_line_end(ByteView bytes, const ParserLimits& limits, char end) {
  const std::size_t from = std::max(scanned_, line_end_);
  const std::size_t to = std::min(bytes.size(), scanned_ + limits.inline_max + 1);
  const void* const found = from < to ? std::memchr(bytes.data() + from, end, to - from) : nullptr;
  if (found == nullptr) {
    line_end_ = to;
    return to == scanned_ + limits.inline_max + 1 ? Line::too_long : Line::incomplete;
  }
  line_end_ = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
  if (end == '\r' && line_end_ + 1 == bytes.size()) return Line::incomplete;
  return Line::whole;
}

Parser::Status Parser::fail(ByteView text) {
  error_.text = Bytes("ERR Protocol error: ").append(text);
  return Status::error;
}

Parser::Status Parser::incomplete(std::size_t missing) {
  missing_ = missing;
  return Status::incomplete;
}

Parser::Status Parser::finish(Command& command) {
  command = {scanned_, false, is_verbatim_};
  if (seen_.capacity() > kWordsKept) seen_ = std::vector<Word>();
  seen_.clear();
  scanned_ = line_end_ = 0;
  is_verbatim_ = true;
  return Status::command;
}

std::optional<Words> split_words(ByteView line) {
  Words words;
  std::size_t at = 0;
  for (;;) {
    while (at < line.size() && is_space(line[at])) ++at;
    if (at == line.size()) return words;

    // A quote may open within a word; only a space may follow the closing one.
    Bytes& word = words.emplace_back();
    while (at < line.size() && !ends_word(line[at])) {
      const char c = line[at++];
      if (c == '"') {
        if (!read_double_quoted(line, at, word)) return std::nullopt;
        break;
      }
      if (c == '\'') {
        if (!read_single_quoted(line, at, word)) return std::nullopt;
        break;
      }
      word += c;
    }
  }
}

}  // namespace replserver::resp
