// What DEBUG tells of the inside of a key and of a table.
#pragma once

#include "data/database.hpp"

namespace replserver {

// DEBUG OBJECT: "Value at:0x… refcount:1 encoding:embstr serializedlength:4 lru:… lru_seconds_idle:…".
// The place is the key's hash: where an entry lies would differ from one run to the next.
// Its serialized length is that of an RDB file, whose strings are compressed or not.
Bytes object_report(const Database& database, const Key& key, const Entry& entry, bool compresses);

// DEBUG HTSTATS: how full a database's table is.
Bytes table_report(const Database& database);

}  // namespace replserver
