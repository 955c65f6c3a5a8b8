#include "repl/command_borders.hpp"

#include <algorithm>

#include "base/numbers.hpp"
#include "resp/parser.hpp"

namespace replserver {
namespace {

constexpr std::size_t kLineKept = 256;
constexpr ByteView kLineEnd = "\r\n";

}  // namespace

std::size_t CommandBorders::take(ByteView bytes) {
  if (whole_ && !bytes.empty()) *this = CommandBorders();
  const std::size_t before = bytes.size();
  while (!bytes.empty() && !whole_) {
    const std::size_t left = bytes.size();
    step(bytes);
    size_ += left - bytes.size();
  }
  return before - bytes.size();
}

void CommandBorders::step(ByteView& bytes) {
  switch (part_) {
    case Part::start:
      part_ = bytes.front() == '*' ? Part::count : Part::line;
      return;
    case Part::count:
      if (take_line(bytes)) read_count();
      return;
    case Part::size:
      if (take_line(bytes)) read_size();
      return;
    case Part::word:
      return take_word(bytes);
    case Part::line:
      if (!take_line(bytes)) return;
      whole_ = true;
      if (auto words = resp::split_words(line_)) words_ = std::move(*words);
      words_.resize(std::min(words_.size(), kWordsKept));
      return;
    case Part::lost:
      bytes = {};
      return;
  }
}

bool CommandBorders::take_line(ByteView& bytes) {
  const std::size_t end = bytes.find('\n');
  const bool is_whole = end != ByteView::npos;
  const ByteView part = bytes.substr(0, end);
  line_ += part.substr(0, kLineKept - line_.size());
  bytes.remove_prefix(is_whole ? end + 1 : bytes.size());
  if (is_whole && line_.ends_with('\r')) line_.pop_back();
  return is_whole;
}

void CommandBorders::read_count() {
  const auto count = parse_integer(ByteView(line_).substr(1));
  line_.clear();
  if (!count) {
    part_ = Part::lost;
  } else if (*count <= 0) {
    whole_ = true;  // nothing is to be executed
  } else {
    words_left_ = static_cast<std::uint64_t>(*count);
    part_ = Part::size;
  }
}

void CommandBorders::read_size() {
  const bool announced = line_.starts_with('$');
  const auto size = parse_integer(ByteView(line_).substr(announced ? 1 : 0));
  line_.clear();
  if (!announced || !size || *size < 0) {
    part_ = Part::lost;
    return;
  }
  word_left_ = static_cast<std::uint64_t>(*size) + kLineEnd.size();
  if (++words_seen_ <= kWordsKept) words_.emplace_back();
  part_ = Part::word;
  --words_left_;
}

void CommandBorders::take_word(ByteView& bytes) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(word_left_, bytes.size()));
  const auto of_word = word_left_ - std::min<std::uint64_t>(word_left_, kLineEnd.size());
  if (words_seen_ <= kWordsKept) {
    Bytes& word = words_.back();
    word += bytes.substr(
        0, std::min({size, static_cast<std::size_t>(of_word), kWordKept - word.size()}));
  }
  bytes.remove_prefix(size);
  word_left_ -= size;
  if (word_left_ > 0) return;
  part_ = Part::size;
  whole_ = words_left_ == 0;
}

}  // namespace replserver
