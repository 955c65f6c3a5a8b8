#include "node/config_rows.hpp"

namespace replserver::config_rows {
namespace {

using N = NodeConfig;

constexpr std::array kFsyncs = {named("everysec", AppendFsync::everysec),
                                named("always", AppendFsync::always), named("no", AppendFsync::no)};

constexpr std::array kSanitizations = {named("no", SanitizePayload::no),
                                       named("yes", SanitizePayload::yes),
                                       named("clients", SanitizePayload::clients)};

bool is_path(ByteView name) { return name.find('/') != ByteView::npos; }

std::optional<Bytes> check_dbfilename(ByteView name) {
  if (is_path(name)) return "dbfilename can't be a path, just a filename";
  return std::nullopt;
}

std::optional<Bytes> check_appendfilename(ByteView name) {
  if (name.empty()) return "appendfilename can't be empty";
  if (is_path(name)) return "appendfilename can't be a path, just a filename";
  return std::nullopt;
}

std::optional<Bytes> check_appenddirname(ByteView name) {
  if (name.empty()) return "appenddirname can't be empty";
  if (is_path(name)) return "appenddirname can't be a path, just a dirname";
  return std::nullopt;
}

constexpr Directive kDirectives[] = {
    {"save", "", &grammar::kSave, kMultiWord,
     "Save when so many seconds passed with so many changes; \"\": never."},
    {"dbfilename", "", text(&N::dbfilename, check_dbfilename), kGuarded,
     "Name of the RDB file in dir."},
    {"rdb-save-version", "", number(&N::rdb_save_version, 9, 11), 0,
     "RDB version written: 9 and 10 let older servers read it."},
    {"snapshot-cpu-share", "", number(&N::snapshot_cpu_share, 1, 100), 0,
     "Percent of the node's time that a running snapshot may take."},
    {"rdbcompression", "", flag(&N::rdbcompression), 0, "Compress strings in RDB files."},
    {"rdbchecksum", "", flag(&N::rdbchecksum), kImmutable,
     "Write and check the checksum of RDB files."},
    {"rdb-save-incremental-fsync", "", flag(&N::rdb_save_incremental_fsync), 0,
     "Bring an RDB file to the disk in pieces while it is written."},
    {"rdb-key-save-delay", "", number(&N::rdb_key_save_delay, kIntMin, kIntMax), kHidden,
     "Microseconds to wait after each key saved; for tests."},
    {"key-load-delay", "", number(&N::key_load_delay, kIntMin, kIntMax), kHidden,
     "Microseconds to wait after each key loaded; for tests."},
    {"loading-process-events-interval-bytes", "",
     number(&N::loading_process_events_interval_bytes, 1024, kIntMax), kHidden,
     "Bytes loaded between two looks at the clients."},
    {"stop-writes-on-bgsave-error", "", flag(&N::stop_writes_on_bgsave_error), 0,
     "Refuse writes while the last save failed."},
    {"sanitize-dump-payload", "", choice<&N::sanitize_dump_payload>(kSanitizations), 0,
     "Check the insides of values that come in by RESTORE or a full sync."},
    {"appendonly", "", flag(&N::appendonly), kDenyLoading, "Keep an append-only file."},
    {"appendfilename", "", text(&N::appendfilename, check_appendfilename), kImmutable,
     "First part of the names of append-only files."},
    {"appenddirname", "", text(&N::appenddirname, check_appenddirname), kImmutable,
     "Directory in dir that holds the append-only files."},
    {"appendfsync", "", choice<&N::appendfsync>(kFsyncs), 0,
     "When the append-only file must be on the disk."},
    {"no-appendfsync-on-rewrite", "", flag(&N::no_appendfsync_on_rewrite), 0,
     "Do not wait for the disk while a save or rewrite runs."},
    {"auto-aof-rewrite-percentage", "", number(&N::auto_aof_rewrite_percentage, 0, kIntMax), 0,
     "Growth of the append-only file after which it is rewritten; 0: never."},
    {"auto-aof-rewrite-min-size", "", memory(&N::auto_aof_rewrite_min_size), 0,
     "Size below which it is not rewritten."},
    {"aof-rewrite-incremental-fsync", "", flag(&N::aof_rewrite_incremental_fsync), 0,
     "Bring a rewritten file to the disk in pieces."},
    {"aof-load-truncated", "", flag(&N::aof_load_truncated), 0,
     "Load an append-only file that breaks off at its end."},
    {"aof-use-rdb-preamble", "", flag(&N::aof_use_rdb_preamble), 0,
     "Begin a rewritten append-only file with a snapshot."},
    {"aof-timestamp-enabled", "", flag(&N::aof_timestamp_enabled), 0,
     "Write the time into the append-only file."},
    {"aof-disable-auto-gc", "", flag(&N::aof_disable_auto_gc), kHidden,
     "Keep append-only files that are not needed any more; for tests."},
};

}  // namespace

std::span<const Directive> persistence() { return kDirectives; }

}  // namespace replserver::config_rows
