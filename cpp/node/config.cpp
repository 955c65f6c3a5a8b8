#include "node/config.hpp"

#include <algorithm>
#include <map>

#include "base/ascii.hpp"
#include "base/glob.hpp"
#include "base/until_nul.hpp"
#include "node/config_table.hpp"

namespace replserver {
namespace {

// Values that Redis takes and then corrects.
void settle(NodeConfig& values) {
  constexpr int kHzMin = 1, kHzMax = 500;
  constexpr std::uint64_t kBacklogMin = 16 * 1024;
  values.hz = std::clamp(values.hz, kHzMin, kHzMax);
  values.repl_backlog_size = std::max(values.repl_backlog_size, kBacklogMin);
}

bool is_shown(const Directive& directive) { return !(directive.flags & kFileOnly); }

bool allows(Permission permission, const Config::Caller& caller) {
  return permission == Permission::yes || (permission == Permission::local && caller.is_local);
}

tl::unexpected<Error> refusal(Bytes text) { return fail(Error::Kind::command, std::move(text)); }

Bytes related_to(ByteView name, ByteView complaint) {
  return "ERR CONFIG SET failed (possibly related to argument '" + Bytes(name) + "') - " +
         Bytes(complaint);
}

struct Change {
  ByteView name;  // as the client wrote it
  const Directive* directive;
  ByteView value;
};

// What may be changed at all, before any value is looked at: the first fault is told.
Result<std::vector<Change>> read_changes(std::span<const ByteView> pairs, const NodeConfig& values,
                                         const Config::Caller& caller) {
  if (pairs.empty() || pairs.size() % 2 != 0) return refusal("ERR syntax error");

  std::vector<Change> changes;
  for (std::size_t at = 0; at < pairs.size(); at += 2) {
    const ByteView name = pairs[at];
    const Directive* const directive = find_directive(name);
    if (!directive || !is_shown(*directive)) {
      return refusal("ERR Unknown option or number of arguments for CONFIG SET - '" +
                     Bytes(until_nul(name)) + "'");
    }
    if (directive->flags & kImmutable) {
      return refusal(related_to(name, "can't set immutable config"));
    }
    if ((directive->flags & kGuarded) && !allows(values.enable_protected_configs, caller)) {
      return refusal(related_to(name, "can't set protected config"));
    }
    if ((directive->flags & kDenyLoading) && caller.loading) {
      return refusal("LOADING Redis is loading the dataset in memory");
    }
    // An old name and its new one may stand side by side: the last one counts.
    for (const Change& earlier : changes) {
      if (equal_ignoring_case(earlier.name, name)) {
        return refusal(related_to(name, "duplicate parameter"));
      }
    }
    changes.push_back({name, directive, pairs[at + 1]});
  }
  return changes;
}

}  // namespace

std::vector<Config::Pair> Config::get(std::span<const ByteView> patterns) const {
  std::map<Bytes, const Directive*> found;
  for (const ByteView pattern : patterns) {
    if (pattern.find_first_of("[*?") == ByteView::npos) {
      const Directive* const directive = find_directive(pattern);
      if (directive && is_shown(*directive)) found.emplace(pattern, directive);
      continue;
    }
    for (const DirectiveGroup& group : directive_groups()) {
      for (const Directive& directive : group.directives) {
        if (!is_shown(directive) || (directive.flags & kHidden)) continue;
        for (const ByteView name : {directive.name, directive.alias}) {
          if (!name.empty() && glob_match(pattern, name, true)) found.emplace(name, &directive);
        }
      }
    }
  }

  std::vector<Pair> pairs;
  for (const auto& [name, directive] : found) {
    pairs.emplace_back(name, directive_text(*directive, values_));
  }
  return pairs;
}

std::optional<Bytes> Config::get(ByteView name) const {
  const Directive* const directive = find_directive(name);
  if (!directive || !is_shown(*directive)) return std::nullopt;
  return directive_text(*directive, values_);
}

Result<std::vector<ByteView>> Config::set(std::span<const ByteView> pairs, Caller caller) {
  const auto changes = read_changes(pairs, values_, caller);
  if (!changes) return tl::unexpected(changes.error());

  NodeConfig changed = values_;
  for (const Change& change : *changes) {
    const ByteView words[] = {change.value};
    if (const auto complaint = store_directive(*change.directive, changed, words)) {
      return refusal(related_to(change.name, *complaint));
    }
  }
  settle(changed);

  std::vector<ByteView> names;
  for (const Change& change : *changes) {
    const Directive& directive = *change.directive;
    if (directive_lines(directive, values_) == directive_lines(directive, changed)) continue;
    if (std::find(names.begin(), names.end(), directive.name) == names.end()) {
      names.push_back(directive.name);
    }
  }
  values_ = std::move(changed);
  return names;
}

std::optional<Error> Config::assign(std::span<const ByteView> words) {
  const Directive* const directive = words.empty() ? nullptr : find_directive(words.front());
  if (!directive) {
    return Error{Error::Kind::config, "Bad directive or wrong number of arguments"};
  }
  if (auto complaint = store_directive(*directive, values_, words.subspan(1))) {
    return Error{Error::Kind::config, std::move(*complaint)};
  }
  settle(values_);
  return std::nullopt;
}

}  // namespace replserver
