// FileWorker — the thread on which one node's files are read, written and synced, so that a slow disk
// never keeps its clients waiting.
//
//   submit ──> queue (bounded) ──> the thread, one after the other ──> done(id, outcome)
//
// Owned by the Driver. The thread is begun by the first operation: most nodes never need it. It ends
// when all is done that was submitted.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "net/files.hpp"
#include "node/effects.hpp"

namespace replserver::net {

class FileWorker {
 public:
  // Called on the worker's own thread.
  using Done = std::function<void(OperationId id, Result<Bytes> outcome)>;

  explicit FileWorker(Done done) : done_(std::move(done)) {}
  ~FileWorker() { end(); }
  FileWorker(const FileWorker&) = delete;
  FileWorker& operator=(const FileWorker&) = delete;

  // Its paths are absolute. False: the queue is full, and it will not be done.
  bool submit(Operation operation);
  void end();  // when the queue is empty

  // What it would do, on the caller's thread.
  Result<Bytes> perform(const Operation& operation);

 private:
  void run();
  Result<Bytes> read_part(const ReadPart& part);
  Result<Bytes> write_part(const WritePart& part);
  void close(const Bytes& path);

  Done done_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Operation> queue_;
  bool ending_ = false;

  // The worker's own: files that are written, or read, in parts.
  std::map<Bytes, OpenFile> written_, read_;
};

bool is_file_operation(const Operation& operation);
// The same operation as seen from `directory`.
Operation located(Operation operation, const Bytes& directory);

}  // namespace replserver::net
