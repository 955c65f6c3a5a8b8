// Command — a row of the command table: what a command is called, what it needs, where its keys are,
// and the function that does it. Families (strings.cpp, …) keep their rows at the end of the file;
// the node collects all families and looks commands up by name.
//
// A subcommand is a row of its own, named "client|list"; its container is a row without a handler.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace replserver {

class Context;

// The words of one command, name first. Views into the link's read buffer: valid while it executes.
using Args = std::span<const ByteView>;
using Handler = void (*)(Context&, Args);

enum CommandFlag : std::uint32_t {
  kWrite = 1u << 0,
  kReadonly = 1u << 1,
  kDenyOom = 1u << 2,
  kAdmin = 1u << 3,
  kPubsub = 1u << 4,
  kNoScript = 1u << 5,
  kBlocking = 1u << 6,
  kLoading = 1u << 7,  // allowed while loading
  kStale = 1u << 8,    // allowed while the link to the primary is down
  kSkipMonitor = 1u << 9,
  kSkipSlowlog = 1u << 10,
  kFast = 1u << 11,
  kNoAuth = 1u << 12,
  kMayReplicate = 1u << 13,
  kNoMulti = 1u << 14,
  kMovableKeys = 1u << 15,
  kAllowBusy = 1u << 16,
  kNoAsyncLoading = 1u << 17,
  kNoMandatoryKeys = 1u << 18,
  kProtected = 1u << 19,  // DEBUG: behind enable-debug-command
  kTouchesArbitraryKeys = 1u << 20,
  kSentinel = 1u << 21,  // Redis has it in Sentinel mode too; shown by no reply of ours
};

// ACL categories a row names itself; @read, @write, @fast, @slow, @admin, @dangerous, @pubsub,
// @blocking follow from its flags.
enum Category : std::uint32_t {
  kNoCategory = 0,
  kKeyspaceCategory = 1u << 0,
  kStringCategory = 1u << 1,
  kListCategory = 1u << 2,
  kSetCategory = 1u << 3,
  kSortedSetCategory = 1u << 4,
  kHashCategory = 1u << 5,
  kBitmapCategory = 1u << 6,
  kHyperLogLogCategory = 1u << 7,
  kGeoCategory = 1u << 8,
  kStreamCategory = 1u << 9,
  kConnectionCategory = 1u << 10,
  kTransactionCategory = 1u << 11,
  kScriptingCategory = 1u << 12,
  kDangerousCategory = 1u << 13,  // KEYS, SORT, …: dangerous without being @admin
  kAdminCategory = 1u << 14,      // ROLE, LASTSAVE: they only tell, and are @admin all the same
};

// Positions of the keys among the words; last counts from the end when negative. {0,0,0}: none.
struct KeyRange {
  int first = 0;
  int last = 0;
  int step = 0;
};

// Where keys cannot be told by a range: the indices of all key words. False: a syntax error.
using KeyFinder = bool (*)(Args args, std::vector<int>& positions);

struct Command {
  ByteView name;  // lower case
  int arity = 0;  // negative: at least that many words
  std::uint32_t flags = 0;
  KeyRange keys;
  std::uint32_t categories = kNoCategory;
  Handler handler = nullptr;  // none: a container, which answers for a missing subcommand
  KeyFinder find_keys = nullptr;
};

// All keys of a call, by its row's range or finder. False: none can be told, since the call is wrong.
bool key_positions(const Command& command, Args args, std::vector<int>& positions);

// The families of this room, one by one and all of them.
std::vector<std::span<const Command>> command_families();
std::span<const Command> string_commands();
std::span<const Command> key_commands();       // generic: DEL, RENAME, COPY, TYPE, OBJECT, …
std::span<const Command> expiry_commands();    // EXPIRE … PERSIST
std::span<const Command> scan_commands();      // SCAN, KEYS, RANDOMKEY
std::span<const Command> database_commands();  // DBSIZE, FLUSHDB, FLUSHALL, SWAPDB
std::span<const Command> sorting_commands();   // SORT, SORT_RO
std::span<const Command> bitmap_commands();
std::span<const Command> bitfield_commands();
std::span<const Command> hyperloglog_commands();
std::span<const Command> list_commands();
std::span<const Command> list_taking_commands();  // LPOP, LMOVE, LMPOP, …
std::span<const Command> hash_commands();
std::span<const Command> field_expiry_commands();   // HEXPIRE … HPERSIST
std::span<const Command> hash_scan_commands();      // HRANDFIELD, HSCAN
std::span<const Command> stream_commands();         // of the entries of one stream
std::span<const Command> stream_group_commands();   // XGROUP, XACK
std::span<const Command> stream_read_commands();    // XREAD, XREADGROUP
std::span<const Command> stream_claim_commands();   // XPENDING, XCLAIM, XAUTOCLAIM
std::span<const Command> stream_report_commands();  // XINFO
std::span<const Command> set_commands();
std::span<const Command> set_algebra_commands();  // SINTER, SUNION, SDIFF and what stores them
std::span<const Command> sorted_set_commands();
std::span<const Command> sorted_set_range_commands();    // ZRANGE, ZCOUNT, ZREMRANGEBYSCORE, …
std::span<const Command> sorted_set_pop_commands();      // ZPOPMIN, ZMPOP, …
std::span<const Command> sorted_set_algebra_commands();  // ZINTER, ZUNION, ZDIFF, …
std::span<const Command> geo_commands();
std::span<const Command> geo_search_commands();

}  // namespace replserver
