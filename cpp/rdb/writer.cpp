#include "rdb/writer.hpp"

#include <algorithm>
#include <cstdio>

#include "base/assert.hpp"
#include "data/database.hpp"
#include "rdb/crc64.hpp"

namespace replserver {
namespace {

// Little enough that the bytes are still near the CPU.
constexpr std::size_t kChecksumPortion = 32 * 1024;
// Idle time or frequency, expiry and type.
constexpr std::size_t kAttributesMax = 1 + kRdbLengthMax + 1 + sizeof(UnixMs) + 1;

}  // namespace

RdbWriter::RdbWriter(const RdbFormat& format)
    : format_(format),
      stream_(kBlockSize),
      out_(stream_, format.compress),
      aside_stream_(kBlockSize),
      aside_(aside_stream_, format.compress) {
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

void RdbWriter::select(RdbOutput& out, int database) {
  database_ = database;
  out.byte(RdbOpcode::select_db);
  out.length(static_cast<std::uint64_t>(database));
  const auto part = std::ranges::find(parts_, database, &Part::database);
  if (part == parts_.end()) return;  // it was begun, and another's key came between
  out.byte(RdbOpcode::resize_db);
  out.length(part->keys);
  out.length(part->expires);
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
char* RdbWriter::put_record(RdbOutput& out, char* to, const Entry& entry) const {
  to = put_attributes(to, entry);
  to = put_byte(to, RdbType::string);
  to = out.put(to, entry.key());
  if (entry.encoding() == Encoding::integer) return put_integer(to, entry.integer());
  return out.put(to, entry.inline_bytes());
}

// All but the value.
ValueEncoder RdbWriter::begin_record(RdbOutput& out, const Entry& entry) {
  out.commit(put_attributes(out.reserve(kAttributesMax), entry));
  ValueEncoder value(entry, format_.version);
  out.byte(value.type());
  out.string(entry.key());
  return value;
}

void RdbWriter::write_record(RdbOutput& out, const Entry& entry) {
  constexpr std::size_t kAtOnce = 256 * 1024;
  ValueEncoder value = begin_record(out, entry);
  if (!value.has_let_go() || Database::string_size(entry) <= kAtOnce) {
    value.write(out);
  } else if (&out == &out_) {
    value_ = std::move(value);
  } else {
    interruptions_.push_back({aside_stream_.end(), std::move(value)});
  }
}

void RdbWriter::entry(int database, const Entry& entry) {
  RdbOutput& out = is_under_way() ? aside_ : out_;
  if (database != database_) [[unlikely]]
    select(out, database);
  ++keys_;
  const std::size_t most = kAttributesMax + 4 * kRdbLengthMax + kRdbIntegerMax + entry.size();
  if (!entry.has_pointer() && most <= RdbOutput::kReserveMax) [[likely]] {
    out.commit(put_record(out, out.reserve(most), entry));
  } else {
    write_record(out, entry);
  }
  if (stream_.end() - checked_ >= kChecksumPortion) checksum_up_to(stream_.end());
}

void RdbWriter::lend(int database, const Entry& entry) {
  RS_ASSERT(!is_under_way());
  if (database != database_) select(out_, database);
  ++keys_;
  value_ = begin_record(out_, entry);
}

bool RdbWriter::proceed(std::size_t bytes) {
  const std::uint64_t enough = stream_.end() + std::min(bytes, SIZE_MAX / 2);
  while (is_under_way() && stream_.end() < enough) {
    const auto left = static_cast<std::size_t>(enough - stream_.end());
    if (!value_) {
      follow_up(left);
    } else if (value_->write(out_, left)) {
      value_.reset();
    }
  }
  checksum_up_to(stream_.end());
  return !is_under_way();
}

void RdbWriter::let_go() {
  if (!value_ || value_->has_let_go()) return;
  value_->write(out_);
  value_.reset();
}

// What waited aside, or the next part of it.
void RdbWriter::follow_up(std::size_t bytes) {
  const std::uint64_t at = aside_stream_.begin();
  if (!interruptions_.empty() && interruptions_.front().at == at) {
    value_ = std::move(interruptions_.front().value);
    interruptions_.pop_front();
    return;
  }
  const std::uint64_t end =
      interruptions_.empty() ? aside_stream_.end() : interruptions_.front().at;
  bytes = std::min<std::uint64_t>(bytes, end - at);
  const ByteView part = aside_stream_.read(at).substr(0, bytes);
  out_.raw(part);
  aside_stream_.forget(at + part.size());
}

void RdbWriter::finish() {
  RS_ASSERT(!is_under_way());
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
