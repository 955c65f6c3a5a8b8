// Files — what a node asks of the file system, done at once.
//
// A file is written under a temporary name, synced, and renamed; then its directory is synced: after
// a crash at any point either the old or the new content is there, whole.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace replserver::net {

Result<Bytes> read_file(const Bytes& path);
Result<Bytes> write_file(const Bytes& path, ByteView content);  // empty on success
Result<Bytes> file_size(const Bytes& path);                     // as decimal text
Result<Bytes> rename_file(const Bytes& from, const Bytes& to);  // and syncs the directory of `to`
Result<Bytes> remove_file(const Bytes& path);
// The absolute path of an existing directory that we may enter.
Result<Bytes> enter_directory(const Bytes& path);
// `path` as seen from `directory`, unless it is absolute.
Bytes path_in(const Bytes& directory, const Bytes& path);

// A file that is read or written in parts; closed when it is destroyed.
class OpenFile {
 public:
  enum class Mode { read, write_anew };

  static Result<OpenFile> open(const Bytes& path, Mode mode);
  OpenFile(OpenFile&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile();

  Result<Bytes> read(std::uint64_t offset, std::size_t size) const;  // fewer bytes: it ends there
  Result<Bytes> write(std::uint64_t offset, const std::vector<ByteView>& pieces) const;
  Result<Bytes> sync() const;

 private:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace replserver::net
