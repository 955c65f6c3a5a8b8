#include "node/slowlog.hpp"

namespace replserver {
namespace {

constexpr std::size_t kWordsMax = 32;
constexpr std::size_t kWordSizeMax = 128;

Bytes shortened(ByteView word) {
  if (word.size() <= kWordSizeMax) return Bytes(word);
  return Bytes(word.substr(0, kWordSizeMax)) + "... (" +
         std::to_string(word.size() - kWordSizeMax) + " more bytes)";
}

// A command of a million words must not stay in memory for being slow.
Words shortened(Args words) {
  const bool too_many = words.size() > kWordsMax;
  const std::size_t kept = too_many ? kWordsMax - 1 : words.size();
  Words out;
  out.reserve(kept + 1);
  for (const ByteView word : words.first(kept)) out.push_back(shortened(word));
  if (too_many) out.push_back("... (" + std::to_string(words.size() - kept) + " more arguments)");
  return out;
}

}  // namespace

void Slowlog::add(Args words, std::int64_t unix_time, std::int64_t microseconds,
                  const Bytes& address, const Bytes& client_name, std::size_t length_max) {
  entries_.push_front(
      {next_id_++, unix_time, microseconds, shortened(words), address, client_name});
  limit(length_max);
}

void Slowlog::limit(std::size_t length_max) {
  while (entries_.size() > length_max) entries_.pop_back();
}

}  // namespace replserver
