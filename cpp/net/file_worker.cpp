#include "net/file_worker.hpp"

#include <utility>

#include "net/thread_name.hpp"

namespace replserver::net {
namespace {

constexpr std::size_t kQueueMax = 1024;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

bool is_file_operation(const Operation& operation) {
  return !std::holds_alternative<ChangeDir>(operation.what) &&
         !std::holds_alternative<Listen>(operation.what) &&
         !std::holds_alternative<Logging>(operation.what);
}

Operation located(Operation operation, const Bytes& directory) {
  std::visit(Overloaded{
                 [&](RenameFile& rename) {
                   rename.from = path_in(directory, rename.from);
                   rename.to = path_in(directory, rename.to);
                 },
                 [](Listen&) {},
                 [](Logging&) {},
                 [&](auto& other) { other.path = path_in(directory, other.path); },
             },
             operation.what);
  return operation;
}

bool FileWorker::submit(Operation operation) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kQueueMax) return false;
    queue_.push_back(std::move(operation));
  }
  if (!thread_.joinable()) thread_ = named("rs-files", std::thread([this] { run(); }));
  changed_.notify_one();
  return true;
}

void FileWorker::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void FileWorker::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const Operation operation = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    done_(operation.id, perform(operation));
  }
}

void FileWorker::close(const Bytes& path) {
  written_.erase(path);
  read_.erase(path);
}

Result<Bytes> FileWorker::read_part(const ReadPart& part) {
  if (part.offset == 0) {
    read_.erase(part.path);
    auto file = OpenFile::open(part.path, OpenFile::Mode::read);
    if (!file) return tl::unexpected<Error>(file.error());
    read_.emplace(part.path, std::move(*file));
  }
  const auto file = read_.find(part.path);
  if (file == read_.end()) return fail(Error::Kind::io, "the file is not open");
  auto content = file->second.read(part.offset, part.size);
  if (!content || content->size() < part.size) read_.erase(file);
  return content;
}

Result<Bytes> FileWorker::write_part(const WritePart& part) {
  if (part.offset == 0) {
    close(part.path);
    auto file = OpenFile::open(part.path, OpenFile::Mode::write_anew);
    if (!file) return tl::unexpected<Error>(file.error());
    written_.emplace(part.path, std::move(*file));
  }
  const auto file = written_.find(part.path);
  if (file == written_.end()) return fail(Error::Kind::io, "the file is not open");
  return file->second.write(part.offset, part.pieces);
}

Result<Bytes> FileWorker::perform(const Operation& operation) {
  return std::visit(
      Overloaded{
          [](const ReadFile& read) { return read_file(read.path); },
          [](const WriteFile& write) { return write_file(write.path, write.content); },
          [](const FileSize& asked) { return file_size(asked.path); },
          [this](const ReadPart& part) { return read_part(part); },
          [this](const WritePart& part) { return write_part(part); },
          [this](const SyncFile& sync) -> Result<Bytes> {
            const auto file = written_.find(sync.path);
            if (file == written_.end()) return fail(Error::Kind::io, "the file is not open");
            return file->second.sync();
          },
          [this](const RenameFile& rename) {
            close(rename.from);
            return rename_file(rename.from, rename.to);
          },
          [this](const RemoveFile& remove) {
            close(remove.path);
            return remove_file(remove.path);
          },
          [](const auto&) -> Result<Bytes> { return fail(Error::Kind::io, "not about a file"); },
      },
      operation.what);
}

}  // namespace replserver::net
