// How the rows of the table of directives are written down: one short maker per kind of value.
// Included by config_rows_*.cpp only, one file per group of directives.
#pragma once

#include <array>
#include <limits>
#include <optional>
#include <span>

#include "node/config_table.hpp"

namespace replserver::config_rows {

inline constexpr std::int64_t kIntMin = std::numeric_limits<int>::min();
inline constexpr std::uint64_t kIntMax = std::numeric_limits<int>::max();
inline constexpr std::uint64_t kUnsignedMax = std::numeric_limits<unsigned>::max();
inline constexpr std::uint64_t kLongMax = std::numeric_limits<std::int64_t>::max();
inline constexpr std::uint64_t kAnySize = std::numeric_limits<std::uint64_t>::max();
inline constexpr std::uint64_t kPortMax = 65535;

using NumberMember = decltype(NumberSlot::member);

constexpr Slot flag(bool NodeConfig::*member, std::optional<Bytes> (*check)(bool value) = nullptr) {
  return FlagSlot{member, check};
}

constexpr Slot number(NumberMember member, std::int64_t min, std::uint64_t max) {
  return NumberSlot{member, NumberSlot::Unit::plain, min, max};
}

constexpr Slot memory(NumberMember member, std::int64_t min = 0, std::uint64_t max = kLongMax) {
  return NumberSlot{member, NumberSlot::Unit::memory, min, max};
}

constexpr Slot text(Bytes NodeConfig::*member,
                    std::optional<Bytes> (*check)(ByteView text) = nullptr) {
  return TextSlot{member, check};
}

template <auto kMember>
constexpr Slot choice(std::span<const ChoiceName> names,
                      std::optional<Bytes> (*check)(unsigned value) = nullptr) {
  using Value = std::remove_reference_t<decltype(std::declval<NodeConfig&>().*kMember)>;
  return ChoiceSlot{
      [](const NodeConfig& values) { return static_cast<unsigned>(values.*kMember); },
      [](NodeConfig& values, unsigned value) { values.*kMember = static_cast<Value>(value); },
      names, check};
}

template <class Value>
constexpr ChoiceName named(ByteView name, Value value) {
  return {name, static_cast<unsigned>(value)};
}

inline constexpr std::array kPermissions = {
    named("no", Permission::no), named("yes", Permission::yes), named("local", Permission::local)};

// Directives with a grammar of their own, in config_grammar.cpp.
namespace grammar {
extern const WordsSlot kBind;
extern const WordsSlot kSave;
extern const WordsSlot kClientOutputBufferLimit;
extern const WordsSlot kNotifyKeyspaceEvents;
extern const WordsSlot kOomScoreAdjValues;
extern const WordsSlot kPercentiles;
extern const WordsSlot kReplicaof;
extern const WordsSlot kRenameCommand;
extern const WordsSlot kUser;
}  // namespace grammar

std::span<const Directive> network();
std::span<const Directive> process();
std::span<const Directive> work();
std::span<const Directive> memory_and_encodings();
std::span<const Directive> persistence();
std::span<const Directive> replication();
std::span<const Directive> security();
std::span<const Directive> tls();
std::span<const Directive> cluster();

}  // namespace replserver::config_rows
