// Disk — the files of one simulated node, and what of them a crash would leave.
//
//   write ──> seen at once, safe only after sync      rename ──> seen at once, safe, too
//   crash() ─> of what was not synced some writes are there, the last one torn, others are lost
//
// Faults come by plan (the n-th operation from now) or by chance, drawn from the World's seed. Owned
// by a World; outlives the node, so that another one starts from it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "node/effects.hpp"

namespace replserver::sim {

class Disk {
 public:
  // Outcomes of the file operations of a node whose directory is `directory`.
  Result<Bytes> perform(const Operation& operation, const Bytes& directory, Random& random);
  void crash(Random& random);  // the node's process and the machine under it

  // What is seen now.
  bool has(const Bytes& path) const { return names_.contains(path); }
  const Bytes& content(const Bytes& path) const { return names_.at(path)->content; }
  std::vector<Bytes> paths() const;
  void put(const Bytes& path, Bytes content);  // safely
  std::uint64_t operations() const { return operations_; }

  // Faults, until they are changed.
  void limit(std::optional<std::uint64_t> bytes) { capacity_ = bytes; }  // then: ENOSPC
  void fail_at(std::uint64_t operation) { fails_at_ = operation; }  // EIO, once; see operations()
  void fail_by_chance(double probability) { failures_ = probability; }  // EIO

 private:
  struct Write {
    std::uint64_t offset;
    Bytes bytes;
  };
  struct File {
    Bytes content;
    Bytes safe;                     // as of the last sync
    std::vector<Write> not_synced;  // since then
  };
  using Names = std::map<Bytes, std::shared_ptr<File>>;

  Result<Bytes> read(const Bytes& path, std::uint64_t offset, std::uint64_t size) const;
  Result<Bytes> write(const WritePart& part, const Bytes& path);
  bool is_full(std::uint64_t more) const;

  Names names_;
  Names safe_names_;  // after a crash
  std::uint64_t operations_ = 0;
  std::optional<std::uint64_t> capacity_;
  std::optional<std::uint64_t> fails_at_;
  double failures_ = 0;
};

}  // namespace replserver::sim
