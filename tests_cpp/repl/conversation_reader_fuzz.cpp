// Any two streams of bytes, whole and in pieces, lead to the same place; and it takes all it is given.
#include <cstdint>
#include <cstdlib>

#include "base/random.hpp"
#include "repl/link_carrier.hpp"

namespace {

using namespace replserver;

ConversationReader read(ByteView talk, const Cut& cut) {
  ConversationReader reader;
  LinkWay way = LinkWay::up;
  // A byte of 0 turns the direction round.
  while (!talk.empty()) {
    ByteView part = talk.substr(0, talk.find('\0'));
    talk.remove_prefix(std::min(talk.size(), part.size() + 1));
    while (!part.empty()) {
      const std::size_t taken = reader.read(way, part.substr(0, cut()));
      if (taken == 0) std::abort();
      part.remove_prefix(taken);
    }
    way = way == LinkWay::up ? LinkWay::down : LinkWay::up;
  }
  return reader;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  Random random(data[0]);
  const ByteView talk(reinterpret_cast<const char*>(data + 1), size - 1);
  const ConversationReader bytewise_reader = read(talk, bytewise);
  const ConversationReader pieces = read(talk, [&] { return 1 + random.below(20); });
  // A payload that ends with a mark is the last that is sent before an answer: only then is it found.
  if (pieces.is_marked_payload() || bytewise_reader.is_marked_payload()) return 0;
  if (pieces.phase() != bytewise_reader.phase()) std::abort();
  if (pieces.offset() != bytewise_reader.offset()) std::abort();
  if (pieces.acknowledged() != bytewise_reader.acknowledged()) std::abort();
  return 0;
}
