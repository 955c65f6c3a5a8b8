// The digests of DEBUG DIGEST and DEBUG DIGEST-VALUE: the same 40 hex digits as Redis for the same
// data, so that one string compares our node with a real server.
#pragma once

#include "base/digest.hpp"
#include "base/fingerprint.hpp"
#include "data/entry.hpp"

namespace replserver {

class Keyspace;

Digest dataset_digest(const Keyspace& keyspace);  // all databases; zero when there is no key
Digest value_digest(const Entry& entry);          // type, value and whether it expires, not its key

// The same walks, many times faster, for nodes of one process. The data's: also when each key expires;
// the value's: not even whether it does.
Fingerprint dataset_fingerprint(const Keyspace& keyspace);
Fingerprint value_fingerprint(const Entry& entry);

}  // namespace replserver
