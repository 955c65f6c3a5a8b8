"""The commands that a conversation may consist of. `3 LINE`: three times as often as others."""

from .families_hash import HASHES  # noqa: F401
from .sorted_sets import GEO, SORTED_SETS  # noqa: F401
from .sorting import SORTS  # noqa: F401
from .streams import CONSUMERS, STREAMS  # noqa: F401

STRINGS = """
4 SET key value
4 SET key value set_option*
3 GET key
APPEND key value
DECR key
DECRBY key integer
GETDEL key
2 GETEX key getex_option*
2 GETRANGE key integer integer
SUBSTR key integer integer
GETSET key value
2 INCR key
2 INCRBY key integer
3 INCRBYFLOAT key float
LCS key key lcs_option*
2 MGET key+
2 MSET pair+
2 MSETNX pair+
PSETEX key milliseconds value
SETEX key seconds value
SETNX key value
2 SETRANGE key offset value
STRLEN key
"""

KEYS = """
4 SET key value
COPY key key copy_option*
DEL key+
UNLINK key+
EXISTS key+
TOUCH key+
TYPE key
RENAME key key
RENAMENX key key
PERSIST key
OBJECT ENCODING key
OBJECT REFCOUNT key
OBJECT FREQ key
OBJECT IDLETIME key
OBJECT HELP
OBJECT text key
MEMORY USAGE key
DBSIZE
KEYS pattern
DEBUG DIGEST
DEBUG DIGEST-VALUE key+
"""

OBJECTS = """
SET key value
2 RPUSH key member+
2 SADD key member+
SADD key integer+
2 HSET key hash_pair+
2 ZADD key scored
2 XADD key stream_id member value
PFADD key member+
SETBIT key bit_offset bit
4 COPY key key copy_option*
MOVE key index
RENAME key key
2 OBJECT ENCODING key
OBJECT REFCOUNT key
OBJECT FREQ key
OBJECT IDLETIME key
TOUCH key
TYPE key
EXPIRE key seconds
DEBUG DIGEST-VALUE key
DEBUG OBJECT key
DEL key
SELECT =0
CONFIG SET =maxmemory-policy policy
CONFIG SET =list-max-listpack-size fill
CONFIG SET =hash-max-listpack-entries hash_entries
CONFIG SET =set-max-intset-entries limit_size
CONFIG SET =zset-max-listpack-entries packed_size
"""

EXPIRY = """
2 SET key value
2 SET key value deadline
2 EXPIRE key seconds expire_option*
2 PEXPIRE key milliseconds expire_option*
2 EXPIREAT key at_seconds expire_option*
2 PEXPIREAT key at_milliseconds expire_option*
TTL key
PTTL key
EXPIRETIME key
PEXPIRETIME key
PERSIST key
GETEX key getex_option*
SET key value KEEPTTL
GET key
INCR key
APPEND key value
RENAME key key
COPY key key copy_option*
"""

DATABASES = """
3 SET key value
3 SELECT index
SWAPDB index index
2 MOVE key index
COPY key key DB index
COPY key key copy_option*
FLUSHDB flush_option?
FLUSHALL flush_option?
DBSIZE
KEYS pattern
EXISTS key+
"""

SCANS = """
4 SET key value
2 SCAN 0 scan_option*
KEYS pattern
SCAN integer scan_option*
DEL key
"""

RANDOM = """
2 SET key value
2 RANDOMKEY
DEL key
"""

TRANSACTIONS = """
4 MULTI
6 EXEC
DISCARD
3 WATCH key+
UNWATCH
2 SET key value
INCR key
GET key
DEL key
NOSUCHCOMMAND key
SELECT index
"""

CONNECTION = """
PING value?
ECHO value
2 SELECT index
HELLO
2 HELLO version hello_option?
AUTH password
AUTH user password
CLIENT GETNAME
2 CLIENT SETNAME name
CLIENT ID
CLIENT INFO
CLIENT LIST
CLIENT LIST TYPE client_type
CLIENT LIST ID client_id
CLIENT KILL address
CLIENT KILL nobody kill_filter*
CLIENT NO-EVICT on_off
CLIENT UNPAUSE
CLIENT UNBLOCK client_id
CLIENT UNBLOCK client_id text
CLIENT KILL ID client_id SKIPME yes_no
CLIENT GETREDIR
CLIENT REPLY text
CLIENT text
CLIENT
RESET
QUIT
TIME
text key
OBJECT
CONFIG
CONFIG GET
CONFIG GET =notify-keyspace-events
PUBSUB
2 DEBUG ERROR text
DEBUG PROTOCOL text
"""

REPLIES = """
2 CLIENT REPLY ON
CLIENT REPLY OFF
2 CLIENT REPLY SKIP
2 SET key value
2 GET key
PING
SUBSCRIBE channel
UNSUBSCRIBE
PUBLISH channel text
HELLO version
CLIENT ID
RESET
"""

PUBSUB = """
4 subscribing
3 unsubscribing
5 PUBLISH channel text
2 SPUBLISH channel text
CLIENT KILL TYPE PUBSUB
PUBSUB CHANNELS pattern?
PUBSUB NUMSUB channel*
PUBSUB NUMPAT
PUBSUB SHARDCHANNELS pattern?
PUBSUB SHARDNUMSUB channel*
PUBSUB text
PING value?
GET key
HELLO version
RESET
QUIT
"""

MONITORS = """
MONITOR
4 SET key value
SET key value set_option*
GET key
SELECT index
AUTH password
HELLO 3 AUTH user password
CONFIG GET =maxmemory
NOSUCHCOMMAND key
PUBLISH channel text
CLIENT SETNAME name
CLIENT GETNAME
MULTI
2 EXEC
RESET
"""

PASSWORDS = """
CONFIG SET =requirepass password
2 AUTH password
2 AUTH user password
2 HELLO version
2 HELLO version AUTH user password
PING value?
SET key value
GET key
2 RESET
QUIT
MULTI
EXEC
SUBSCRIBE channel
CLIENT GETNAME
"""

MEMORY = """
CONFIG SET =maxmemory 1
CONFIG SET =maxmemory 0
CONFIG SET =maxmemory-policy policy
2 SET key value
APPEND key value
INCR key
MSET pair+
COPY key key
RENAME key key
GETDEL key
GETEX key getex_option*
EXPIRE key seconds
DEL key
GET key
OBJECT FREQ key
OBJECT IDLETIME key
PUBLISH channel text
MULTI
2 EXEC
MEMORY USAGE key SAMPLES integer
"""

LISTS = """
4 LPUSH key member+
4 RPUSH key member+
LPUSHX key member+
RPUSHX key value
2 LPOP key few?
2 RPOP key few?
LLEN key
2 LINDEX key integer
2 LRANGE key integer integer
LRANGE key =0 =-1
2 LSET key integer member
2 LINSERT key where member member
2 LREM key integer member
LTRIM key integer integer
LPOS key member lpos_option*
2 LMOVE key key end end
RPOPLPUSH key key
LMPOP =1 key end
LMPOP =2 key key end pop_count?
LMPOP integer key+ end pop_count?
OBJECT ENCODING key
DEBUG DIGEST-VALUE key
COPY key key copy_option*
RENAME key key
EXPIRE key seconds
SET key value
DEL key
2 CONFIG SET =list-max-listpack-size fill
"""

SETS = """
6 SADD key member+
2 SADD key integer+
2 SREM key member+
SMOVE key key member
SCARD key
SISMEMBER key member
SMISMEMBER key member+
SMEMBERS key
SRANDMEMBER key
SRANDMEMBER key few
SPOP key =1000
SPOP key =0
SSCAN key =0 member_scan_option*
SINTER key+
SUNION key+
SDIFF key+
2 SINTERSTORE key key+
2 SUNIONSTORE key key+
2 SDIFFSTORE key key+
SINTERCARD =2 key key limit?
SINTERCARD integer key+ limit?
OBJECT ENCODING key
DEBUG DIGEST-VALUE key
COPY key key copy_option*
RENAME key key
EXPIRE key seconds
SET key value
DEL key
CONFIG SET =set-max-intset-entries limit_size
"""

BITMAPS = """
4 SETBIT key bit_offset bit
2 GETBIT key bit_offset
2 BITCOUNT key
BITCOUNT key integer integer bit_unit?
BITPOS key bit
BITPOS key bit integer
BITPOS key bit integer integer bit_unit?
2 BITOP bit_operation key key+
BITOP NOT key key
3 BITFIELD key bitfield+
BITFIELD_RO key bitfield_get+
SET key value
APPEND key value
GET key
DEL key
DEBUG DIGEST-VALUE key
"""

SKETCHES = """
8 PFADD key member+
PFADD key
2 PFADD key integer+
2 PFCOUNT key
PFCOUNT key key+
2 PFMERGE key key+
PFMERGE key
2 GET key
PFDEBUG DECODE key
PFDEBUG ENCODING key
PFDEBUG TODENSE key
PFDEBUG member key
SET key value
SETRANGE key =0 text
CONFIG SET =hll-sparse-max-bytes hll_size
DEL key
DEBUG DIGEST-VALUE key
"""

INTROSPECTION = """
3 COMMAND GETKEYS some
2 COMMAND GETKEYSANDFLAGS some
COMMAND NOSUCH
SET key value
DEBUG POPULATE count
DEBUG POPULATE count prefix
DEBUG POPULATE count prefix count
DEBUG DIGEST
DEBUG OBJECT key
"""

EVENTS = """
3 CONFIG SET =notify-keyspace-events events
CONFIG GET =notify-keyspace-events
2 PSUBSCRIBE =__key*
PUNSUBSCRIBE
"""

FAMILIES = {
    name.lower(): [
        line
        for row in text.strip().splitlines()
        for weight, _, rest in [row.partition(" ")]
        for line in ([rest] * int(weight) if weight.isdigit() else [row])
    ]
    for name, text in list(globals().items())
    if name.isupper()
}

# A family of a conversation excludes these. What RANDOMKEY and SCAN delete of what has expired is left to
# a table's order. A client that is to be told nothing does not say QUIT: Redis leaves its link open; nor EXEC,
# whose reply is then no array any more. HELLO SETNAME without a password is half done by 7.0. Of a sketch that
# somebody appended to each reads another part.
EXCLUDED = {
    "random": {"lapses", "replies", "strings", "expiry"},
    "scans": {"lapses", "strings", "expiry", "monitors"},
    "replies": {"connection", "pubsub", "transactions", "monitors", "passwords", "memory"},
    "passwords": {"connection"},
    "sorts": {"sorted_sets", "geo", "events", "objects"},
    "sketches": {"strings", "bitmaps", "expiry"},
    "consumers": {"events", "transactions", "monitors"},
}

CHANGING_KEYS = [  # of which notifications and replicas tell
    "bitmaps", "databases", "expiry", "geo", "hashes", "keys", "lists", "objects", "sets", "sketches", "sorted_sets",
    "sorts", "streams", "strings", "transactions",
]  # fmt: skip
