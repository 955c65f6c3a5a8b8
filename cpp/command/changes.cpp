#include "command/changes.hpp"

#include "base/numbers.hpp"

namespace replserver {
namespace {

// What one large transaction left behind is not kept for ever.
constexpr std::size_t kKeptCapacity = 1u << 20;

void append_header(Bytes& out, char kind, std::size_t number) {
  char text[1 + kIntegerTextMax + 2];
  text[0] = kind;
  std::size_t size = 1 + format_unsigned(number, text + 1);
  text[size++] = '\r';
  text[size++] = '\n';
  out.append(text, size);
}

template <class Sequence>
void append_words(Bytes& out, const Sequence& words) {
  append_header(out, '*', words.size());
  for (const ByteView word : words) {
    append_header(out, '$', word.size());
    out.append(word);
    out.append("\r\n", 2);
  }
}

}  // namespace

void append_command(Bytes& out, std::initializer_list<ByteView> words) { append_words(out, words); }

void append_command(Bytes& out, std::span<const ByteView> words) { append_words(out, words); }

void Changes::add(int db, std::initializer_list<ByteView> words) {
  if (!recording_) return;
  const std::size_t begin = bytes_.size();
  append_words(bytes_, words);
  pieces_.push_back({db, begin, bytes_.size()});
}

void Changes::add(int db, std::span<const ByteView> words) {
  if (!recording_) return;
  const std::size_t begin = bytes_.size();
  append_words(bytes_, words);
  pieces_.push_back({db, begin, bytes_.size()});
}

void Changes::add_raw(int db, ByteView encoded) {
  if (!recording_) return;
  const std::size_t begin = bytes_.size();
  bytes_.append(encoded);
  pieces_.push_back({db, begin, bytes_.size()});
}

void Changes::add_removed(int db, std::initializer_list<ByteView> words) {
  if (!recording_) return;
  const std::size_t begin = bytes_.size();
  append_words(bytes_, words);
  removed_.push_back({db, begin, bytes_.size()});
}

void Changes::clear() {
  pieces_.clear();
  removed_.clear();
  if (bytes_.capacity() > kKeptCapacity) {
    Bytes().swap(bytes_);
  } else {
    bytes_.clear();
  }
}

}  // namespace replserver
