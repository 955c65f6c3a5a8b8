#include "repl/wire.hpp"

#include "base/numbers.hpp"

namespace replserver::wire {
namespace {

constexpr ByteView kFullResync = "+FULLRESYNC";
constexpr ByteView kContinue = "+CONTINUE";

bool starts_with_word(ByteView line, ByteView word) {
  return line.starts_with(word) && (line.size() == word.size() || line[word.size()] == ' ');
}

ByteView take_word(ByteView& rest) {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  const ByteView word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

}  // namespace

Bytes next_byte(Offset offset) { return std::to_string(offset + 1); }

std::optional<Position> read_request(ByteView id, ByteView next_byte) {
  const auto number = parse_integer(next_byte);
  if (!number || *number < 1) return std::nullopt;
  return Position{HistoryId(id), static_cast<Offset>(*number) - 1};
}

Bytes full_resync(const Position& position) {
  return Bytes(kFullResync) + " " + position.history + " " + std::to_string(position.offset) +
         "\r\n";
}

bool is_full_resync(ByteView line) { return starts_with_word(line, kFullResync); }

std::optional<Position> read_full_resync(ByteView line) {
  ByteView rest = line.substr(kFullResync.size());
  const ByteView id = take_word(rest);
  const auto offset = parse_integer(take_word(rest));
  if (id.size() != kHistoryIdSize || !offset || *offset < 0) return std::nullopt;
  return Position{HistoryId(id), static_cast<Offset>(*offset)};
}

Bytes continues(ByteView id) {
  return id.empty() ? Bytes(kContinue) + "\r\n" : Bytes(kContinue) + " " + Bytes(id) + "\r\n";
}

bool is_continue(ByteView line) { return starts_with_word(line, kContinue); }

std::optional<HistoryId> read_continue(ByteView line) {
  ByteView rest = line.substr(kContinue.size());
  const ByteView id = take_word(rest);
  if (id.size() != kHistoryIdSize) return std::nullopt;
  return HistoryId(id);
}

}  // namespace replserver::wire
