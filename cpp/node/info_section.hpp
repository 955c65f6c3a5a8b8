// The sections of INFO, each written by a function of its own, and the text they write.
//
// A field is there when it has a meaning here, under Redis' name and in Redis' order; fields of
// features that are not built yet say what Redis says while nobody uses them.
#pragma once

#include <concepts>
#include <span>

#include "base/bytes.hpp"
#include "node/state.hpp"

namespace replserver {

Bytes fixed_text(double value, int decimals);  // "12.34"; never in the process' locale

class InfoText {
 public:
  void title(ByteView section);  // "# Server", after a blank line if it is not the first
  void field(ByteView name, ByteView value);
  template <std::integral Number>
  void field(ByteView name, Number value) {
    field(name, ByteView(std::to_string(value)));
  }
  // "name:12.34" and, for shares, "name:12.34%".
  void fixed(ByteView name, double value, int decimals, ByteView suffix = {});
  // A size in bytes; then the same under name_human, as in "1.50M".
  void size(ByteView name, std::uint64_t bytes);
  void human(ByteView name, std::uint64_t bytes);  // "name_human:1.50M" alone
  void zeros(std::span<const ByteView> names);     // "name:0" each

  Bytes take() { return std::move(text_); }

 private:
  Bytes text_;
};

void info_server(const NodeState& node, InfoText& text);
void info_clients(const NodeState& node, InfoText& text);
void info_memory(const NodeState& node, InfoText& text);
void info_persistence(const NodeState& node, InfoText& text);
void info_stats(const NodeState& node, InfoText& text);
void info_replication(const NodeState& node, InfoText& text);
void info_cpu(const NodeState& node, InfoText& text);
void info_modules(const NodeState& node, InfoText& text);
void info_commandstats(const NodeState& node, InfoText& text);
void info_errorstats(const NodeState& node, InfoText& text);
void info_latencystats(const NodeState& node, InfoText& text);
void info_cluster(const NodeState& node, InfoText& text);
void info_keyspace(const NodeState& node, InfoText& text);

}  // namespace replserver
