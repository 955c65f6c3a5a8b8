#include "net/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace replserver::net {
namespace {

// A descriptor that is closed at the end of a block.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  bool open() const { return number_ >= 0; }

 private:
  int number_;
};

tl::unexpected<Error> failure(int error) { return fail(Error::Kind::io, std::strerror(error)); }

bool write_all(int descriptor, ByteView content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Bytes directory_of(const Bytes& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == Bytes::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// A new name is on the disk when its directory is.
Result<Bytes> sync_directory_of(const Bytes& path) {
  const Descriptor directory(
      ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open() || ::fsync(directory.number()) != 0) return failure(errno);
  return Bytes();
}

}  // namespace

Bytes path_in(const Bytes& directory, const Bytes& path) {
  if (path.starts_with('/') || directory.empty()) return path;
  return directory + "/" + path;
}

Result<Bytes> read_file(const Bytes& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) return failure(errno);
  Bytes content;
  char piece[64 * 1024];
  for (;;) {
    const ssize_t size = ::read(file.number(), piece, sizeof piece);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failure(errno);
    if (size == 0) return content;
    content.append(piece, static_cast<std::size_t>(size));
  }
}

Result<Bytes> write_file(const Bytes& path, ByteView content) {
  Bytes temporary = path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.open()) return failure(errno);

  // A file that is replaced keeps its permissions; a new one gets what open() would give.
  struct stat old {};
  const mode_t mode = ::stat(path.c_str(), &old) == 0 ? old.st_mode & 07777 : 0644;
  const bool written = write_all(file.number(), content) && ::fchmod(file.number(), mode) == 0 &&
                       ::fsync(file.number()) == 0 &&
                       ::rename(temporary.c_str(), path.c_str()) == 0;
  if (!written) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return failure(error);
  }
  return sync_directory_of(path);
}

Result<Bytes> file_size(const Bytes& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return failure(errno);
  return std::to_string(facts.st_size);
}

Result<Bytes> rename_file(const Bytes& from, const Bytes& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failure(errno);
  return sync_directory_of(to);
}

Result<Bytes> remove_file(const Bytes& path) {
  if (::unlink(path.c_str()) != 0) return failure(errno);
  return Bytes();
}

Result<Bytes> enter_directory(const Bytes& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open()) return failure(errno);
  if (::access(path.c_str(), X_OK) != 0) return failure(errno);
  char* const absolute = ::realpath(path.c_str(), nullptr);
  if (absolute == nullptr) return failure(errno);
  Bytes result = absolute;
  std::free(absolute);
  return result;
}

// ---- OpenFile

Result<OpenFile> OpenFile::open(const Bytes& path, Mode mode) {
  const int flags = mode == Mode::read ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC;
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  if (descriptor < 0) return failure(errno);
  return OpenFile(descriptor);
}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<Bytes> OpenFile::read(std::uint64_t offset, std::size_t size) const {
  Bytes content(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::pread(descriptor_, content.data() + filled, size - filled,
                                static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure(errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  return content;
}

Result<Bytes> OpenFile::write(std::uint64_t offset, const std::vector<ByteView>& pieces) const {
  constexpr std::size_t kVectorsMax = 64;
  std::array<iovec, kVectorsMax> vectors;
  std::size_t piece = 0, done = 0;  // of the piece
  while (piece < pieces.size()) {
    const std::size_t count = std::min(pieces.size() - piece, kVectorsMax);
    for (std::size_t i = 0; i < count; ++i) {
      const ByteView bytes = pieces[piece + i].substr(i == 0 ? done : 0);
      vectors[i] = {const_cast<char*>(bytes.data()), bytes.size()};
    }
    const ssize_t written =
        ::pwritev(descriptor_, vectors.data(), static_cast<int>(count), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failure(errno);
    offset += static_cast<std::uint64_t>(written);
    done += static_cast<std::size_t>(written);
    while (piece < pieces.size() && done >= pieces[piece].size()) done -= pieces[piece++].size();
  }
  return Bytes();
}

Result<Bytes> OpenFile::sync() const {
  if (::fsync(descriptor_) != 0) return failure(errno);
  return Bytes();
}

}  // namespace replserver::net
