// Files — what a node asks of the file system, done at once.
//
// A file is written under a temporary name, synced, and renamed; then its directory is synced: after
// a crash at any point either the old or the new content is there, whole.
#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace replserver::net {

Result<Bytes> read_file(const Bytes& path);
Result<Bytes> write_file(const Bytes& path, ByteView content);  // empty on success
// The absolute path of an existing directory that we may enter.
Result<Bytes> enter_directory(const Bytes& path);
// `path` as seen from `directory`, unless it is absolute.
Bytes path_in(const Bytes& directory, const Bytes& path);

}  // namespace replserver::net
