// replserver-loadgen — asks a Redis-compatible server for a lot and prints how it did, as one line
// of JSON. See README.md for what each figure means.

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "loadgen_load.hpp"
#include "loadgen_options.hpp"

namespace loadgen {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      result += escaped;
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string number(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string microseconds(const Histogram& latency) {
  const auto us = [](std::uint64_t ns) { return number(static_cast<double>(ns) / 1e3); };
  return "{\"p50\":" + us(latency.at(0.5)) + ",\"p90\":" + us(latency.at(0.9)) +
         ",\"p99\":" + us(latency.at(0.99)) + ",\"p99.9\":" + us(latency.at(0.999)) +
         ",\"p99.99\":" + us(latency.at(0.9999)) + ",\"max\":" + us(latency.max()) + "}";
}

std::string verdicts(const ReplyCounts& counts) {
  return "\"errors\":" + number(counts.errors) + ",\"first_error\":" + quoted(counts.first_error) +
         ",\"misses\":" + number(counts.misses) + ",\"wrong\":" + number(counts.wrong) +
         ",\"sampled\":" + number(counts.sampled);
}

std::string json_of(const Options& options, const LoadReport& report) {
  std::string commands;
  for (const auto& command : options.commands) {
    commands += (commands.empty() ? "" : ",") + quoted(command);
  }
  // The probe's requests cost the server and us as much as the others.
  const std::uint64_t all = report.requests + (report.probe ? report.probe->latency.total() : 0);
  const double requests = all > 0 ? static_cast<double>(all) : 1;
  const double ns = report.seconds * 1e9;
  std::string line =
      "{\"commands\":[" + commands +
      "],\"connections\":" + number(std::uint64_t{options.connections}) +
      ",\"pipeline\":" + number(std::uint64_t{options.pipeline}) +
      ",\"requests\":" + number(report.requests) + ",\"seconds\":" + number(report.seconds) +
      ",\"requests_per_second\":" + number(static_cast<double>(report.requests) / report.seconds) +
      ",\"latency_us\":" + microseconds(report.latency) + "," + verdicts(report.counts);
  const auto client_ns = static_cast<double>(report.client_cpu_ns);
  line += ",\"client\":{\"cpu_ns_per_request\":" + number(client_ns / requests) +
          ",\"busy\":" + number(client_ns / ns) + "}";
  if (report.server) {
    const auto server_ns = static_cast<double>(report.server->cpu_ns);
    const auto user = static_cast<double>(report.server->user_ticks);
    const double ticks = user + static_cast<double>(report.server->system_ticks);
    line += ",\"server\":{\"cpu_ns_per_request\":" + number(server_ns / requests) +
            ",\"busy\":" + number(server_ns / ns) +
            ",\"user_share\":" + number(ticks > 0 ? user / ticks : 0.0) +
            ",\"waited_for_cpu_ms\":" + number(static_cast<double>(report.server_waited_ns) / 1e6) +
            "}";
  }
  if (report.probe) {
    const ProbeReport& probe = *report.probe;
    line += ",\"probe\":{\"requests\":" + number(probe.latency.total()) +
            ",\"latency_us\":" + microseconds(probe.latency) +
            ",\"latency_without_wait_us\":" + microseconds(probe.latency_without_wait) +
            ",\"over_1ms\":" + number(probe.latency.above(1'000'000)) +
            ",\"over_1ms_without_wait\":" + number(probe.latency_without_wait.above(1'000'000)) +
            ",\"worst_after_requests\":" + number(probe.worst_after) + "," +
            verdicts(probe.counts) + "}";
  }
  return line + "}";
}

Load* running = nullptr;

}  // namespace
}  // namespace loadgen

int main(int argc, char** argv) try {
  const loadgen::Options options = loadgen::parse_options(argc, argv);
  if (options.help) {
    std::fputs(loadgen::kUsage, stdout);
    return 0;
  }
  const auto load = std::make_unique<loadgen::Load>(options);
  loadgen::running = load.get();
  std::signal(SIGTERM, [](int) { loadgen::running->stop(); });
  const auto report = load->run();
  std::puts(loadgen::json_of(options, report).c_str());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "replserver-loadgen: %s\n", error.what());
  return 1;
}
