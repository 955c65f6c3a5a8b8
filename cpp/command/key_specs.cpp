#include "command/key_specs.hpp"

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "command/words.hpp"

namespace replserver {
namespace {

using At = KeySpec::At;
using Range = KeySpec::Range;

// SET … GET reads what it overwrites.
std::uint32_t use_in_set(Args call) {
  for (std::size_t at = 3; at < call.size(); ++at) {
    if (equal_ignoring_case(call[at], "get")) return kKeyReadWrite | kKeyAccess | kKeyUpdate;
  }
  return kKeyOverwrite | kKeyUpdate;
}

// BITFIELD with nothing but GET only reads.
std::uint32_t use_in_bitfield(Args call) {
  for (std::size_t at = 2; at < call.size(); ++at) {
    if (equal_ignoring_case(call[at], "set") || equal_ignoring_case(call[at], "incrby")) {
      return kKeyReadWrite | kKeyAccess | kKeyUpdate;
    }
  }
  return kKeyReadOnly | kKeyAccess;
}

// Commands that do one thing with all keys of their row's range.
struct Use {
  std::uint32_t use;
  ByteView commands;
  std::uint32_t (*use_in)(Args call) = nullptr;
};
constexpr Use kUses[] = {
    {kKeyReadOnly, "exists memory|usage object|encoding object|freq object|idletime"},
    {kKeyReadOnly, "object|refcount strlen touch type watch"},
    {kKeyReadOnly, "llen scard sismember"},
    {kKeyReadOnly, "hexists hlen hstrlen"},
    {kKeyReadOnly | kKeyAccess, "hexpiretime hget hgetall hkeys hmget hpexpiretime hpttl"},
    {kKeyReadOnly | kKeyAccess, "hrandfield hscan httl hvals"},
    {kKeyReadWrite | kKeyInsert, "hsetnx"},
    {kKeyReadWrite | kKeyUpdate, "hexpire hexpireat hmset hpersist hpexpire hpexpireat hset"},
    {kKeyReadWrite | kKeyAccess | kKeyUpdate, "hincrby hincrbyfloat"},
    {kKeyReadWrite | kKeyDelete, "hdel"},
    {kKeyReadOnly, "zcard"},
    {kKeyReadOnly | kKeyAccess, "zcount zlexcount zmscore zrandmember zrange zrangebylex"},
    {kKeyReadOnly | kKeyAccess, "zrangebyscore zrank zrevrange zrevrangebylex zrevrangebyscore"},
    {kKeyReadOnly | kKeyAccess, "zrevrank zscan zscore geodist geohash geopos geosearch"},
    {kKeyReadOnly | kKeyAccess, "georadius_ro georadiusbymember_ro"},
    {kKeyReadWrite | kKeyUpdate, "geoadd zadd"},
    {kKeyReadWrite | kKeyDelete, "zrem zremrangebylex zremrangebyrank zremrangebyscore"},
    {kKeyReadWrite | kKeyAccess | kKeyUpdate, "zincrby"},
    {kKeyReadWrite | kKeyAccess | kKeyDelete, "bzpopmax bzpopmin zpopmax zpopmin"},
    {kKeyReadOnly | kKeyAccess, "bitcount bitfield_ro bitpos getbit"},
    {kKeyReadOnly | kKeyAccess,
     "dump expiretime get getrange lcs mget pexpiretime pttl substr ttl"},
    {kKeyReadOnly | kKeyAccess,
     "lindex lpos lrange sdiff sinter smembers smismember srandmember sscan sunion"},
    {kKeyReadWrite | kKeyInsert, "append pfadd linsert lpush lpushx rpush rpushx sadd"},
    {kKeyReadWrite | kKeyUpdate, "expire expireat persist pexpire pexpireat setrange lset"},
    {kKeyReadWrite | kKeyAccess | kKeyUpdate, "decr decrby getex getset incr incrby incrbyfloat"},
    {kKeyReadWrite | kKeyAccess | kKeyUpdate, "move setbit"},
    {kKeyReadWrite | kKeyAccess | kKeyUpdate | kKeyVariable, "set", use_in_set},
    {kKeyReadWrite | kKeyAccess | kKeyUpdate | kKeyVariable, "bitfield", use_in_bitfield},
    {kKeyReadWrite | kKeyAccess | kKeyDelete,
     "blpop brpop bzpopmax bzpopmin getdel lpop rpop spop"},
    {kKeyReadWrite | kKeyDelete, "lrem ltrim srem"},
    {kKeyReadWrite | kKeyAccess, "pfcount pfdebug"},
    {kKeyOverwrite | kKeyInsert, "msetnx setnx"},
    {kKeyOverwrite | kKeyUpdate, "mset psetex restore setex"},
    {kKeyRemove | kKeyDelete, "del unlink"},
    {kKeyReadOnly, "xlen"},
    {kKeyReadOnly | kKeyAccess,
     "xinfo|consumers xinfo|groups xinfo|stream xpending xrange xrevrange"},
    {kKeyReadWrite | kKeyInsert, "xgroup|create xgroup|createconsumer"},
    {kKeyReadWrite | kKeyUpdate, "xack xadd xclaim xgroup|setid xsetid"},
    {kKeyReadWrite | kKeyDelete, "xautoclaim xdel xgroup|delconsumer xgroup|destroy xtrim"},
    {kKeyNotKey, "spublish ssubscribe sunsubscribe"},
};

constexpr KeySpec kCopy[] = {
    {kKeyReadOnly | kKeyAccess, At{1}, Range{}},
    {kKeyOverwrite | kKeyUpdate, At{2}, Range{}},
};
constexpr KeySpec kRename[] = {
    {kKeyReadWrite | kKeyAccess | kKeyDelete, At{1}, Range{}},
    {kKeyOverwrite | kKeyUpdate, At{2}, Range{}},
};
constexpr KeySpec kRenameNx[] = {
    {kKeyReadWrite | kKeyAccess | kKeyDelete, At{1}, Range{}},
    {kKeyOverwrite | kKeyInsert, At{2}, Range{}},
};

// A destination, and behind it all that it is made from.
constexpr KeySpec kStore[] = {
    {kKeyOverwrite | kKeyUpdate, At{1}, Range{}},
    {kKeyReadOnly | kKeyAccess, At{2}, Range{.last = -1}},
};
constexpr KeySpec kInterStore[] = {
    {kKeyReadWrite | kKeyUpdate, At{1}, Range{}},
    {kKeyReadOnly | kKeyAccess, At{2}, Range{.last = -1}},
};
constexpr KeySpec kMoveMember[] = {
    {kKeyReadWrite | kKeyAccess | kKeyDelete, At{1}, Range{}},
    {kKeyReadWrite | kKeyInsert, At{2}, Range{}},
};
// As many keys as the word at 1 says.
constexpr KeySpec kCountedReading[] = {
    {kKeyReadOnly | kKeyAccess, At{1}, KeySpec::Counted{}},
};

constexpr KeySpec kCountedTaking[] = {
    {kKeyReadWrite | kKeyAccess | kKeyDelete, At{1}, KeySpec::Counted{}},
};

constexpr KeySpec kCountedTakingLater[] = {
    {kKeyReadWrite | kKeyAccess | kKeyDelete, At{2}, KeySpec::Counted{}},
};
constexpr KeySpec kRead[] = {
    {kKeyReadOnly | kKeyAccess, KeySpec::After{"STREAMS", 1}, Range{.last = -1, .limit = 2}},
};
constexpr KeySpec kReadGroup[] = {
    {kKeyReadOnly | kKeyAccess, KeySpec::After{"STREAMS", 4}, Range{.last = -1, .limit = 2}},
};

// A destination, and behind it as many keys as the word at 2 says.
constexpr KeySpec kCountedStore[] = {
    {kKeyOverwrite | kKeyUpdate, At{1}, Range{}},
    {kKeyReadOnly | kKeyAccess, At{2}, KeySpec::Counted{}},
};
constexpr KeySpec kRangeStore[] = {
    {kKeyOverwrite | kKeyUpdate, At{1}, Range{}},
    {kKeyReadOnly | kKeyAccess, At{2}, Range{}},
};

constexpr KeySpec kRadius[] = {
    {kKeyReadOnly | kKeyAccess, At{1}, Range{}},
    {kKeyOverwrite | kKeyUpdate, KeySpec::After{"STORE", 6}, Range{}},
    {kKeyOverwrite | kKeyUpdate, KeySpec::After{"STOREDIST", 6}, Range{}},
};
constexpr KeySpec kRadiusByMember[] = {
    {kKeyReadOnly | kKeyAccess, At{1}, Range{}},
    {kKeyOverwrite | kKeyUpdate, KeySpec::After{"STORE", 5}, Range{}},
    {kKeyOverwrite | kKeyUpdate, KeySpec::After{"STOREDIST", 5}, Range{}},
};

constexpr KeySpec kBitOperation[] = {
    {kKeyOverwrite | kKeyUpdate, At{2}, Range{}},
    {kKeyReadOnly | kKeyAccess, At{3}, Range{.last = -1}},
};

constexpr KeySpec kMergeSketches[] = {
    {kKeyReadWrite | kKeyAccess | kKeyInsert, At{1}, Range{}},
    {kKeyReadOnly | kKeyAccess, At{2}, Range{.last = -1}},
};

// What BY and GET read has names made from elements; STORE may stand anywhere.
constexpr KeySpec kSort[] = {
    {kKeyReadOnly | kKeyAccess, At{1}, Range{}},
    {kKeyReadOnly | kKeyAccess, KeySpec::Unknown{}, KeySpec::Unknown{}},
    {kKeyOverwrite | kKeyUpdate, KeySpec::Unknown{}, KeySpec::Unknown{}},
};
constexpr std::span<const KeySpec> kSortReading(kSort, 2);

// One key, or none and those behind the last KEYS.
constexpr std::uint32_t kHandedOver = kKeyReadWrite | kKeyAccess | kKeyDelete;
constexpr KeySpec kMigrate[] = {
    {kHandedOver, At{3}, Range{}},
    {kHandedOver | kKeyIncomplete, KeySpec::After{"KEYS", -2}, Range{.last = -1}},
};

struct Specified {
  ByteView command;
  std::span<const KeySpec> specs;
};
constexpr Specified kSpecified[] = {
    {"bitop", kBitOperation},
    {"blmove", kMoveMember},
    {"blmpop", kCountedTakingLater},
    {"brpoplpush", kMoveMember},
    {"bzmpop", kCountedTakingLater},
    {"copy", kCopy},
    {"georadius", kRadius},
    {"georadiusbymember", kRadiusByMember},
    {"geosearchstore", kRangeStore},
    {"lmove", kMoveMember},
    {"lmpop", kCountedTaking},
    {"migrate", kMigrate},
    {"pfmerge", kMergeSketches},
    {"rename", kRename},
    {"renamenx", kRenameNx},
    {"rpoplpush", kMoveMember},
    {"sdiffstore", kStore},
    {"sintercard", kCountedReading},
    {"sinterstore", kInterStore},
    {"smove", kMoveMember},
    {"sort", kSort},
    {"sort_ro", kSortReading},
    {"sunionstore", kStore},
    {"xread", kRead},
    {"xreadgroup", kReadGroup},
    {"zdiff", kCountedReading},
    {"zdiffstore", kCountedStore},
    {"zinter", kCountedReading},
    {"zintercard", kCountedReading},
    {"zinterstore", kCountedStore},
    {"zmpop", kCountedTaking},
    {"zrangestore", kRangeStore},
    {"zunion", kCountedReading},
    {"zunionstore", kCountedStore},
};

Range range_of(const KeyRange& keys) {
  return {.last = keys.last < 0 ? keys.last : keys.last - keys.first, .step = keys.step};
}

// The index of the first word that may be a key; nothing: the keyword is not in this call.
struct Start {
  bool known = false;
  int first = 0;
};
Start start_of(const KeySpec& spec, Args call) {
  if (const auto* at = std::get_if<KeySpec::At>(&spec.start)) return {true, at->position};

  const auto* after = std::get_if<KeySpec::After>(&spec.start);
  if (after == nullptr) return {};
  const int size = static_cast<int>(call.size());
  const int step = after->from < 0 ? -1 : 1;
  for (int at = after->from < 0 ? size + after->from : after->from; at > 0 && at < size;
       at += step) {
    const ByteView word = call[static_cast<std::size_t>(at)];
    if (equal_ignoring_case(word, after->keyword)) return {true, at + 1};
  }
  return {};
}

}  // namespace

std::vector<KeySpec> key_specs(const Command& command) {
  for (const Specified& specified : kSpecified) {
    if (specified.command == command.name) return {specified.specs.begin(), specified.specs.end()};
  }
  for (const Use& use : kUses) {
    if (!has_word(use.commands, command.name)) continue;
    return {{use.use, At{command.keys.first}, range_of(command.keys), use.use_in}};
  }
  return {};
}

bool has_keys(const Command& command) {
  if (command.find_keys != nullptr) return true;
  for (const KeySpec& spec : key_specs(command)) {
    if (!(spec.use & kKeyNotKey)) return true;
  }
  return false;
}

bool find_keys(const KeySpec& spec, Args call, std::vector<UsedKey>& keys) {
  const bool is_optional = std::holds_alternative<KeySpec::After>(spec.start);
  const Start start = start_of(spec, call);
  if (!start.known) return is_optional;

  const int size = static_cast<int>(call.size());
  int first = start.first, last = 0, step = 1;
  if (const auto* range = std::get_if<KeySpec::Range>(&spec.extent)) {
    step = range->step;
    last = range->last >= 0    ? first + range->last
           : range->limit == 0 ? size + range->last
                               : first + (size - first) / range->limit + range->last;
  } else if (const auto* counted = std::get_if<KeySpec::Counted>(&spec.extent)) {
    const int where = first + counted->count;
    if (where >= size) return false;
    const auto count = parse_integer(call[static_cast<std::size_t>(where)]);
    if (!count || *count < 1 || *count > size) return false;
    step = counted->step;
    first += counted->first;
    last = first + (static_cast<int>(*count) - 1) * step;
  } else {
    return false;
  }
  if (last < first || last >= size) return false;

  const std::uint32_t use = spec.use_in != nullptr ? spec.use_in(call) : spec.use;
  for (int at = first; at <= last; at += step) keys.push_back({at, use});
  return true;
}

bool used_keys(const Command& command, Args call, std::vector<UsedKey>& keys) {
  const std::vector<KeySpec> specs = key_specs(command);
  bool told = !specs.empty();
  for (const KeySpec& spec : specs) {
    if (spec.use & kKeyNotKey) continue;
    told = told && !(spec.use & kKeyIncomplete) && find_keys(spec, call, keys);
  }
  if (told) return true;

  keys.clear();
  if (command.find_keys == nullptr) return false;
  std::vector<int> positions;
  if (!command.find_keys(call, positions)) return false;
  // SORT … STORE: the first key is that of the first specification, others are of the last.
  for (const int position : positions) {
    const std::uint32_t use = specs.empty()  ? 0
                              : keys.empty() ? specs.front().use
                                             : specs.back().use;
    keys.push_back({position, use});
  }
  return true;
}

}  // namespace replserver
