// Persistence — when the data set is saved to its RDB file, and how it is loaded from there.
//
//   SAVE, BGSAVE, save points, SHUTDOWN, DEBUG RELOAD ──> RdbSave (one at a time) ──> dbfilename
//   start, DEBUG RELOAD ──> RdbLoad ──> the keyspace, all of it at once
//
// The record is NodeState's; the verbs below are all that changes it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "rdb/writer.hpp"

namespace replserver {

struct NodeState;
class RdbSave;
class RdbLoad;
struct RdbFacts;

// When a save has ended. False: it failed, or a newer one took its place.
using Saved = std::function<void(NodeState& node, bool saved)>;

struct Persistence {
  std::shared_ptr<RdbSave> saving;
  Saved saved;  // who waits for it
  std::shared_ptr<RdbLoad> loading;
  bool is_file_taken = false;  // by a full sync, which puts its own in its place and loads it
  bool awaits_load = false;    // a driver that will call Node::load(): the data is not there yet

  std::int64_t last_save = 0;       // LASTSAVE
  std::optional<Instant> last_try;  // of a background save
  bool last_background_failed = false;
  bool is_background = false;  // the running one
  std::optional<std::int64_t> last_background_seconds;
  std::size_t last_memory_peak = 0;  // that a save took beyond the data
  std::uint64_t saves = 0, files_begun = 0;
  std::int64_t dirty_before = 0;  // when the running one began

  std::uint64_t keys_loaded = 0, keys_expired = 0;  // by the last load
  std::vector<Bytes> functions;                     // libraries of a loaded file, to be kept
};

// ---- saving

enum class SaveKind { foreground, background };
// False: one is running already, or it cannot begin; `saved` is then not called.
bool begin_save(NodeState& node, SaveKind kind, Saved saved);
// Ends the running one, whose place a newer one takes.
void abort_save(NodeState& node);
void check_save_points(NodeState& node);
// MISCONF: writes are refused since the data set cannot be saved; nothing: they are not.
std::optional<Bytes> disk_trouble(const NodeState& node);

// ---- loading

void load_at_start(NodeState& node);
void take_facts(NodeState& node, const RdbFacts& facts);  // of data that are ours now
enum class Existing { flush, keep, replace };             // what becomes of the keys that are there
using Reloaded = std::function<void(NodeState& node, bool loaded)>;
void reload(NodeState& node, Existing existing, bool save_first, Reloaded reloaded);

}  // namespace replserver
