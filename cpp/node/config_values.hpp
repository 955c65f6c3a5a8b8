// NodeConfig — every setting of a node, as plain values that the core reads without asking anyone.
//
// A member is called as its directive with '_' for '-'; its initial value here is the directive's
// default, said nowhere else. config_table.hpp tells names, ranges and flags. Numbers carry the
// unit that redis.conf gives them: bytes for memory values, the directive's own seconds or
// milliseconds.
//
// Owned by the node's Config, which alone changes it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"

namespace replserver {

enum class MaxmemoryPolicy {
  volatile_lru,
  volatile_lfu,
  volatile_random,
  volatile_ttl,
  allkeys_lru,
  allkeys_lfu,
  allkeys_random,
  noeviction,
};
enum class LogLevel { debug, verbose, notice, warning, nothing };
enum class DisklessLoad { disabled, on_empty_db, swapdb };
enum class AppendFsync { everysec, always, no };
enum class Permission { no, yes, local };  // who may use what is dangerous; local: loopback clients
enum class SanitizePayload { no, yes, clients };
enum class PropagationError { ignore, panic, panic_on_replicas };
enum class PubsubDefault { allchannels, resetchannels };
enum class OomScoreAdj { no, relative, absolute };
enum class Supervision { no, upstart, systemd, automatic };
enum class TlsAuthClients { no, yes, optional };
enum class EndpointType { ip, hostname, unknown };
enum class SyslogFacility { user, local0, local1, local2, local3, local4, local5, local6, local7 };
enum class Compat { no, redis };  // redis: also its waits that exist for fork's sake

// What a signal's shutdown does; added up. None of them: saves if there are save points.
enum ShutdownFlag : unsigned {
  kShutdownDefault = 0,
  kShutdownSave = 1u << 0,
  kShutdownNosave = 1u << 1,
  kShutdownNow = 1u << 2,
  kShutdownForce = 1u << 3,
};

struct SavePoint {
  std::int64_t seconds = 0;
  std::int64_t changes = 0;
  friend bool operator==(const SavePoint&, const SavePoint&) = default;
};

enum class ClientClass { normal, replica, pubsub };
struct OutputLimit {  // 0: none
  std::uint64_t hard = 0;
  std::uint64_t soft = 0;
  std::int64_t soft_seconds = 0;
  friend bool operator==(const OutputLimit&, const OutputLimit&) = default;
};

struct PrimaryAddress {
  Bytes host;
  int port = 0;
  friend bool operator==(const PrimaryAddress&, const PrimaryAddress&) = default;
};

struct RenamedCommand {
  Bytes from;
  Bytes to;  // empty: the command is gone
  friend bool operator==(const RenamedCommand&, const RenamedCommand&) = default;
};

struct NodeConfig {
  // Network.
  int port = 6379;
  // Loopback, as in the configuration file Redis ships; without one, Redis itself says "* -::*".
  std::vector<Bytes> bind = {"127.0.0.1", "-::1"};
  Bytes bind_source_addr;
  Bytes unixsocket;
  int unixsocketperm = 0;
  int tcp_backlog = 511;
  int tcp_keepalive = 300;
  int timeout = 0;
  std::int64_t maxclients = 10000;
  bool protected_mode = true;
  std::int64_t socket_mark_id = 0;
  int io_threads = 1;
  bool io_threads_do_reads = false;
  int max_new_connections_per_cycle = 10;
  int max_new_tls_connections_per_cycle = 1;

  // Clients.
  int client_default_resp = 2;
  std::uint64_t proto_max_bulk_len = 512ull << 20;
  std::uint64_t client_query_buffer_limit = 1ull << 30;
  std::array<OutputLimit, 3> client_output_buffer_limit = {
      OutputLimit{},
      OutputLimit{256ull << 20, 64ull << 20, 60},
      OutputLimit{32ull << 20, 8ull << 20, 60},
  };
  std::uint64_t tracking_table_max_keys = 1000000;
  unsigned notify_keyspace_events = 0;  // Notify

  // The process.
  bool daemonize = false;
  Supervision supervised = Supervision::no;
  Bytes pidfile;
  Bytes dir = ".";  // the driver puts the absolute path here
  LogLevel loglevel = LogLevel::notice;
  Bytes logfile;
  bool syslog_enabled = false;
  Bytes syslog_ident = "redis";
  SyslogFacility syslog_facility = SyslogFacility::local0;
  bool always_show_logo = false;
  bool set_proc_title = true;
  Bytes proc_title_template = "{title} {listen-addr} {server-mode}";
  bool crash_log_enabled = true;
  bool crash_memcheck_enabled = true;
  bool use_exit_on_panic = false;
  int watchdog_period = 0;
  bool disable_thp = true;
  OomScoreAdj oom_score_adj = OomScoreAdj::no;
  std::array<int, 3> oom_score_adj_values = {0, 200, 800};  // primary, replica, background child
  Bytes server_cpulist;
  Bytes bio_cpulist;
  Bytes aof_rewrite_cpulist;
  Bytes bgsave_cpulist;
  Bytes ignore_warnings;
  Bytes locale_collate;
  Bytes req_res_logfile;
  unsigned shutdown_on_sigint = kShutdownDefault;
  unsigned shutdown_on_sigterm = kShutdownDefault;
  int shutdown_timeout = 10;
  Compat compat = Compat::no;

  // Work and its record.
  int databases = 16;
  int hz = 10;
  bool dynamic_hz = true;
  bool activerehashing = true;
  std::int64_t busy_reply_threshold = 5000;
  std::int64_t slowlog_log_slower_than = 10000;  // microseconds; -1: none
  std::uint64_t slowlog_max_len = 128;
  std::int64_t latency_monitor_threshold = 0;
  bool latency_tracking = true;
  std::vector<double> latency_tracking_info_percentiles = {50, 99, 99.9};

  // Memory.
  std::uint64_t maxmemory = 0;
  MaxmemoryPolicy maxmemory_policy = MaxmemoryPolicy::noeviction;
  int maxmemory_samples = 5;
  int maxmemory_eviction_tenacity = 10;
  std::int64_t maxmemory_clients = 0;  // bytes; negative: so many percent of maxmemory
  int lfu_log_factor = 10;
  int lfu_decay_time = 1;
  int active_expire_effort = 1;
  bool lazyfree_lazy_eviction = false;
  bool lazyfree_lazy_expire = false;
  bool lazyfree_lazy_server_del = false;
  bool lazyfree_lazy_user_del = false;
  bool lazyfree_lazy_user_flush = false;
  bool jemalloc_bg_thread = true;
  bool activedefrag = false;
  std::uint64_t active_defrag_ignore_bytes = 100ull << 20;
  int active_defrag_threshold_lower = 10;
  int active_defrag_threshold_upper = 100;
  int active_defrag_cycle_min = 1;
  int active_defrag_cycle_max = 25;
  std::uint64_t active_defrag_max_scan_fields = 1000;

  // Value encodings.
  std::uint64_t hash_max_listpack_entries = 512;
  std::uint64_t hash_max_listpack_value = 64;
  int list_max_listpack_size = -2;
  int list_compress_depth = 0;
  std::uint64_t set_max_intset_entries = 512;
  std::uint64_t set_max_listpack_entries = 128;
  std::uint64_t set_max_listpack_value = 64;
  std::uint64_t zset_max_listpack_entries = 128;
  std::uint64_t zset_max_listpack_value = 64;
  std::uint64_t hll_sparse_max_bytes = 3000;
  std::uint64_t stream_node_max_bytes = 4096;
  std::int64_t stream_node_max_entries = 100;

  // Persistence.
  std::vector<SavePoint> save = {{3600, 1}, {300, 100}, {60, 10000}};
  Bytes dbfilename = "dump.rdb";
  int rdb_save_version = 11;
  int snapshot_cpu_share = 50;  // percent of one turn that a running snapshot may take
  bool rdbcompression = true;
  bool rdbchecksum = true;
  bool rdb_save_incremental_fsync = true;
  int rdb_key_save_delay = 0;
  int key_load_delay = 0;
  std::int64_t loading_process_events_interval_bytes = 2 << 20;
  bool stop_writes_on_bgsave_error = true;
  SanitizePayload sanitize_dump_payload = SanitizePayload::no;
  bool appendonly = false;
  Bytes appendfilename = "appendonly.aof";
  Bytes appenddirname = "appendonlydir";
  AppendFsync appendfsync = AppendFsync::everysec;
  bool no_appendfsync_on_rewrite = false;
  int auto_aof_rewrite_percentage = 100;
  std::uint64_t auto_aof_rewrite_min_size = 64ull << 20;
  bool aof_rewrite_incremental_fsync = true;
  bool aof_load_truncated = true;
  bool aof_use_rdb_preamble = true;
  bool aof_timestamp_enabled = false;
  bool aof_disable_auto_gc = false;

  // Replication.
  std::optional<PrimaryAddress> replicaof;  // whom we follow now: REPLICAOF changes it
  Bytes masterauth;
  Bytes masteruser;
  bool replica_serve_stale_data = true;
  bool replica_read_only = true;
  bool replica_ignore_maxmemory = true;
  bool replica_ignore_disk_write_errors = false;
  bool replica_lazy_flush = false;
  int replica_priority = 100;
  bool replica_announced = true;
  Bytes replica_announce_ip;
  int replica_announce_port = 0;
  bool repl_diskless_sync = true;
  // Redis waits 5 s, so that several replicas share one fork; we have none to save.
  int repl_diskless_sync_delay = 0;
  int repl_diskless_sync_max_replicas = 0;
  // Redis goes by a file: it is slower, and takes the memory of the old data or the new, not of both.
  DisklessLoad repl_diskless_load = DisklessLoad::swapdb;
  int repl_ping_replica_period = 10;
  int repl_timeout = 60;
  bool repl_disable_tcp_nodelay = false;
  std::uint64_t repl_backlog_size = 1 << 20;
  std::int64_t repl_backlog_ttl = 3600;
  bool repl_history_from_start = false;  // keep a backlog before the first replica comes
  int min_replicas_to_write = 0;
  int min_replicas_max_lag = 10;
  bool rdb_del_sync_files = false;
  PropagationError propagation_error_behavior = PropagationError::ignore;

  // Security.
  Bytes requirepass;
  Bytes aclfile;
  std::uint64_t acllog_max_len = 128;
  PubsubDefault acl_pubsub_default = PubsubDefault::resetchannels;
  Permission enable_debug_command = Permission::no;
  Permission enable_module_command = Permission::no;
  Permission enable_protected_configs = Permission::no;
  bool hide_user_data_from_log = false;
  std::vector<RenamedCommand> rename_command;  // of the file only
  std::vector<Words> user;                     // ACL rules, name first; of the file only

  // TLS.
  int tls_port = 0;
  Bytes tls_cert_file;
  Bytes tls_key_file;
  Bytes tls_key_file_pass;
  Bytes tls_client_cert_file;
  Bytes tls_client_key_file;
  Bytes tls_client_key_file_pass;
  Bytes tls_dh_params_file;
  Bytes tls_ca_cert_file;
  Bytes tls_ca_cert_dir;
  TlsAuthClients tls_auth_clients = TlsAuthClients::yes;
  bool tls_replication = false;
  bool tls_cluster = false;
  Bytes tls_protocols;
  Bytes tls_ciphers;
  Bytes tls_ciphersuites;
  bool tls_prefer_server_ciphers = false;
  bool tls_session_caching = true;
  int tls_session_cache_size = 20480;
  int tls_session_cache_timeout = 300;

  // Cluster: there is none, but a client that asks gets what a standalone Redis says.
  bool cluster_enabled = false;  // cannot be turned on
  Bytes cluster_config_file = "nodes.conf";
  Bytes cluster_announce_ip;
  Bytes cluster_announce_hostname;
  Bytes cluster_announce_human_nodename;
  int cluster_announce_port = 0;
  int cluster_announce_tls_port = 0;
  int cluster_announce_bus_port = 0;
  int cluster_port = 0;
  EndpointType cluster_preferred_endpoint_type = EndpointType::ip;
  std::int64_t cluster_node_timeout = 15000;
  std::int64_t cluster_ping_interval = 0;
  int cluster_migration_barrier = 1;
  int cluster_replica_validity_factor = 10;
  std::uint64_t cluster_link_sendbuf_limit = 0;
  bool cluster_require_full_coverage = true;
  bool cluster_replica_no_failover = false;
  bool cluster_allow_reads_when_down = false;
  bool cluster_allow_pubsubshard_when_down = true;
  bool cluster_allow_replica_migration = true;

  const OutputLimit& output_limit(ClientClass of) const {
    return client_output_buffer_limit[static_cast<std::size_t>(of)];
  }

  friend bool operator==(const NodeConfig&, const NodeConfig&) = default;
};

}  // namespace replserver
