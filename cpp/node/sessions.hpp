// Sessions — every client conversation of a node, by link and by client id.
//
// A LinkId is a slot and the slot's use count, so a late word about a closed link finds nobody.
// Iteration is by client id, the order in which they came.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "node/session.hpp"

namespace replserver {

class Sessions {
 public:
  ClientSession& add(Peer peer, Instant now);
  ClientSession* find(LinkId link) const;
  ClientSession* find_id(std::uint64_t id) const;
  void remove(LinkId link);

  std::size_t size() const { return by_id_.size(); }
  std::uint64_t next_id() const { return next_id_; }
  const std::map<std::uint64_t, ClientSession*>& by_id() const { return by_id_; }

 private:
  struct Slot {
    std::uint32_t uses = 0;
    std::unique_ptr<ClientSession> session;
  };

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::map<std::uint64_t, ClientSession*> by_id_;
  std::uint64_t next_id_ = 1;
};

}  // namespace replserver
