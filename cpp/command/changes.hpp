// Changes — what a command did to the data, as the commands that replicas will execute.
//
// Filled by handlers through the Context, emptied by the node, which turns it into one batch: a
// command, or MULTI … EXEC around several. What is evicted before that, or expires without being
// asked for, is told first and outside of it; a key that a command finds expired is its own change.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "resp/request.hpp"

namespace replserver {

class Changes {
 public:
  struct Piece {
    int db;
    std::size_t begin, end;  // in bytes()
  };

  // When nobody listens (no backlog) only the count is kept.
  void record(bool on) { recording_ = on; }
  bool recording() const { return recording_; }

  void add(int db, std::initializer_list<ByteView> words);
  void add(int db, std::span<const ByteView> words);
  void add_raw(int db, ByteView encoded);  // already a multibulk: the client's own bytes
  // What was evicted or expired by itself: DEL or UNLINK of a key, HDEL of a field.
  void add_removed(int db, std::initializer_list<ByteView> words);

  bool empty() const { return pieces_.empty() && removed_.empty(); }
  ByteView bytes(const Piece& piece) const {
    return ByteView(bytes_).substr(piece.begin, piece.end - piece.begin);
  }
  const std::vector<Piece>& pieces() const { return pieces_; }
  const std::vector<Piece>& removed() const { return removed_; }
  void clear();

 private:
  bool recording_ = false;
  Bytes bytes_;
  std::vector<Piece> pieces_;
  std::vector<Piece> removed_;
};

}  // namespace replserver
