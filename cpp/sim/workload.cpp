#include "sim/workload.hpp"

namespace replserver::sim {
namespace {

constexpr std::uint64_t kKeys = 12;  // of each type

// Draws the words of one command, in the order in which they are asked for.
class Draw {
 public:
  explicit Draw(Random& random) : random_(random) {}

  Bytes number(std::uint64_t limit) { return std::to_string(random_.below(limit)); }
  Bytes key(char type) { return type + number(kKeys); }
  Bytes any_key() { return key("snltzhx"[random_.below(7)]); }
  Bytes text(char byte, std::uint64_t limit) { return Bytes(random_.below(limit), byte); }
  Bytes lifetime_ms() { return std::to_string(1 + random_.below(4000)); }

 private:
  Random& random_;
};

Words some_string_write(std::uint64_t kind, Draw& draw) {
  switch (kind) {
    case 0:
      return {"SET", draw.key('s'), draw.number(1000)};
    case 1:
      return {"SET", draw.key('s'), draw.number(1000), "PX", draw.lifetime_ms()};
    case 2:
      return {"APPEND", draw.key('s'), draw.text('x', 40)};
    case 3:
      return {"INCRBY", draw.key('n'), draw.number(1000)};
    case 4:
      return {"INCRBYFLOAT", draw.key('n'), "0.5"};
    case 5:
      return {"GETEX", draw.key('s'), "PX", draw.lifetime_ms()};
    case 6:
      return {"RENAME", draw.key('s'), draw.key('s')};
    case 7:
      return {"COPY", draw.key('s'), draw.key('s'), "DB", draw.number(3), "REPLACE"};
    default:
      return {"SET", "big" + draw.number(4), draw.text('y', 5000)};
  }
}

Words some_collection_write(std::uint64_t kind, Draw& draw) {
  switch (kind) {
    case 0:
      return {"RPUSH", draw.key('l'), "a", "b", draw.number(100)};
    case 1:
      return {"LPOP", draw.key('l')};
    case 2:
      return {"LMOVE", draw.key('l'), draw.key('l'), "LEFT", "RIGHT"};
    case 3:
      return {"SADD", draw.key('t'), draw.number(50), "m" + draw.number(50)};
    case 4:
      return {"SPOP", draw.key('t')};
    case 5:
      return {"ZADD", draw.key('z'), draw.number(100), "m" + draw.number(20)};
    case 6:
      return {"ZPOPMIN", draw.key('z')};
    case 7:
      return {"HSET", draw.key('h'), "f" + draw.number(20), draw.number(1000)};
    case 8:
      return {"HINCRBYFLOAT", draw.key('h'), "f" + draw.number(20), "1.5"};
    case 9:
      return {"XADD", draw.key('x'), "MAXLEN", "~", "50", "*", "f", draw.number(1000)};
    case 10:
      return {"XGROUP", "CREATE", draw.key('x'), "g", "0"};
    case 11:
      return {"XREADGROUP", "GROUP", "g", "me", "COUNT", "2", "STREAMS", draw.key('x'), ">"};
    default:
      return {"PFADD", draw.key('p'), draw.number(10000)};
  }
}

}  // namespace

Words some_write(Random& random) {
  constexpr std::uint64_t kStrings = 9, kCollections = 13, kAny = 2;
  Draw draw(random);
  const std::uint64_t kind = random.below(kStrings + kCollections + kAny);
  if (kind < kStrings) return some_string_write(kind, draw);
  if (kind < kStrings + kCollections) return some_collection_write(kind - kStrings, draw);
  if (kind == kStrings + kCollections) return {"PEXPIRE", draw.any_key(), draw.lifetime_ms()};
  return {"DEL", draw.any_key()};
}

}  // namespace replserver::sim
