#include "resp/request.hpp"

#include "base/numbers.hpp"

namespace replserver {
namespace {

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

}  // namespace replserver
