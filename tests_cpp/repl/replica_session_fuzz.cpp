// Whatever a primary says, and in whatever pieces, is understood in the same way or refused.
#include <cstdint>
#include <cstdlib>

#include "repl/replica_session.hpp"

namespace replserver {
namespace {

// What happened, as far as it does not depend on the pieces.
struct Account {
  Bytes said, payload, stream, events;
  bool is_marked = false, is_over = false;

  void take(const ReplicaSession::Event& event) {
    events += static_cast<char>('0' + event.index());
    if (const auto* const part = std::get_if<ReplicaSession::PayloadPart>(&event)) {
      if (part->bytes.empty()) std::abort();
      events.pop_back();
      payload += part->bytes;
    } else if (const auto* const begins = std::get_if<ReplicaSession::PayloadBegins>(&event)) {
      is_marked = !begins->size;
    } else if (const auto* const failure = std::get_if<ReplicaSession::Failure>(&event)) {
      if (failure->text.empty()) std::abort();
      events += failure->text;
      is_over = true;
    }
  }
};

Account listen(const Greeting& greeting, ByteView words, std::size_t piece_size) {
  ReplicaSession session(greeting);
  Account account;
  session.opened(account.said);
  while (!words.empty() && !account.is_over) {
    const Bytes piece(words.substr(0, piece_size));  // with its end where a sanitizer sees it
    words.remove_prefix(piece.size());
    ByteView bytes = piece;
    while (const auto event = session.next(bytes, account.said)) {
      account.take(*event);
      if (account.is_over) return account;
    }
    if (session.phase() == ReplicaSession::Phase::streaming) {
      account.stream += bytes;
    } else if (!bytes.empty()) {
      std::abort();
    }
  }
  return account;
}

}  // namespace
}  // namespace replserver

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  if (size < 1) return 0;
  // The first byte says who asks, and how the words are cut; its highest bit, that all questions up
  // to PSYNC are answered well.
  Greeting greeting;
  greeting.version = "7.2.0";
  if (data[0] & 1) greeting.wanted = Position{Bytes(40, 'a'), 9};
  if (data[0] & 2) greeting.password = "secret";
  if (data[0] & 4) greeting.failover = true;
  const std::size_t piece_size = 1 + (data[0] >> 3 & 15);
  Bytes words;
  if (data[0] & 128) words = data[0] & 2 ? "+\n+\n+\n+\n+\n" : "+\n+\n+\n+\n";
  words.append(reinterpret_cast<const char*>(data + 1), size - 1);

  const Account whole = listen(greeting, words, SIZE_MAX);
  const Account pieces = listen(greeting, words, piece_size);
  if (whole.is_marked != pieces.is_marked) std::abort();
  // A mark is only looked for at the end of what has come.
  if (whole.is_marked) return 0;
  if (whole.said != pieces.said || whole.payload != pieces.payload) std::abort();
  if (whole.stream != pieces.stream || whole.events != pieces.events) std::abort();
  return 0;
}
