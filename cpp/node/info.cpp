#include "node/info.hpp"

#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "node/info_section.hpp"

namespace replserver {
namespace {

struct Section {
  ByteView name;
  ByteView title;
  bool is_default;
  void (*write)(const NodeState& node, InfoText& text);
};

constexpr Section kSections[] = {
    {"server", "Server", true, info_server},
    {"clients", "Clients", true, info_clients},
    {"memory", "Memory", true, info_memory},
    {"persistence", "Persistence", true, info_persistence},
    {"stats", "Stats", true, info_stats},
    {"replication", "Replication", true, info_replication},
    {"cpu", "CPU", true, info_cpu},
    {"modules", "Modules", true, info_modules},
    {"commandstats", "Commandstats", false, info_commandstats},
    {"errorstats", "Errorstats", true, info_errorstats},
    {"latencystats", "Latencystats", false, info_latencystats},
    {"cluster", "Cluster", true, info_cluster},
    {"keyspace", "Keyspace", true, info_keyspace},
};

bool is_asked_for(const Section& section, Args names) {
  if (names.empty()) return section.is_default;
  return std::any_of(names.begin(), names.end(), [&](ByteView name) {
    if (equal_ignoring_case(name, "default")) return section.is_default;
    return equal_ignoring_case(name, section.name) || equal_ignoring_case(name, "all") ||
           equal_ignoring_case(name, "everything");
  });
}

}  // namespace

Bytes info(const NodeState& node, Args sections) {
  InfoText text;
  for (const Section& section : kSections) {
    if (!is_asked_for(section, sections)) continue;
    text.title(section.title);
    section.write(node, text);
  }
  return text.take();
}

Bytes fixed_text(double value, int decimals) {
  char digits[400];  // the largest double has 309 digits before its point
  const auto end =
      std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, decimals);
  return Bytes(digits, end.ptr);
}

void InfoText::title(ByteView section) {
  if (!text_.empty()) text_ += "\r\n";
  text_ += "# ";
  text_ += section;
  text_ += "\r\n";
}

void InfoText::field(ByteView name, ByteView value) {
  text_ += name;
  text_ += ':';
  text_ += value;
  text_ += "\r\n";
}

void InfoText::fixed(ByteView name, double value, int decimals, ByteView suffix) {
  field(name, fixed_text(value, decimals) + Bytes(suffix));
}

void InfoText::human(ByteView name, std::uint64_t bytes) {
  field(Bytes(name) + "_human", human_bytes(bytes));
}

void InfoText::size(ByteView name, std::uint64_t bytes) {
  field(name, bytes);
  human(name, bytes);
}

void InfoText::zeros(std::span<const ByteView> names) {
  for (const ByteView name : names) field(name, 0);
}

}  // namespace replserver
