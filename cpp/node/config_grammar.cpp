// The directives whose values are more than one number, word or choice.
#include <algorithm>
#include <charconv>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "command/context.hpp"
#include "node/config_rows.hpp"

namespace replserver::config_rows::grammar {
namespace {

using Arguments = std::span<const ByteView>;
using Complaint = std::optional<Bytes>;

constexpr std::size_t kBindMax = 16;  // Redis' limit of listening addresses

void append_word(Bytes& line, ByteView word) {
  if (!line.empty()) line += ' ';
  line += word;
}

// ---- bind

Complaint set_bind(NodeConfig& values, Arguments words) {
  if (words.size() > kBindMax) return "Too many bind addresses specified.";
  values.bind.assign(words.begin(), words.end());  // none: no TCP at all
  return std::nullopt;
}

Bytes bind_text(const NodeConfig& values) { return joined(values.bind, " "); }

// A line break within a client's word must not become a line of the file.
Bytes written(ByteView word) {
  Bytes text = quoted(word);
  const bool is_plain =
      text.size() == word.size() + 2 && !word.empty() && word.find_first_of(" '") == ByteView::npos;
  return is_plain ? Bytes(word) : text;
}

std::vector<Bytes> bind_lines(const NodeConfig& values) {
  Bytes line;
  for (const Bytes& address : values.bind) append_word(line, written(address));
  return {line.empty() ? Bytes("\"\"") : std::move(line)};
}

// ---- save

Complaint set_save(NodeConfig& values, Arguments words) {
  constexpr const char* kWrong = "Invalid save parameters";
  if (words.size() % 2 != 0) return kWrong;

  std::vector<SavePoint> points;
  for (std::size_t at = 0; at < words.size(); at += 2) {
    const auto seconds = parse_integer(words[at]);
    const auto changes = parse_integer(words[at + 1]);
    if (!seconds || !changes || *seconds < 1 || *changes < 0) return kWrong;
    points.push_back({*seconds, *changes});
  }
  values.save = std::move(points);
  return std::nullopt;
}

Bytes save_point_text(const SavePoint& point) {
  return std::to_string(point.seconds) + " " + std::to_string(point.changes);
}

Bytes save_text(const NodeConfig& values) {
  Bytes text;
  for (const SavePoint& point : values.save) append_word(text, save_point_text(point));
  return text;
}

std::vector<Bytes> save_lines(const NodeConfig& values) {
  if (values.save.empty()) return {"\"\""};
  std::vector<Bytes> lines;
  for (const SavePoint& point : values.save) lines.push_back(save_point_text(point));
  return lines;
}

// ---- client-output-buffer-limit

struct ClientClassName {
  ByteView name;
  ClientClass kind;
};
// "slave" is what CONFIG GET has always said, and what tools look for.
constexpr ClientClassName kClientClasses[] = {
    {"normal", ClientClass::normal},
    {"slave", ClientClass::replica},
    {"pubsub", ClientClass::pubsub},
    {"replica", ClientClass::replica},
};

// Sets the classes that are named and leaves the others.
Complaint set_output_limits(NodeConfig& values, Arguments words) {
  if (words.size() % 4 != 0) return "Wrong number of arguments in buffer limit configuration.";

  auto limits = values.client_output_buffer_limit;
  for (std::size_t at = 0; at < words.size(); at += 4) {
    const auto known = std::find_if(
        std::begin(kClientClasses), std::end(kClientClasses),
        [&](const ClientClassName& row) { return equal_ignoring_case(row.name, words[at]); });
    if (known == std::end(kClientClasses)) {
      return "Invalid client class specified in buffer limit configuration.";
    }
    const auto hard = parse_memory(words[at + 1]);
    const auto soft = parse_memory(words[at + 2]);
    const auto seconds = parse_integer(words[at + 3]);
    if (!hard || !soft || !seconds || *seconds < 0) {
      return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
    }
    limits[static_cast<std::size_t>(known->kind)] = {*hard, *soft, *seconds};
  }
  values.client_output_buffer_limit = limits;
  return std::nullopt;
}

Bytes output_limits_text(const NodeConfig& values) {
  Bytes text;
  for (std::size_t kind = 0; kind < values.client_output_buffer_limit.size(); ++kind) {
    const OutputLimit& limit = values.client_output_buffer_limit[kind];
    append_word(text, kClientClasses[kind].name);
    append_word(text, std::to_string(limit.hard));
    append_word(text, std::to_string(limit.soft));
    append_word(text, std::to_string(limit.soft_seconds));
  }
  return text;
}

std::vector<Bytes> output_limit_lines(const NodeConfig& values) {
  constexpr ByteView kNames[] = {"normal", "replica", "pubsub"};
  std::vector<Bytes> lines;
  for (std::size_t kind = 0; kind < values.client_output_buffer_limit.size(); ++kind) {
    const OutputLimit& limit = values.client_output_buffer_limit[kind];
    lines.push_back(Bytes(kNames[kind]) + " " + short_memory(limit.hard) + " " +
                    short_memory(limit.soft) + " " + std::to_string(limit.soft_seconds));
  }
  return lines;
}

// ---- notify-keyspace-events

struct EventLetter {
  char letter;
  unsigned bit;
};
// In the order of CONFIG GET, which writes A for all classes but m and n.
constexpr EventLetter kEventClasses[] = {
    {'g', kNotifyGeneric}, {'$', kNotifyString}, {'l', kNotifyList},    {'s', kNotifySet},
    {'h', kNotifyHash},    {'z', kNotifyZset},   {'x', kNotifyExpired}, {'e', kNotifyEvicted},
    {'t', kNotifyStream},  {'d', kNotifyModule}, {'n', kNotifyNew},
};
constexpr EventLetter kEventChannels[] = {
    {'K', kNotifyKeyspace},
    {'E', kNotifyKeyevent},
    {'m', kNotifyKeyMiss},
};

std::optional<unsigned> event_bit(char letter) {
  if (letter == 'A') return kNotifyAll;
  for (const EventLetter& row : kEventClasses) {
    if (row.letter == letter) return row.bit;
  }
  for (const EventLetter& row : kEventChannels) {
    if (row.letter == letter) return row.bit;
  }
  return std::nullopt;
}

Complaint set_events(NodeConfig& values, Arguments words) {
  unsigned events = 0;
  for (const char letter : words.front()) {
    const auto bit = event_bit(letter);
    if (!bit) return "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
    events |= *bit;
  }
  values.notify_keyspace_events = events;
  return std::nullopt;
}

Bytes events_text(const NodeConfig& values) {
  const unsigned events = values.notify_keyspace_events;
  Bytes text;
  // Redis does not tell n next to A, although A does not contain it.
  if ((events & kNotifyAll) == kNotifyAll) {
    text = "A";
  } else {
    for (const EventLetter& row : kEventClasses) {
      if (events & row.bit) text += row.letter;
    }
  }
  for (const EventLetter& row : kEventChannels) {
    if (events & row.bit) text += row.letter;
  }
  return text;
}

// What is written to a file must be read back whole, so n is told there.
std::vector<Bytes> events_lines(const NodeConfig& values) {
  Bytes text = events_text(values);
  if ((values.notify_keyspace_events & kNotifyNew) && text.find('n') == Bytes::npos) text += 'n';
  return {quoted(text)};
}

// ---- oom-score-adj-values

Complaint set_oom_values(NodeConfig& values, Arguments words) {
  if (words.size() != values.oom_score_adj_values.size()) return "wrong number of arguments";
  std::array<int, 3> scores{};
  for (std::size_t at = 0; at < words.size(); ++at) {
    const auto score = parse_integer(words[at]);
    if (!score || *score < -2000 || *score > 2000) {
      return "Invalid oom-score-adj-values, elements must be between -2000 and 2000.";
    }
    scores[at] = static_cast<int>(*score);
  }
  values.oom_score_adj_values = scores;
  return std::nullopt;
}

Bytes oom_values_text(const NodeConfig& values) {
  Bytes text;
  for (const int score : values.oom_score_adj_values) append_word(text, std::to_string(score));
  return text;
}

// ---- latency-tracking-info-percentiles

constexpr std::size_t kPercentilesMax = 64;  // ours: each is a field of INFO

Complaint set_percentiles(NodeConfig& values, Arguments words) {
  constexpr const char* kWrong = "Invalid latency-tracking-info-percentiles parameters";
  if (words.size() > kPercentilesMax) return kWrong;

  std::vector<double> percentiles;
  for (const ByteView word : words) {
    const auto percentile = parse_double(word);
    if (!percentile) return kWrong;
    if (*percentile < 0 || *percentile > 100) {
      return "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]";
    }
    percentiles.push_back(*percentile);
  }
  values.latency_tracking_info_percentiles = std::move(percentiles);
  return std::nullopt;
}

Bytes percentiles_text(const NodeConfig& values) {
  Bytes text;
  for (const double percentile : values.latency_tracking_info_percentiles) {
    char digits[32];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), percentile).ptr;
    append_word(text, ByteView(digits, static_cast<std::size_t>(end - digits)));
  }
  return text;
}

// ---- replicaof

Complaint set_replicaof(NodeConfig& values, Arguments words) {
  if (words.size() != 2) return "wrong number of arguments";
  if (equal_ignoring_case(words[0], "no") && equal_ignoring_case(words[1], "one")) {
    values.replicaof.reset();
    return std::nullopt;
  }
  const auto port = parse_integer(words[1]);
  if (!port || *port < 0 || *port > 65535) return "Invalid master port";
  values.replicaof = PrimaryAddress{Bytes(words[0]), static_cast<int>(*port)};
  return std::nullopt;
}

Bytes replicaof_text(const NodeConfig& values) {
  if (!values.replicaof) return {};
  return values.replicaof->host + " " + std::to_string(values.replicaof->port);
}

std::vector<Bytes> replicaof_lines(const NodeConfig& values) {
  if (!values.replicaof) return {};
  return {written(values.replicaof->host) + " " + std::to_string(values.replicaof->port)};
}

// ---- rename-command, user: of the file only

Bytes nothing(const NodeConfig&) { return {}; }

Complaint set_rename_command(NodeConfig& values, Arguments words) {
  if (words.size() != 2) return "Bad directive or wrong number of arguments";
  values.rename_command.push_back({Bytes(words[0]), Bytes(words[1])});
  return std::nullopt;
}

Complaint set_user(NodeConfig& values, Arguments words) {
  if (words.empty()) return "Bad directive or wrong number of arguments";
  values.user.emplace_back(words.begin(), words.end());
  return std::nullopt;
}

}  // namespace

constinit const WordsSlot kBind{set_bind, bind_text, bind_lines};
constinit const WordsSlot kSave{set_save, save_text, save_lines};
constinit const WordsSlot kClientOutputBufferLimit{set_output_limits, output_limits_text,
                                                   output_limit_lines};
constinit const WordsSlot kNotifyKeyspaceEvents{set_events, events_text, events_lines};
constinit const WordsSlot kOomScoreAdjValues{set_oom_values, oom_values_text};
constinit const WordsSlot kPercentiles{set_percentiles, percentiles_text};
constinit const WordsSlot kReplicaof{set_replicaof, replicaof_text, replicaof_lines};
constinit const WordsSlot kRenameCommand{set_rename_command, nothing};
constinit const WordsSlot kUser{set_user, nothing};

}  // namespace replserver::config_rows::grammar
