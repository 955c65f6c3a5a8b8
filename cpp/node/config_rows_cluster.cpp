#include "base/ascii.hpp"
#include "node/config_rows.hpp"

namespace replserver::config_rows {
namespace {

using N = NodeConfig;

constexpr std::array kEndpointTypes = {named("ip", EndpointType::ip),
                                       named("hostname", EndpointType::hostname),
                                       named("unknown-endpoint", EndpointType::unknown)};

std::optional<Bytes> refuse_cluster(bool enabled) {
  if (enabled) return "cluster mode is not supported by this server";
  return std::nullopt;
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
}

std::optional<Bytes> check_hostname(ByteView name) {
  constexpr std::size_t kHostnameMax = 255;
  if (name.size() > kHostnameMax) return "Hostnames must be less than 256 characters";
  for (const char c : name) {
    if (!is_alphanumeric(c) && c != '-' && c != '.') {
      return "Hostnames may only contain alphanumeric characters, hyphens or dots";
    }
  }
  return std::nullopt;
}

std::optional<Bytes> check_nodename(ByteView name) {
  for (const char c : name) {
    if (!is_alphanumeric(c) && c != '-' && c != '.' && c != '_') {
      return "Announced human node name contained invalid character";
    }
  }
  return std::nullopt;
}

constexpr Directive kDirectives[] = {
    {"cluster-enabled", "", flag(&N::cluster_enabled, refuse_cluster), kImmutable,
     "Be part of a cluster: not possible here."},
    {"cluster-config-file", "", text(&N::cluster_config_file), kImmutable,
     "File that a cluster's node keeps its view in."},
    {"cluster-announce-ip", "", text(&N::cluster_announce_ip), 0, "Address told to a cluster."},
    {"cluster-announce-hostname", "", text(&N::cluster_announce_hostname, check_hostname), 0,
     "Host name told to a cluster."},
    {"cluster-announce-human-nodename", "",
     text(&N::cluster_announce_human_nodename, check_nodename), 0,
     "Name of this node in a cluster's log."},
    {"cluster-announce-port", "", number(&N::cluster_announce_port, 0, kPortMax), 0,
     "Port told to a cluster."},
    {"cluster-announce-tls-port", "", number(&N::cluster_announce_tls_port, 0, kPortMax), 0,
     "TLS port told to a cluster."},
    {"cluster-announce-bus-port", "", number(&N::cluster_announce_bus_port, 0, kPortMax), 0,
     "Bus port told to a cluster."},
    {"cluster-port", "", number(&N::cluster_port, 0, kPortMax), kImmutable,
     "Port of a cluster's bus."},
    {"cluster-preferred-endpoint-type", "",
     choice<&N::cluster_preferred_endpoint_type>(kEndpointTypes), 0,
     "How a cluster's nodes are named to clients."},
    {"cluster-node-timeout", "", number(&N::cluster_node_timeout, 0, kLongMax), 0,
     "Milliseconds after which a silent node of a cluster is suspected."},
    {"cluster-ping-interval", "", number(&N::cluster_ping_interval, 0, kLongMax), kHidden,
     "Milliseconds between two pings of a cluster's bus."},
    {"cluster-migration-barrier", "", number(&N::cluster_migration_barrier, 0, kIntMax), 0,
     "Replicas that a primary keeps when others lack one."},
    {"cluster-replica-validity-factor", "cluster-slave-validity-factor",
     number(&N::cluster_replica_validity_factor, 0, kIntMax), 0,
     "How old a replica's data may be when it takes over."},
    {"cluster-link-sendbuf-limit", "", memory(&N::cluster_link_sendbuf_limit, 0, kAnySize), 0,
     "Bytes that may wait on a link of a cluster's bus."},
    {"cluster-require-full-coverage", "", flag(&N::cluster_require_full_coverage), 0,
     "Stop a cluster that has a slot nobody serves."},
    {"cluster-replica-no-failover", "cluster-slave-no-failover",
     flag(&N::cluster_replica_no_failover), 0, "Never take over by itself."},
    {"cluster-allow-reads-when-down", "", flag(&N::cluster_allow_reads_when_down), 0,
     "Answer reads while the cluster is down."},
    {"cluster-allow-pubsubshard-when-down", "", flag(&N::cluster_allow_pubsubshard_when_down), 0,
     "Serve shard channels while the cluster is down."},
    {"cluster-allow-replica-migration", "", flag(&N::cluster_allow_replica_migration), 0,
     "Let replicas move to a primary without one."},
};

}  // namespace

std::span<const Directive> cluster() { return kDirectives; }

}  // namespace replserver::config_rows
