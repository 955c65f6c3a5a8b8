#include "node/persistence.hpp"

#include <algorithm>

#include "node/info_section.hpp"
#include "node/rdb_load.hpp"
#include "node/rdb_save.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

constexpr Duration kRetry = seconds(5);  // after a background save that failed

constexpr ByteView kMisconf =
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to "
    "disk. Commands that may modify the data set are disabled, because this instance is configured "
    "to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error "
    "option). "
    "Please check the Redis logs for details about the RDB error.";

std::int64_t whole_seconds(Duration duration) {
  return std::chrono::duration_cast<seconds>(duration).count();
}

void record_outcome(NodeState& node, const Result<void>& outcome) {
  Persistence& record = node.persistence;
  if (outcome) {
    node.context->dirty -= record.dirty_before;
    record.last_save = unix_seconds(node.now.wall);
    node.log(LogLevel::notice, "DB saved on disk");
  } else {
    node.log(LogLevel::warning, outcome.error().text);
  }
  if (!record.is_background) {
    if (outcome) record.last_background_failed = false;
    return;
  }
  record.last_background_failed = !outcome;
  if (outcome) {
    node.log(LogLevel::notice, "Background saving terminated with success");
  } else {
    node.log(LogLevel::warning, "Background saving error");
  }
}

void save_done(NodeState& node, const Result<void>& outcome) {
  Persistence& record = node.persistence;
  record.last_memory_peak = record.saving->memory_peak();
  if (record.is_background) {
    record.last_background_seconds = whole_seconds(node.now.mono - record.saving->started_at());
  }
  record_outcome(node, outcome);
  record.saving.reset();
  const Saved saved = std::move(record.saved);
  if (saved) saved(node, outcome.has_value());
}

void loaded_at_start(NodeState& node, tl::expected<RdbLoad::Loaded, RdbLoad::Trouble> outcome) {
  Persistence& record = node.persistence;
  const Instant started = record.loading->started_at().mono;
  record.loading.reset();
  record.awaits_load = false;
  if (outcome) {
    take_facts(node, outcome->facts);
    node.keyspace.replace_all(std::move(outcome->databases), Keyspace::Flush::now);
    if (const auto& replication = outcome->facts.replication) take_up_history(node, *replication);
    const auto took = std::chrono::duration<double>(node.now.mono - started).count();
    node.log(LogLevel::notice, "DB loaded from disk: " + fixed_text(took, 3) + " seconds");
  } else if (!outcome.error().no_file) {
    node.log(LogLevel::warning, node.config->dbfilename + ": " + outcome.error().text);
    node.log(LogLevel::warning, "Fatal error loading the DB, check server logs. Exiting.");
    node.effects.failed = node.effects.stop = true;
  }
}

// The first key that both have, if that is one too many.
std::optional<Bytes> repeated(const Keyspace& keyspace, const Keyspace::Databases& loaded) {
  std::optional<Bytes> found;
  for (int db = 0; db < keyspace.databases(); ++db) {
    const Database& ours = keyspace.database(db);
    loaded[static_cast<std::size_t>(db)]->for_each([&](const Entry& entry) {
      if (!found && ours.find(ours.make_key(entry.key())) != nullptr) found = Bytes(entry.key());
    });
  }
  return found;
}

void merge(Keyspace& keyspace, const Keyspace::Databases& loaded) {
  for (int db = 0; db < keyspace.databases(); ++db) {
    Database& ours = keyspace.database(db);
    Database& theirs = *loaded[static_cast<std::size_t>(db)];
    theirs.for_each([&](const Entry& entry) {
      const Key key = ours.make_key(entry.key());
      theirs.copy(key, ours, key);
    });
  }
}

bool put_in_place(NodeState& node, Existing existing, RdbLoad::Loaded loaded) {
  if (existing == Existing::keep) {
    if (const auto key = repeated(node.keyspace, loaded.databases)) {
      node.log(LogLevel::warning, "RDB has duplicated key '" + *key + "': nothing was loaded");
      return false;
    }
  }
  take_facts(node, loaded.facts);
  if (existing == Existing::flush) {
    node.keyspace.replace_all(std::move(loaded.databases), Keyspace::Flush::now);
  } else {
    merge(node.keyspace, loaded.databases);
  }
  node.context->dirty = 0;
  node.log(LogLevel::warning, "DB reloaded by DEBUG RELOAD");
  return true;
}

void load_again(NodeState& node, Existing existing, Reloaded reloaded) {
  const auto done = [existing, reloaded = std::move(reloaded)](
                        NodeState& node, tl::expected<RdbLoad::Loaded, RdbLoad::Trouble> outcome) {
    node.persistence.loading.reset();
    if (!outcome) {
      node.log(LogLevel::warning, node.config->dbfilename + ": " + outcome.error().text);
      return reloaded(node, false);
    }
    reloaded(node, put_in_place(node, existing, std::move(*outcome)));
  };
  node.persistence.loading = RdbLoad::start(node, node.config->dbfilename, done);
}

}  // namespace

// ---- saving

bool begin_save(NodeState& node, SaveKind kind, Saved saved) {
  Persistence& record = node.persistence;
  if (record.saving || record.is_file_taken) return false;
  record.saving = RdbSave::start(node, node.config->dbfilename, save_done);
  record.is_background = kind == SaveKind::background;
  if (record.is_background) record.last_try = node.now.mono;
  if (!record.saving) {
    node.log(LogLevel::warning, "Can't save: too many snapshots are running");
    if (record.is_background) record.last_background_failed = true;
    return false;
  }
  record.saved = std::move(saved);
  ++record.saves;
  record.dirty_before = node.context->dirty;
  if (record.is_background) {
    node.log(LogLevel::notice, "Background saving started by pid " + std::to_string(node.host.pid));
  }
  return true;
}

void abort_save(NodeState& node) {
  if (!node.persistence.saving) return;
  node.log(LogLevel::warning, "There is a child saving an .rdb. Killing it!");
  const auto saving = std::move(node.persistence.saving);
  const Saved saved = std::move(node.persistence.saved);
  saving->abort(node);
  if (saved) saved(node, false);
}

void check_save_points(NodeState& node) {
  const Persistence& record = node.persistence;
  if (record.saving || record.is_file_taken || node.is_loading() || node.writes_are_held()) return;
  if (record.last_background_failed && record.last_try &&
      node.now.mono - *record.last_try <= kRetry) {
    return;
  }
  const std::int64_t since = unix_seconds(node.now.wall) - record.last_save;
  for (const SavePoint& point : node.config->save) {
    if (node.context->dirty < point.changes || since <= point.seconds) continue;
    node.log(LogLevel::notice, std::to_string(point.changes) + " changes in " +
                                   std::to_string(point.seconds) + " seconds. Saving...");
    begin_save(node, SaveKind::background, {});
    return;
  }
}

std::optional<Bytes> disk_trouble(const NodeState& node) {
  if (!node.persistence.last_background_failed || !node.config->stop_writes_on_bgsave_error ||
      node.config->save.empty()) {
    return std::nullopt;
  }
  return Bytes(kMisconf);
}

// ---- loading

void take_facts(NodeState& node, const RdbFacts& facts) {
  Persistence& record = node.persistence;
  record.keys_loaded = facts.keys;
  record.keys_expired = facts.expired_skipped;
  record.functions = facts.functions;
  node.log(LogLevel::notice, "Done loading RDB, keys loaded: " + std::to_string(facts.keys) +
                                 ", keys expired: " + std::to_string(facts.expired_skipped) + ".");
}

void load_at_start(NodeState& node) {
  node.persistence.loading = RdbLoad::start(node, node.config->dbfilename, loaded_at_start);
}

void reload(NodeState& node, Existing existing, bool save_first, Reloaded reloaded) {
  if (node.persistence.loading || node.persistence.is_file_taken) return reloaded(node, false);
  abort_save(node);
  ++node.writes_held;  // what is written until the file is loaded would be lost
  Reloaded done = [reloaded = std::move(reloaded)](NodeState& node, bool loaded) {
    node.let_writes_go();
    reloaded(node, loaded);
  };
  if (!save_first) return load_again(node, existing, std::move(done));
  const bool begun =
      begin_save(node, SaveKind::foreground, [existing, done](NodeState& node, bool saved) {
        if (!saved) return done(node, false);
        load_again(node, existing, done);
      });
  if (!begun) done(node, false);
}

}  // namespace replserver
