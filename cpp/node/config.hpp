// Config — a node's settings under their names: what CONFIG GET, CONFIG SET, the configuration file
// and the command line speak of. The core reads the plain values:  config->databases
//
//   assign  (a line at start-up: every directive) ─┐
//   set     (CONFIG SET: all of them or none)     ─┴─> NodeConfig ──> get, rewrite_config
//
// A value type: keep a copy to be able to go back when a side effect fails. The side effects
// (listening elsewhere, a new log level, …) are the node's and its driver's; set() tells which
// directives changed.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "node/config_values.hpp"

namespace replserver {

class Config {
 public:
  using Pair = std::pair<Bytes, Bytes>;

  Config() = default;
  explicit Config(NodeConfig values) : values_(std::move(values)) {}

  const NodeConfig& operator*() const { return values_; }
  const NodeConfig* operator->() const { return &values_; }

  // CONFIG GET: names and values, sorted by name; old names too, where a pattern asks for them.
  // Names without wildcards may be hidden ones, and come back as they were written.
  std::vector<Pair> get(std::span<const ByteView> patterns) const;
  // One directive's value as CONFIG GET prints it; none if there is no such directive.
  std::optional<Bytes> get(ByteView name) const;

  struct Caller {
    bool is_local = false;  // a loopback client, for enable-protected-configs local
    bool loading = false;   // the node is loading its data set
  };
  // CONFIG SET name value [name value …]: what differs now, by the directives' own names. Or the
  // error that the client is told, and nothing has changed.
  Result<std::vector<ByteView>> set(std::span<const ByteView> pairs, Caller caller);

  // A directive with its values, as a line of a configuration file or an option of whoever embeds
  // a node: immutable ones as well. `save` replaces all save points. An Error's text is Redis' own
  // ("argument must be a memory value").
  std::optional<Error> assign(std::span<const ByteView> words);

  // What other commands decide; CONFIG GET and CONFIG REWRITE tell it.
  void follow(std::optional<PrimaryAddress> primary) { values_.replicaof = std::move(primary); }
  void enter(Bytes directory) { values_.dir = std::move(directory); }  // its absolute path

  friend bool operator==(const Config&, const Config&) = default;

 private:
  NodeConfig values_;
};

}  // namespace replserver
