#include "node/config_rows.hpp"

namespace replserver::config_rows {
namespace {

using N = NodeConfig;

constexpr std::int64_t kMegabyte = 1 << 20;

constexpr Directive kDirectives[] = {
    {"port", "", number(&N::port, 0, kPortMax), 0,
     "TCP port to listen on; 0 lets the kernel choose a free one."},
    {"bind", "", &grammar::kBind, kMultiWord,
     "Addresses to listen on; one with a '-' in front may be missing."},
    {"bind-source-addr", "", text(&N::bind_source_addr), 0,
     "Local address of the connections this node opens."},
    {"unixsocket", "", text(&N::unixsocket), kImmutable, "Path of a Unix socket to listen on."},
    {"unixsocketperm", "", NumberSlot{&N::unixsocketperm, NumberSlot::Unit::octal, 0, 0777},
     kImmutable, "Permissions of the Unix socket, in octal."},
    {"tcp-backlog", "", number(&N::tcp_backlog, 0, kIntMax), kImmutable,
     "Connections that may wait to be accepted."},
    {"tcp-keepalive", "", number(&N::tcp_keepalive, 0, kIntMax), 0,
     "Seconds of silence after which the kernel probes a client; 0: never."},
    {"timeout", "", number(&N::timeout, 0, kIntMax), 0,
     "Seconds after which an idle client is closed; 0: never."},
    {"maxclients", "", number(&N::maxclients, 1, kUnsignedMax), 0,
     "How many clients may be connected at once."},
    {"protected-mode", "", flag(&N::protected_mode), 0,
     "Refuse clients from other machines while there is no password."},
    {"socket-mark-id", "", number(&N::socket_mark_id, 0, kUnsignedMax), kImmutable,
     "Mark put on the listening sockets, for packet filters."},
    {"io-threads", "", number(&N::io_threads, 1, 128), kImmutable,
     "Threads that read and write sockets."},
    {"io-threads-do-reads", "", flag(&N::io_threads_do_reads), kImmutable,
     "Whether those threads also read and parse."},
    {"max-new-connections-per-cycle", "", number(&N::max_new_connections_per_cycle, 1, 1000), 0,
     "Connections accepted in one turn of the event loop."},
    {"max-new-tls-connections-per-cycle", "",
     number(&N::max_new_tls_connections_per_cycle, 1, 1000), 0,
     "TLS connections accepted in one turn of the event loop."},
    {"client-default-resp", "", number(&N::client_default_resp, 2, 3), kImmutable | kHidden,
     "Protocol version a client speaks until it says HELLO."},
    {"proto-max-bulk-len", "", memory(&N::proto_max_bulk_len, kMegabyte), 0,
     "Longest single argument a client may send."},
    {"client-query-buffer-limit", "", memory(&N::client_query_buffer_limit, kMegabyte), 0,
     "Bytes of unfinished commands after which a client is closed."},
    {"client-output-buffer-limit", "", &grammar::kClientOutputBufferLimit, kMultiWord,
     "Unread replies after which a client is closed: class, hard and soft limit, seconds."},
    {"tracking-table-max-keys", "", number(&N::tracking_table_max_keys, 0, kLongMax), 0,
     "Keys remembered for client-side caching; 0: no limit."},
    {"notify-keyspace-events", "", &grammar::kNotifyKeyspaceEvents, 0,
     "Which key events are published: K and E choose channels, the other letters classes."},
};

}  // namespace

std::span<const Directive> network() { return kDirectives; }

}  // namespace replserver::config_rows
