#include "net/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace replserver::net {
namespace {

tl::unexpected<Error> failure(int error) { return fail(Error::Kind::io, std::strerror(error)); }

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
  const Descriptor directory(
      ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open() || ::fsync(directory.number()) != 0) return failure(errno);
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

}  // namespace replserver::net
