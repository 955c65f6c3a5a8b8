// The table of directives: what each is called, what it accepts, where in NodeConfig it is kept.
// Names, types, ranges and flags are Redis'; the default is NodeConfig's initial value.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "node/config_values.hpp"

namespace replserver {

enum DirectiveFlag : std::uint32_t {
  kImmutable = 1u << 0,    // by the file only: a restart changes it
  kSensitive = 1u << 1,    // its value is no log's business
  kHidden = 1u << 2,       // CONFIG GET tells it when asked by name, no pattern finds it
  kMultiWord = 1u << 3,    // takes several words
  kGuarded = 1u << 4,      // behind enable-protected-configs
  kDenyLoading = 1u << 5,  // not while the data set is being loaded
  kFileOnly = 1u << 6,     // unknown to CONFIG GET and SET; its lines add up
};

struct FlagSlot {
  bool NodeConfig::*member;
  // Why a value cannot be had, if not both can.
  std::optional<Bytes> (*check)(bool value) = nullptr;
};

struct NumberSlot {
  enum class Unit { plain, memory, memory_or_percent, octal };
  std::variant<int NodeConfig::*, std::int64_t NodeConfig::*, std::uint64_t NodeConfig::*> member;
  Unit unit;
  std::int64_t min;
  std::uint64_t max;
};

struct TextSlot {
  Bytes NodeConfig::*member;
  // What is wrong with a text, if not every text will do.
  std::optional<Bytes> (*check)(ByteView text) = nullptr;
};

struct ChoiceName {
  ByteView name;
  unsigned value;
};
struct ChoiceSlot {
  unsigned (*get)(const NodeConfig&);
  void (*set)(NodeConfig&, unsigned);
  std::span<const ChoiceName> names;  // with kMultiWord the values are bits
  std::optional<Bytes> (*check)(unsigned value) = nullptr;
};

// A directive with a grammar of its own.
struct WordsSlot {
  // Stores the words, or says what is wrong with them. Without kMultiWord it is one word.
  std::optional<Bytes> (*set)(NodeConfig&, std::span<const ByteView> words);
  Bytes (*text)(const NodeConfig&);
  // What CONFIG REWRITE writes behind the name, line by line. None: one line with the text.
  std::vector<Bytes> (*lines)(const NodeConfig&) = nullptr;
};

using Slot = std::variant<FlagSlot, NumberSlot, TextSlot, ChoiceSlot, const WordsSlot*>;

struct Directive {
  ByteView name;
  ByteView alias;  // an older name, or empty
  Slot slot;
  std::uint32_t flags;
  ByteView description;  // one line, for --help and the documentation
};

struct DirectiveGroup {
  ByteView title;
  std::span<const Directive> directives;
};

std::span<const DirectiveGroup> directive_groups();
const Directive* find_directive(ByteView name);  // in any letter case; old names too

// The value as CONFIG GET prints it.
Bytes directive_text(const Directive& directive, const NodeConfig& values);
// Stores it; or says in Redis' words what is wrong, and nothing has changed.
std::optional<Bytes> store_directive(const Directive& directive, NodeConfig& values,
                                     std::span<const ByteView> words);
// What CONFIG REWRITE writes behind the name, line by line: the whole value, quoted where needed.
std::vector<Bytes> directive_lines(const Directive& directive, const NodeConfig& values);
// What it accepts, for people: "1..2147483647", "yes|no", …
Bytes directive_range(const Directive& directive);
// 1gb, 5mb, 3kb, where nothing is lost by it; else the number of bytes.
Bytes short_memory(std::uint64_t bytes);

// Directives that are accepted and shown, although what they steer does not exist here. Whoever
// builds it takes its line out.
struct NotYet {
  ByteView name;
  ByteView reason;
};
std::span<const NotYet> directives_not_yet();

}  // namespace replserver
