// RdbWriter — encodes one snapshot once, as an RDB stream for any number of readers.
//
//   begin ──> entry, entry, …  ──> finish            readers: stream().read(offset), then taken()
//
// The bytes are right at every moment: what stands before stream().end() never changes, so it can be
// on its way while the walk goes on. The checksum is of the same bytes, taken a piece at a time.
//
// While a large value is told in pieces nothing can come between them: what is told meanwhile waits
// aside, as bytes, and follows it. Of a long string that changes only a share is kept, no copy.
//
// Owned by whoever started the snapshot; must live until that has ended or dropped it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/block_stream.hpp"
#include "data/access.hpp"
#include "data/snapshot.hpp"
#include "rdb/format.hpp"
#include "rdb/output.hpp"
#include "rdb/value_encoder.hpp"

namespace replserver {

struct RdbFormat {
  int version = kRdbVersionDefault;
  bool compress = false;  // worth it for files only: it takes longer than a network
  bool checksum = true;
  // Given when maxmemory-policy is an LRU or LFU one: each key is then told with how long it has
  // been idle, or how often it was used.
  const AccessClock* access = nullptr;
};

struct RdbReplication {  // where in its primary's history a data set is
  Bytes id;
  std::uint64_t offset = 0;
  int stream_db = -1;
};

struct RdbPreamble {
  Bytes server_version;
  std::int64_t created_s = 0;
  std::size_t used_memory = 0;
  std::optional<RdbReplication> replication;
  bool aof_base = false;
  std::vector<Bytes> functions;  // sources of libraries
};

class RdbWriter final : public SnapshotSink {
 public:
  explicit RdbWriter(const RdbFormat& format);
  RdbWriter(const RdbWriter&) = delete;  // its output refers to its stream
  RdbWriter& operator=(const RdbWriter&) = delete;

  // What comes before the keys; how many there are of each database the snapshot knows.
  void begin(const RdbPreamble& preamble, const Snapshot& snapshot);
  void entry(int database, const Entry& entry) override;
  void lend(int database, const Entry& entry) override;
  bool proceed(std::size_t bytes) override;
  void let_go() override;
  void finish();  // after the last entry

  const BlockStream& stream() const { return stream_; }
  void taken(std::uint64_t before);  // no reader needs what is older
  std::size_t backlog() const override {
    return static_cast<std::size_t>(stream_.end() - stream_.begin());
  }
  std::size_t memory() const { return stream_.memory() + aside_stream_.memory(); }
  std::uint64_t keys() const { return keys_; }
  const RdbFormat& format() const { return format_; }

 private:
  static constexpr std::size_t kBlockSize = 256 * 1024;
  static constexpr int kNoDatabase = -1;

  void write_aux(ByteView name, ByteView value);
  void write_aux(ByteView name, std::int64_t value);
  bool is_under_way() const {
    return value_ || !interruptions_.empty() || aside_stream_.end() != aside_stream_.begin();
  }
  void select(RdbOutput& out, int database);
  char* put_record(RdbOutput& out, char* to, const Entry& entry) const;
  char* put_attributes(char* to, const Entry& entry) const;
  ValueEncoder begin_record(RdbOutput& out, const Entry& entry);
  void write_record(RdbOutput& out, const Entry& entry);
  void follow_up(std::size_t bytes);
  void checksum_up_to(std::uint64_t end);

  RdbFormat format_;
  BlockStream stream_;
  RdbOutput out_;
  std::optional<ValueEncoder> value_;  // that the stream ends with, and is not complete
  BlockStream aside_stream_;
  RdbOutput aside_;
  struct Interruption {  // a long string whose bytes belong there
    std::uint64_t at;
    ValueEncoder value;
  };
  std::deque<Interruption> interruptions_;
  struct Part {  // a database that has not begun yet
    int database;
    std::size_t keys;
    std::size_t expires;
  };
  std::vector<Part> parts_;
  int database_ = kNoDatabase;  // of the last entry
  std::uint64_t keys_ = 0;
  std::uint64_t checksum_ = 0;
  std::uint64_t checked_ = 0;  // up to here
};

}  // namespace replserver
