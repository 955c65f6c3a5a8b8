#include "node/registry.hpp"

#include "base/ascii.hpp"
#include "base/assert.hpp"

namespace replserver {
namespace {

// Command names are ours, not a client's: no keyed hash is needed.
std::uint32_t name_hash(ByteView name) {
  std::uint32_t hash = 2166136261u;
  for (const char byte : name)
    hash = (hash ^ static_cast<unsigned char>(to_lower(byte))) * 16777619u;
  return hash ^ (hash >> 15);
}

constexpr std::size_t kSlots = 1024;  // several times the number of commands: probes stay short

}  // namespace

Registry::Registry(std::vector<std::span<const Command>> families) : slots_(kSlots) {
  for (const std::span<const Command> family : families) {
    for (const Command& row : family) {
      RegisteredCommand& command =
          commands_.emplace_back(RegisteredCommand{&row, Bytes(row.name), nullptr, {}, {}});
      if (row.name.find('|') == ByteView::npos) insert(&command);
    }
  }
  for (RegisteredCommand& command : commands_) {
    const std::size_t bar = command.name.find('|');
    if (bar == Bytes::npos) continue;
    RegisteredCommand* const parent = find(ByteView(command.name).substr(0, bar));
    RS_ASSERT(parent != nullptr);
    command.parent = parent;
    parent->subcommands.push_back(&command);
  }
}

void Registry::insert(RegisteredCommand* command) {
  const std::uint32_t hash = name_hash(command->name);
  RS_ASSERT(find_hashed(command->name, hash) == nullptr);
  std::size_t index = hash % kSlots;
  while (slots_[index].command != nullptr) index = (index + 1) % kSlots;
  slots_[index] = {hash, command};
  ++top_level_;
}

// Rebuilding is simple and rare: only rename-command lines at start-up take commands out.
void Registry::remove(RegisteredCommand* command) {
  std::vector<Slot> old(kSlots);
  old.swap(slots_);
  top_level_ = 0;
  for (const Slot& slot : old) {
    if (slot.command != nullptr && slot.command != command) insert(slot.command);
  }
}

RegisteredCommand* Registry::find_hashed(ByteView name, std::uint32_t hash) const {
  for (std::size_t index = hash % kSlots; slots_[index].command != nullptr;
       index = (index + 1) % kSlots) {
    const Slot& slot = slots_[index];
    if (slot.hash == hash && equal_ignoring_case(slot.command->name, name)) return slot.command;
  }
  return nullptr;
}

RegisteredCommand* Registry::find(ByteView name) const {
  return find_hashed(name, name_hash(name));
}

RegisteredCommand* Registry::resolve(Args words) const {
  RegisteredCommand* const command = find(words[0]);
  if (command == nullptr || command->subcommands.empty() || words.size() < 2) return command;
  for (RegisteredCommand* const sub : command->subcommands) {
    const ByteView name = ByteView(sub->row->name).substr(command->row->name.size() + 1);
    if (equal_ignoring_case(name, words[1])) return sub;
  }
  return command;
}

bool Registry::rename(ByteView name, ByteView other) {
  RegisteredCommand* const command = find(name);
  if (command == nullptr || (!other.empty() && find(other) != nullptr)) return false;
  remove(command);
  if (other.empty()) return true;
  command->name = lower(other);
  for (RegisteredCommand* const sub : command->subcommands) {
    sub->name = command->name + Bytes(sub->row->name.substr(command->row->name.size()));
  }
  insert(command);
  return true;
}

void Registry::reset_stats() {
  for (RegisteredCommand& command : commands_) command.stats = CommandStats();
}

}  // namespace replserver
