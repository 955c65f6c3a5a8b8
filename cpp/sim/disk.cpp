#include "sim/disk.hpp"

#include <algorithm>
#include <string>

namespace replserver::sim {
namespace {

constexpr ByteView kMissing = "No such file or directory";
constexpr ByteView kFull = "No space left on device";
constexpr ByteView kBroken = "Input/output error";

tl::unexpected<Error> io_error(ByteView text) { return fail(Error::Kind::io, Bytes(text)); }

Bytes located(const Bytes& directory, const Bytes& path) {
  const bool is_home = directory.empty() || directory == "." || directory == "./";
  return is_home || path.starts_with('/') ? path : directory + "/" + path;
}

void overwrite(Bytes& content, std::uint64_t offset, ByteView bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

std::vector<Bytes> Disk::paths() const {
  std::vector<Bytes> paths;
  for (const auto& [path, file] : names_) paths.push_back(path);
  return paths;
}

void Disk::put(const Bytes& path, Bytes content) {
  const auto file = std::make_shared<File>();
  file->safe = content;
  file->content = std::move(content);
  names_[path] = file;
  safe_names_[path] = file;
}

bool Disk::is_full(std::uint64_t more) const {
  if (!capacity_) return false;
  std::uint64_t used = more;
  for (const auto& [path, file] : names_) used += file->content.size();
  return used > *capacity_;
}

Result<Bytes> Disk::read(const Bytes& path, std::uint64_t offset, std::uint64_t size) const {
  const auto file = names_.find(path);
  if (file == names_.end()) return io_error(kMissing);
  const Bytes& content = file->second->content;
  return content.substr(std::min<std::uint64_t>(offset, content.size()), size);
}

Result<Bytes> Disk::write(const WritePart& part, const Bytes& path) {
  if (part.offset == 0) names_[path] = std::make_shared<File>();
  const auto file = names_.find(path);
  if (file == names_.end()) return io_error(kMissing);
  std::uint64_t offset = part.offset;
  for (const ByteView piece : part.pieces) {
    if (is_full(piece.size())) return io_error(kFull);
    overwrite(file->second->content, offset, piece);
    file->second->not_synced.push_back({offset, Bytes(piece)});
    offset += piece.size();
  }
  return Bytes();
}

Result<Bytes> Disk::perform(const Operation& operation, const Bytes& directory, Random& random) {
  const bool planned = fails_at_ == operations_++;
  if (planned || (failures_ > 0 && random.unit() < failures_)) return io_error(kBroken);

  if (const auto* whole = std::get_if<ReadFile>(&operation.what)) {
    return read(located(directory, whole->path), 0, UINT64_MAX);
  }
  if (const auto* part = std::get_if<ReadPart>(&operation.what)) {
    return read(located(directory, part->path), part->offset, part->size);
  }
  if (const auto* asked = std::get_if<FileSize>(&operation.what)) {
    const auto file = names_.find(located(directory, asked->path));
    if (file == names_.end()) return io_error(kMissing);
    return std::to_string(file->second->content.size());
  }
  if (const auto* file = std::get_if<WriteFile>(&operation.what)) {
    if (is_full(file->content.size())) return io_error(kFull);
    put(located(directory, file->path), file->content);
    return Bytes();
  }
  if (const auto* part = std::get_if<WritePart>(&operation.what)) {
    return write(*part, located(directory, part->path));
  }
  if (const auto* sync = std::get_if<SyncFile>(&operation.what)) {
    const auto file = names_.find(located(directory, sync->path));
    if (file == names_.end()) return io_error(kMissing);
    file->second->safe = file->second->content;
    file->second->not_synced.clear();
    return Bytes();
  }
  if (const auto* rename = std::get_if<RenameFile>(&operation.what)) {
    auto file = names_.extract(located(directory, rename->from));
    if (file.empty()) return io_error(kMissing);
    names_[located(directory, rename->to)] = std::move(file.mapped());
    safe_names_ = names_;  // the directory is synced, whole
    return Bytes();
  }
  if (const auto* remove = std::get_if<RemoveFile>(&operation.what)) {
    if (names_.erase(located(directory, remove->path)) == 0) return io_error(kMissing);
    return Bytes();
  }
  if (const auto* change = std::get_if<ChangeDir>(&operation.what)) return change->path;
  return Bytes();
}

void Disk::crash(Random& random) {
  // A name that no sync has made safe may have come to the disk by itself, or not.
  for (const auto& [path, file] : names_) {
    if (!safe_names_.contains(path) && random.below(2) == 0) safe_names_[path] = file;
  }
  std::erase_if(safe_names_, [&](const auto& name) {
    return !names_.contains(name.first) && random.below(2) == 0;
  });
  names_ = safe_names_;
  for (const auto& [path, file] : names_) {
    Bytes left = file->safe;
    for (const Write& write : file->not_synced) {
      if (random.below(2) == 0) continue;
      const std::uint64_t torn =
          random.below(4) == 0 ? random.below(write.bytes.size() + 1) : write.bytes.size();
      overwrite(left, write.offset, ByteView(write.bytes).substr(0, torn));
    }
    file->not_synced.clear();
    file->content = file->safe = std::move(left);
  }
}

}  // namespace replserver::sim
