// What LATENCY GRAPH and LATENCY DOCTOR say about the spikes that were seen.
#pragma once

#include "node/latency.hpp"

namespace replserver {

// A bar for each spike, how long ago it was below it, read downwards:
//
//      #
//   _o |
//
//   954
//   sss
Bytes latency_graph(ByteView name, const LatencyMonitor::Event& event, std::int64_t unix_time);

// `threshold_ms`: latency-monitor-threshold; 0: nothing is being watched.
Bytes latency_advice(const LatencyMonitor& monitor, std::int64_t threshold_ms);

}  // namespace replserver
