#include "node/sessions.hpp"

#include "base/assert.hpp"

namespace replserver {
namespace {

std::uint32_t use_of(LinkId link) {
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(link) >> 32);
}

}  // namespace

std::size_t ClientSession::memory() const {
  std::size_t total = sizeof(ClientSession) + unread.capacity() + output.memory() + name.capacity();
  if (transaction) {
    for (const Words& words : transaction->queued) {
      for (const Bytes& word : words) total += sizeof(Bytes) + word.size();
    }
  }
  return total;
}

ClientSession& Sessions::add(Peer peer, Instant now) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();

  Slot& slot = slots_[index];
  ++slot.uses;
  slot.session = std::make_unique<ClientSession>();
  ClientSession& session = *slot.session;
  session.link = static_cast<LinkId>((static_cast<std::uint64_t>(slot.uses) << 32) | index);
  session.id = next_id_++;
  session.peer = std::move(peer);
  session.connected_at = session.last_heard = now;
  by_id_.emplace(session.id, &session);
  return session;
}

ClientSession* Sessions::find(LinkId link) const {
  const std::uint32_t index = slot_of(link);
  if (index >= slots_.size() || slots_[index].uses != use_of(link)) return nullptr;
  return slots_[index].session.get();
}

ClientSession* Sessions::find_id(std::uint64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

void Sessions::remove(LinkId link) {
  ClientSession* const session = find(link);
  RS_ASSERT(session != nullptr);
  by_id_.erase(session->id);
  const std::uint32_t index = slot_of(link);
  slots_[index].session.reset();
  free_.push_back(index);
}

}  // namespace replserver
