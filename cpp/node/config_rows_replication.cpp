#include "node/config_rows.hpp"

namespace replserver::config_rows {
namespace {

using N = NodeConfig;

constexpr std::array kDisklessLoads = {named("disabled", DisklessLoad::disabled),
                                       named("on-empty-db", DisklessLoad::on_empty_db),
                                       named("swapdb", DisklessLoad::swapdb)};

constexpr std::array kPropagationErrors = {
    named("ignore", PropagationError::ignore), named("panic", PropagationError::panic),
    named("panic-on-replicas", PropagationError::panic_on_replicas)};

constexpr Directive kDirectives[] = {
    {"replicaof", "slaveof", &grammar::kReplicaof, kImmutable | kMultiWord,
     "Host and port of the primary that this node follows."},
    {"masterauth", "", text(&N::masterauth), kSensitive, "Password given to the primary."},
    {"masteruser", "", text(&N::masteruser), kSensitive, "User name given to the primary."},
    {"replica-serve-stale-data", "slave-serve-stale-data", flag(&N::replica_serve_stale_data), 0,
     "Answer reads while the link to the primary is down."},
    {"replica-read-only", "slave-read-only", flag(&N::replica_read_only), 0,
     "Refuse a replica's clients to write."},
    {"replica-ignore-maxmemory", "slave-ignore-maxmemory", flag(&N::replica_ignore_maxmemory), 0,
     "Leave evicting to the primary."},
    {"replica-ignore-disk-write-errors", "", flag(&N::replica_ignore_disk_write_errors), 0,
     "Let a replica go on when it cannot write its files."},
    {"replica-lazy-flush", "slave-lazy-flush", flag(&N::replica_lazy_flush), 0,
     "Free the old data in the background before a full sync."},
    {"replica-priority", "slave-priority", number(&N::replica_priority, 0, kIntMax), 0,
     "Rank in Sentinel's choice of a new primary; 0: never chosen."},
    {"replica-announced", "", flag(&N::replica_announced), 0, "Let Sentinel tell of this replica."},
    {"replica-announce-ip", "slave-announce-ip", text(&N::replica_announce_ip), 0,
     "Address that the primary is told instead of the one it sees."},
    {"replica-announce-port", "slave-announce-port", number(&N::replica_announce_port, 0, kPortMax),
     0, "Port that the primary is told instead of ours; 0: ours."},
    {"repl-diskless-sync", "", flag(&N::repl_diskless_sync), 0,
     "Send snapshots to replicas without writing a file first."},
    {"repl-diskless-sync-delay", "", number(&N::repl_diskless_sync_delay, 0, kIntMax), 0,
     "Seconds to wait for more replicas before such a snapshot starts."},
    {"repl-diskless-sync-max-replicas", "", number(&N::repl_diskless_sync_max_replicas, 0, kIntMax),
     0, "Replicas for which it starts at once; 0: it waits out the delay."},
    {"repl-diskless-load", "", choice<&N::repl_diskless_load>(kDisklessLoads), kDenyLoading,
     "Load a snapshot while it arrives: never but from a file, if we have no data, or aside."},
    {"repl-ping-replica-period", "repl-ping-slave-period",
     number(&N::repl_ping_replica_period, 1, kIntMax), 0,
     "Seconds between two PINGs to the replicas."},
    {"repl-timeout", "", number(&N::repl_timeout, 1, kIntMax), 0,
     "Seconds of silence after which a replication link is given up."},
    {"repl-disable-tcp-nodelay", "", flag(&N::repl_disable_tcp_nodelay), 0,
     "Let the kernel gather small packets to replicas."},
    {"repl-backlog-size", "", memory(&N::repl_backlog_size, 1), 0,
     "Bytes of the stream kept for replicas that come back; at least 16 kilobytes."},
    {"repl-backlog-ttl", "", number(&N::repl_backlog_ttl, 0, kLongMax), 0,
     "Seconds without a replica after which they are let go; 0: never."},
    {"repl-history-from-start", "", flag(&N::repl_history_from_start), 0,
     "Keep the stream from the first write on, not from the first replica."},
    {"min-replicas-to-write", "min-slaves-to-write", number(&N::min_replicas_to_write, 0, kIntMax),
     0, "Good replicas without which writes are refused; 0: none needed."},
    {"min-replicas-max-lag", "min-slaves-max-lag", number(&N::min_replicas_max_lag, 0, kIntMax), 0,
     "Seconds since its last word up to which a replica is a good one."},
    {"rdb-del-sync-files", "", flag(&N::rdb_del_sync_files), 0,
     "Remove RDB files of a full sync where nothing is to be kept."},
    {"propagation-error-behavior", "", choice<&N::propagation_error_behavior>(kPropagationErrors),
     0, "What to do when a command of the stream fails."},
};

}  // namespace

std::span<const Directive> replication() { return kDirectives; }

}  // namespace replserver::config_rows
