"""What a conversation about hashes consists of."""

HASHES = """
8 HSET key hash_pair+
2 HMSET key hash_pair+
2 HSETNX key member value
3 HGET key member
2 HMGET key member+
3 HDEL key member+
2 HINCRBY key member integer
3 HINCRBYFLOAT key member float
2 HGETALL key
HKEYS key
HVALS key
HLEN key
HEXISTS key member
HSTRLEN key member
HRANDFIELD key
2 HRANDFIELD key few
HRANDFIELD key few WITHVALUES
HSCAN key =0 member_scan_option*
2 OBJECT ENCODING key
DEBUG DIGEST-VALUE key
COPY key key copy_option*
RENAME key key
EXPIRE key seconds
SET key value
DEL key
CONFIG SET =hash-max-listpack-entries hash_entries
CONFIG SET =hash-max-listpack-value hash_value
"""
