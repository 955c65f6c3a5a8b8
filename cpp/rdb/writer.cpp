#include "rdb/writer.hpp"

#include <algorithm>
#include <cstdio>

#include "base/assert.hpp"
#include "rdb/crc64.hpp"
#include "rdb/value_encoder.hpp"

namespace replserver {
namespace {

// Little enough that the bytes are still near the CPU.
constexpr std::size_t kChecksumPortion = 32 * 1024;
// Idle time or frequency, expiry and type.
constexpr std::size_t kAttributesMax = 1 + kRdbLengthMax + 1 + sizeof(UnixMs) + 1;

}  // namespace

RdbWriter::RdbWriter(const RdbFormat& format)
    : format_(format), stream_(kBlockSize), out_(stream_, format.compress) {
  RS_ASSERT(format.version >= kRdbVersionMin && format.version <= kRdbVersionMax);
}

void RdbWriter::write_aux(ByteView name, ByteView value) {
  out_.byte(RdbOpcode::aux);
  out_.string(name);
  out_.string(value);
}

void RdbWriter::write_aux(ByteView name, std::int64_t value) {
  out_.byte(RdbOpcode::aux);
  out_.string(name);
  out_.integer(value);
}

void RdbWriter::begin(const RdbPreamble& preamble, const Snapshot& snapshot) {
  char magic[kRdbHeaderSize + 1];
  std::snprintf(magic, sizeof magic, "%s%04d", kRdbMagic.data(), format_.version);
  out_.raw(magic);
  write_aux("redis-ver", preamble.server_version);
  write_aux("redis-bits", 64);
  write_aux("ctime", preamble.created_s);
  write_aux("used-mem", static_cast<std::int64_t>(preamble.used_memory));
  if (preamble.replication) {
    write_aux("repl-stream-db", preamble.replication->stream_db);
    write_aux("repl-id", preamble.replication->id);
    write_aux("repl-offset", static_cast<std::int64_t>(preamble.replication->offset));
  }
  write_aux(format_.version >= 10 ? "aof-base" : "aof-preamble", preamble.aof_base);
  if (format_.version >= 10) {  // older servers know no functions
    for (const Bytes& source : preamble.functions) {
      out_.byte(RdbOpcode::function);
      out_.string(source);
    }
  }
  for (const Snapshot::Part& part : snapshot.parts()) {
    parts_.push_back({part.database, part.size, part.expires});
  }
}

void RdbWriter::select(int database) {
  database_ = database;
  out_.byte(RdbOpcode::select_db);
  out_.length(static_cast<std::uint64_t>(database));
  const auto part = std::ranges::find(parts_, database, &Part::database);
  if (part == parts_.end()) return;  // it was begun, and another's key came between
  out_.byte(RdbOpcode::resize_db);
  out_.length(part->keys);
  out_.length(part->expires);
  parts_.erase(part);
}

char* RdbWriter::put_attributes(char* to, const Entry& entry) const {
  if (const auto expiry = entry.expiry()) {
    to = put_fixed(put_byte(to, RdbOpcode::expiry_ms), *expiry);
  }
  if (format_.access == nullptr) return to;
  if (format_.access->rules().lfu) {
    return put_byte(put_byte(to, RdbOpcode::freq), format_.access->counter(entry.access()));
  }
  return put_length(put_byte(to, RdbOpcode::idle), format_.access->idle_seconds(entry.access()));
}

// A string that lies in its entry.
char* RdbWriter::put_record(char* to, const Entry& entry) const {
  to = put_attributes(to, entry);
  to = put_byte(to, RdbType::string);
  to = put_string(to, entry.key());
  if (entry.encoding() == Encoding::integer) return put_integer(to, entry.integer());
  return put_string(to, entry.inline_bytes());
}

void RdbWriter::write_record(const Entry& entry) {
  out_.commit(put_attributes(out_.reserve(kAttributesMax), entry));
  ValueEncoder value(entry, format_.version);
  out_.byte(value.type());
  out_.string(entry.key());
  value.write(out_);
}

void RdbWriter::entry(int database, const Entry& entry) {
  if (database != database_) [[unlikely]]
    select(database);
  ++keys_;
  const std::size_t most = kAttributesMax + 2 * kRdbLengthMax + kRdbIntegerMax + entry.size();
  const bool is_in_entry = entry.is_inline() || entry.encoding() == Encoding::integer;
  if (is_in_entry && !format_.compress && most <= RdbOutput::kReserveMax) [[likely]] {
    out_.commit(put_record(out_.reserve(most), entry));
  } else {
    write_record(entry);
  }
  if (stream_.end() - checked_ >= kChecksumPortion) checksum_up_to(stream_.end());
}

void RdbWriter::finish() {
  out_.byte(RdbOpcode::eof);
  checksum_up_to(stream_.end());
  out_.fixed(checksum_);  // 0: there is none
}

void RdbWriter::checksum_up_to(std::uint64_t end) {
  if (!format_.checksum) checked_ = std::max(checked_, end);
  while (checked_ < end) {
    const ByteView bytes = stream_.read(checked_).substr(0, end - checked_);
    checksum_ = crc64(checksum_, bytes);
    checked_ += bytes.size();
  }
}

void RdbWriter::taken(std::uint64_t before) {
  checksum_up_to(before);
  stream_.forget(before);
}

}  // namespace replserver
