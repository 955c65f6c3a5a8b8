// Whatever a primary says, before its stream and in it, a replica stays whole; and it becomes the
// same one whatever pieces the words came in.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "node/node.hpp"
#include "resp/request.hpp"

namespace replserver {
namespace {

constexpr Now kNow{Instant(seconds(1000)), WallTime(seconds(1'700'000'000))};

Config small_config() {
  Config config;
  const auto assign = [&](std::initializer_list<ByteView> line) {
    const std::vector<ByteView> words(line);
    if (config.assign(words)) std::abort();
  };
  assign({"save", ""});
  assign({"enable-debug-command", "no"});
  assign({"proto-max-bulk-len", "1mb"});  // also the longest string
  return config;
}

class Replica {
 public:
  Replica() : node_(small_config(), {.seed = 1}, kNow) {
    const ByteView follow[] = {"REPLICAOF", "primary", "6379"};
    node_.execute(follow, kNow);
    node_.take_effects(effects_);
    if (effects_.dial.size() != 1) std::abort();
    link_ = effects_.dial.front().link;
    node_.opened(link_, {.address = "10.0.0.1:6379", .local_address = "10.0.0.2:5000"}, kNow);
    look();
  }

  void hear(ByteView words, std::size_t piece_size) {
    while (!words.empty() && !is_over_) {
      const Bytes piece(words.substr(0, piece_size));  // with its end where a sanitizer sees it
      words.remove_prefix(piece.size());
      const Position before = node_.position();
      node_.received(link_, piece, kNow);
      node_.turn(kNow);
      look();
      const Position& after = node_.position();
      if (after.history == before.history && after.offset < before.offset) std::abort();
    }
  }

  Bytes digest() {
    const ByteView digest[] = {"DEBUG", "DIGEST"};
    node_.execute(digest, kNow);
    return Bytes(node_.executed());
  }
  Offset offset() const { return node_.position().offset; }
  bool is_over() const { return is_over_; }
  bool has_ended() const { return has_ended_; }  // as SHUTDOWN tells

 private:
  void look() {
    for (bool is_first = true;; is_first = false) {
      node_.check_invariants();
      node_.take_effects(effects_);
      for (const LinkId link : effects_.hang_up) is_over_ = is_over_ || link == link_;
      has_ended_ = has_ended_ || effects_.stop || effects_.abort;
      is_over_ = is_over_ || has_ended_;
      if (is_over_) return;
      const std::size_t size = take_output();
      if (size == 0 && !is_first) return;
    }
  }
  std::size_t take_output() {
    std::vector<ByteView> pieces;
    node_.output(link_, pieces);
    std::size_t size = 0;
    for (const ByteView piece : pieces) size += piece.size();
    if (size > 0) node_.sent(link_, size, kNow);
    return size;
  }

  Node node_;
  Effects effects_;
  LinkId link_{};
  bool is_over_ = false, has_ended_ = false;
};

// Each line a command, as primaries write them: inline ones are not taken from them.
Bytes stream_of(ByteView lines) {
  Bytes stream;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const auto words = resp::split_words(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (!words || words->empty()) continue;
    append_command(stream, std::vector<ByteView>(words->begin(), words->end()));
  }
  return stream;
}

}  // namespace
}  // namespace replserver

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  if (size < 1) return 0;
  // The first byte says how the words are cut, and whether they are the first of all, or the
  // stream's bytes, or its commands.
  const std::size_t piece_size = 1 + (data[0] >> 2);
  const ByteView input(reinterpret_cast<const char*>(data + 1), size - 1);
  Bytes words;
  if ((data[0] & 3) != 0) words = "+PONG\n+OK\n+OK\n+OK\n+CONTINUE\n";
  words += data[0] & 2 ? stream_of(input) : Bytes(input);

  Replica whole, pieces;
  whole.hear(words, SIZE_MAX);
  pieces.hear(words, piece_size);
  // A payload with a mark ends at the end of what has come.
  if (words.find("$EOF:") != Bytes::npos) return 0;
  if (whole.has_ended() || pieces.has_ended()) return 0;
  if (whole.is_over() != pieces.is_over() || whole.offset() != pieces.offset()) std::abort();
  if (!whole.is_over() && whole.digest() != pieces.digest()) std::abort();
  return 0;
}
