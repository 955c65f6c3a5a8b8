#include "node/config_table.hpp"

#include <array>
#include <charconv>

#include "base/ascii.hpp"
#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "node/config_rows.hpp"

namespace replserver {
namespace {

using Arguments = std::span<const ByteView>;
using Complaint = std::optional<Bytes>;

constexpr const char* kWrongCount = "wrong number of arguments";

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

// ---- numbers

Bytes octal(std::uint64_t value) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value, 8).ptr;
  return Bytes(std::begin(digits), end);
}

Bytes number_text(const NumberSlot& slot, std::int64_t value) {
  switch (slot.unit) {
    case NumberSlot::Unit::octal:
      return octal(static_cast<std::uint64_t>(value));
    case NumberSlot::Unit::memory_or_percent:
      if (value < 0) return std::to_string(-value) + "%";
      return std::to_string(value);
    case NumberSlot::Unit::memory:
      return std::to_string(static_cast<std::uint64_t>(value));
    case NumberSlot::Unit::plain:
      break;
  }
  return std::to_string(value);
}

// Numbers of all widths pass through here as 64 bits; only Unit::memory has some beyond int64.
std::int64_t read_number(const NumberSlot& slot, const NodeConfig& values) {
  return std::visit([&](auto member) { return static_cast<std::int64_t>(values.*member); },
                    slot.member);
}

void write_number(const NumberSlot& slot, NodeConfig& values, std::int64_t value) {
  std::visit(
      [&](auto member) {
        using Member = std::remove_reference_t<decltype(values.*member)>;
        values.*member = static_cast<Member>(value);
      },
      slot.member);
}

Bytes bounds(const NumberSlot& slot) {
  if (slot.unit == NumberSlot::Unit::octal) {
    return octal(static_cast<std::uint64_t>(slot.min)) + " and " + octal(slot.max);
  }
  return std::to_string(slot.min) + " and " + std::to_string(slot.max);
}

Complaint store_within(const NumberSlot& slot, NodeConfig& values, std::int64_t value) {
  if (value < slot.min || (value > 0 && static_cast<std::uint64_t>(value) > slot.max)) {
    return "argument must be between " + bounds(slot) + " inclusive";
  }
  write_number(slot, values, value);
  return std::nullopt;
}

Complaint store_memory(const NumberSlot& slot, NodeConfig& values, ByteView word) {
  const auto bytes = parse_memory(word);
  if (!bytes) {
    return slot.unit == NumberSlot::Unit::memory ? "argument must be a memory value"
                                                 : "argument must be a memory or percent value";
  }
  const bool below = slot.min > 0 && *bytes < static_cast<std::uint64_t>(slot.min);
  if (below || *bytes > slot.max) return "argument must be between " + bounds(slot) + " inclusive";
  write_number(slot, values, static_cast<std::int64_t>(*bytes));
  return std::nullopt;
}

Complaint store_number(const NumberSlot& slot, NodeConfig& values, ByteView word) {
  switch (slot.unit) {
    case NumberSlot::Unit::plain: {
      const auto value = parse_integer(word);
      if (!value) return "argument couldn't be parsed into an integer";
      return store_within(slot, values, *value);
    }
    case NumberSlot::Unit::octal: {
      std::int64_t value = 0;
      const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value, 8);
      if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size()) {
        return "argument couldn't be parsed as an octal number";
      }
      return store_within(slot, values, value);
    }
    case NumberSlot::Unit::memory_or_percent:
      if (word.ends_with('%')) {
        const auto percent = parse_integer(word.substr(0, word.size() - 1));
        if (!percent || *percent < 0) return "argument must be a memory or percent value";
        if (*percent > -slot.min) {
          return "percentage argument must be less or equal to " + std::to_string(-slot.min);
        }
        write_number(slot, values, -*percent);
        return std::nullopt;
      }
      return store_memory(slot, values, word);
    case NumberSlot::Unit::memory:
      break;
  }
  return store_memory(slot, values, word);
}

// ---- choices

Bytes choice_names(const ChoiceSlot& slot, ByteView separator) {
  Words names;
  for (const ChoiceName& row : slot.names) names.emplace_back(row.name);
  return joined(names, separator);
}

const ChoiceName* find_choice(const ChoiceSlot& slot, ByteView word) {
  for (const ChoiceName& row : slot.names) {
    if (equal_ignoring_case(row.name, word)) return &row;
  }
  return nullptr;
}

Complaint store_choice(const ChoiceSlot& slot, NodeConfig& values, Arguments words) {
  unsigned value = 0;
  bool all_known = !words.empty();
  for (const ByteView word : words) {
    const ChoiceName* const row = find_choice(slot, word);
    all_known = all_known && row;
    if (row) value |= row->value;
  }
  if (!all_known) {
    return "argument(s) must be one of the following: " + choice_names(slot, ", ");
  }
  if (slot.check) {
    if (auto complaint = slot.check(value)) return complaint;
  }
  slot.set(values, value);
  return std::nullopt;
}

Bytes choice_text(const Directive& directive, const ChoiceSlot& slot, unsigned value) {
  for (const ChoiceName& row : slot.names) {
    if (row.value == value) return Bytes(row.name);
  }
  RS_ASSERT(directive.flags & kMultiWord);
  Words bits;
  for (const ChoiceName& row : slot.names) {
    if (value & row.value) bits.emplace_back(row.name);
  }
  return joined(bits, " ");
}

// ---- flags and texts

Complaint store_flag(const FlagSlot& slot, NodeConfig& values, ByteView word) {
  const bool yes = equal_ignoring_case(word, "yes");
  if (!yes && !equal_ignoring_case(word, "no")) return "argument must be 'yes' or 'no'";
  if (slot.check) {
    if (auto complaint = slot.check(yes)) return complaint;
  }
  values.*slot.member = yes;
  return std::nullopt;
}

Complaint store_text(const TextSlot& slot, NodeConfig& values, ByteView word) {
  if (slot.check) {
    if (auto complaint = slot.check(word)) return complaint;
  }
  values.*slot.member = Bytes(word);
  return std::nullopt;
}

// A single word may be a list of them: CONFIG SET has no other way, and a quoted one in a file
// reads the same. No words in an empty one; two spaces have an empty word between them.
std::vector<ByteView> split_list(ByteView text) {
  std::vector<ByteView> words;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    words.push_back(text.substr(0, end));
    if (end == ByteView::npos) break;
    text.remove_prefix(end + 1);
    if (text.empty()) words.emplace_back();
  }
  return words;
}

}  // namespace

std::optional<Bytes> store_directive(const Directive& directive, NodeConfig& values,
                                     std::span<const ByteView> words) {
  std::vector<ByteView> list;
  if ((directive.flags & kMultiWord) && words.size() == 1) {
    list = split_list(words.front());
    words = list;
  }
  if (!(directive.flags & (kMultiWord | kFileOnly)) && words.size() != 1) return kWrongCount;

  return std::visit(
      Match{
          [&](const FlagSlot& slot) { return store_flag(slot, values, words.front()); },
          [&](const NumberSlot& slot) { return store_number(slot, values, words.front()); },
          [&](const TextSlot& slot) { return store_text(slot, values, words.front()); },
          [&](const ChoiceSlot& slot) { return store_choice(slot, values, words); },
          [&](const WordsSlot* slot) { return slot->set(values, words); },
      },
      directive.slot);
}

Bytes directive_text(const Directive& directive, const NodeConfig& values) {
  return std::visit(
      Match{
          [&](const FlagSlot& slot) { return Bytes(values.*slot.member ? "yes" : "no"); },
          [&](const NumberSlot& slot) { return number_text(slot, read_number(slot, values)); },
          [&](const TextSlot& slot) { return values.*slot.member; },
          [&](const ChoiceSlot& slot) { return choice_text(directive, slot, slot.get(values)); },
          [&](const WordsSlot* slot) { return slot->text(values); },
      },
      directive.slot);
}

std::vector<Bytes> directive_lines(const Directive& directive, const NodeConfig& values) {
  if (std::holds_alternative<TextSlot>(directive.slot)) {
    return {quoted(directive_text(directive, values))};
  }
  if (const auto* number = std::get_if<NumberSlot>(&directive.slot)) {
    const std::int64_t value = read_number(*number, values);
    const bool is_memory = number->unit == NumberSlot::Unit::memory ||
                           (number->unit == NumberSlot::Unit::memory_or_percent && value >= 0);
    if (is_memory) return {short_memory(static_cast<std::uint64_t>(value))};
  }
  if (const auto* words = std::get_if<const WordsSlot*>(&directive.slot)) {
    if ((*words)->lines) return (*words)->lines(values);
  }
  Bytes text = directive_text(directive, values);
  return {text.empty() ? Bytes("\"\"") : std::move(text)};
}

Bytes directive_range(const Directive& directive) {
  return std::visit(
      Match{
          [](const FlagSlot&) { return Bytes("yes|no"); },
          [](const NumberSlot& slot) {
            const bool is_percent = slot.unit == NumberSlot::Unit::memory_or_percent;
            if (is_percent)
              return "0.." + std::to_string(slot.max) + ", 0%.." + std::to_string(-slot.min) + "%";
            if (slot.unit == NumberSlot::Unit::octal) {
              return octal(static_cast<std::uint64_t>(slot.min)) + ".." + octal(slot.max);
            }
            return std::to_string(slot.min) + ".." + std::to_string(slot.max);
          },
          [](const TextSlot&) { return Bytes("text"); },
          [](const ChoiceSlot& slot) { return choice_names(slot, "|"); },
          [](const WordsSlot*) { return Bytes("words"); },
      },
      directive.slot);
}

Bytes short_memory(std::uint64_t bytes) {
  constexpr std::array<std::pair<int, const char*>, 3> kUnits = {
      {{30, "gb"}, {20, "mb"}, {10, "kb"}}};
  for (const auto& [shift, unit] : kUnits) {
    const std::uint64_t size = 1ull << shift;
    if (bytes != 0 && bytes % size == 0) return std::to_string(bytes >> shift) + unit;
  }
  return std::to_string(bytes);
}

std::span<const DirectiveGroup> directive_groups() {
  static const DirectiveGroup kGroups[] = {
      {"Network and clients", config_rows::network()},
      {"Process", config_rows::process()},
      {"Work and its record", config_rows::work()},
      {"Memory and encodings", config_rows::memory_and_encodings()},
      {"Persistence", config_rows::persistence()},
      {"Replication", config_rows::replication()},
      {"Security", config_rows::security()},
      {"TLS", config_rows::tls()},
      {"Cluster", config_rows::cluster()},
  };
  return kGroups;
}

const Directive* find_directive(ByteView name) {
  if (name.empty()) return nullptr;
  for (const DirectiveGroup& group : directive_groups()) {
    for (const Directive& directive : group.directives) {
      if (equal_ignoring_case(directive.name, name)) return &directive;
      if (equal_ignoring_case(directive.alias, name)) return &directive;
    }
  }
  return nullptr;
}

}  // namespace replserver
