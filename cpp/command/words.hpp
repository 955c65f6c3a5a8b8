// Lists of words in tables: "get mget strlen", parted by single blanks.
#pragma once

#include "base/bytes.hpp"

namespace replserver {

// Takes the first word off; empty when there are no more.
inline ByteView take_word(ByteView& list) {
  const ByteView word = list.substr(0, list.find(' '));
  list.remove_prefix(word.size() < list.size() ? word.size() + 1 : word.size());
  return word;
}

inline bool has_word(ByteView list, ByteView word) {
  while (!list.empty()) {
    if (take_word(list) == word) return true;
  }
  return false;
}

}  // namespace replserver
