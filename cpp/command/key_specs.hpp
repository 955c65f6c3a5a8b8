// KeySpec — where the keys of a call are and what it does with them, as COMMAND INFO tells clients
// of clusters, and as rules for keys need it.
//
//   GET key               at 1, range up to it                      reads
//   MSET key value …      at 1, range up to the end, by two         overwrites
//   XREAD … STREAMS k …   after the word STREAMS, half of the rest  reads
//   EVAL script n key …   at 2, as many as the word there says      changes
//
// Most commands do one thing with all their keys, and those are where their row says. So the table
// here only adds the use to the row; the few commands that treat their keys differently have their
// specifications in full.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "command/command.hpp"

namespace replserver {

// One of the first four, and what happens to the value: that a value is looked at (access) matters
// only if its content gets out; TYPE and EXISTS do not access.
enum KeyUse : std::uint32_t {
  kKeyReadOnly = 1u << 0,
  kKeyReadWrite = 1u << 1,
  kKeyOverwrite = 1u << 2,
  kKeyRemove = 1u << 3,
  kKeyAccess = 1u << 4,
  kKeyUpdate = 1u << 5,
  kKeyInsert = 1u << 6,
  kKeyDelete = 1u << 7,
  kKeyNotKey = 1u << 8,      // a shard channel: routed as keys are, but none
  kKeyIncomplete = 1u << 9,  // there may be more keys than the specification finds
  kKeyVariable = 1u << 10,   // depends on the call's options
};

struct KeySpec {
  struct Unknown {};  // only the command's own finder can tell
  struct At {
    int position;
  };
  struct After {
    ByteView keyword;
    int from;  // where the search for it starts; negative: from the end, backwards
  };
  // From there on; `last` counts from the end of the call when negative. A limit of n takes only
  // the n-th part of the words that are left.
  struct Range {
    int last = 0;
    int step = 1;
    int limit = 0;
  };
  struct Counted {  // all relative to the start
    int count = 0;  // the word that says how many
    int first = 1;
    int step = 1;
  };

  std::uint32_t use = 0;  // of KeyUse
  std::variant<Unknown, At, After> start;
  std::variant<Unknown, Range, Counted> extent;
  std::uint32_t (*use_in)(Args call) = nullptr;  // where the use is variable
};

std::vector<KeySpec> key_specs(const Command& command);
bool has_keys(const Command& command);  // can a call have any

struct UsedKey {
  int position;
  std::uint32_t use;
};
// The keys that a specification finds; false: the call is wrong, or it cannot tell.
bool find_keys(const KeySpec& spec, Args call, std::vector<UsedKey>& keys);
// All keys of a call: by its specifications, else by its finder. False: they cannot be told.
bool used_keys(const Command& command, Args call, std::vector<UsedKey>& keys);

}  // namespace replserver
