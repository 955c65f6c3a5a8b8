#include "repl/conversation_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "repl/wire.hpp"

namespace replserver {
namespace {

constexpr std::size_t kAskedMax = 64;  // a replica asks six times at most
constexpr std::size_t kLineKept = 256;

constexpr std::array<ByteView, 11> kNames = {
    "ping",     "auth",  "listening-port", "ip-address", "capa", "version",
    "replconf", "psync", "sync",           "payload",    "ack"};

std::optional<LinkStep> step_of(const Words& words) {
  if (words.empty()) return std::nullopt;
  const Bytes name = lower(words[0]);
  if (name == "replconf") {
    const Bytes option = words.size() < 2 ? "" : lower(words[1]);
    for (const LinkStep step : {LinkStep::port, LinkStep::address, LinkStep::capabilities,
                                LinkStep::version, LinkStep::ack}) {
      if (option == name_of(step)) return step;
    }
    return LinkStep::replconf;
  }
  for (const LinkStep step : {LinkStep::ping, LinkStep::auth, LinkStep::psync, LinkStep::sync}) {
    if (name == name_of(step)) return step;
  }
  return std::nullopt;
}

}  // namespace

ByteView name_of(LinkStep step) { return kNames[static_cast<std::size_t>(step)]; }

std::optional<LinkStep> link_step_called(ByteView name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<LinkStep>(found - kNames.begin());
}

std::size_t ConversationReader::read(LinkWay way, ByteView bytes) {
  if (bytes.empty()) return 0;
  ended_[static_cast<int>(way)].reset();
  if (phase_ == Phase::foreign) return bytes.size();
  if (way == LinkWay::down) {
    const std::size_t before = bytes.size();
    read_down(bytes);
    return before - bytes.size();
  }
  const std::size_t size = requests_.take(bytes);
  if (requests_.is_whole()) read_request(requests_.words());
  return size;
}

bool ConversationReader::at_border(LinkWay way) const {
  if (way == LinkWay::up) return requests_.at_border();
  if (phase_ == Phase::payload) return false;
  return phase_ == Phase::streaming ? stream_.at_border() : !in_line_;
}

ConversationReader::Upcoming ConversationReader::upcoming(LinkWay way, ByteView bytes) const {
  if (bytes.empty()) return {};
  if (phase_ == Phase::foreign) return {.is_known = true};
  const bool is_reply = way == LinkWay::down && phase_ != Phase::streaming;
  if (is_reply) {
    // The primary keeps the link alive while it prepares something.
    const bool is_void = bytes.front() == '\n' || bytes.front() == '\r';
    std::optional<LinkStep> step;
    if (phase_ == Phase::header) step = LinkStep::payload;
    if (!asked_.empty()) step = asked_.front();
    if (step == LinkStep::sync) step = LinkStep::payload;
    return {.is_known = true, .step = is_void ? std::nullopt : step};
  }
  CommandBorders ahead = way == LinkWay::up ? requests_ : stream_;
  ahead.take(bytes);
  return {.is_known = ahead.is_whole(),
          .step = ahead.is_whole() ? step_of(ahead.words()) : std::nullopt,
          .size = ahead.size(),
          .words = ahead.words()};
}

// ---- the way up

void ConversationReader::read_request(const Words& words) {
  if (words.empty()) return;  // a replica that loads keeps the link alive
  const auto step = step_of(words);
  if (step == LinkStep::ack) {
    const auto offset = words.size() > 2 ? parse_unsigned(words[2]) : std::nullopt;
    if (offset) acknowledged_ = offset;
    ++acks_;
    ended_[static_cast<int>(LinkWay::up)] = step;
    return;
  }
  if (phase_ != Phase::talking) return;
  if (!step || asked_.size() == kAskedMax) {
    phase_ = Phase::foreign;
    return;
  }
  if (step == LinkStep::psync) {
    wanted_.reset();
    if (words.size() > 2) wanted_ = wire::read_request(words[1], words[2]);
  }
  asked_.push_back(*step);
  ended_[static_cast<int>(LinkWay::up)] = step;
}

// ---- the way down

void ConversationReader::read_down(ByteView& bytes) {
  switch (phase_) {
    case Phase::talking:
    case Phase::header:
      return read_line(bytes);
    case Phase::payload:
      return read_payload(bytes);
    case Phase::streaming: {
      const std::size_t size = stream_.take(bytes);
      if (offset_) *offset_ += size;
      bytes.remove_prefix(size);
      return;
    }
    case Phase::foreign:
      bytes = {};
      return;
  }
}

void ConversationReader::read_line(ByteView& bytes) {
  const std::size_t end = bytes.find('\n');
  const bool is_whole = end != ByteView::npos;
  const ByteView part = bytes.substr(0, end);
  line_ += part.substr(0, kLineKept - line_.size());
  bytes.remove_prefix(is_whole ? end + 1 : bytes.size());
  in_line_ = !is_whole;
  if (!is_whole) return;
  const Bytes line = std::exchange(line_, {});
  const ByteView text = ByteView(line).substr(0, line.size() - (line.ends_with('\r') ? 1 : 0));
  if (text.empty()) return;
  if (!asked_.empty()) return read_reply(text);
  if (phase_ == Phase::header) return read_header(text);
  phase_ = Phase::foreign;  // it speaks without having been asked
}

void ConversationReader::read_reply(ByteView line) {
  const LinkStep step = asked_.front();
  asked_.pop_front();
  ended_[static_cast<int>(LinkWay::down)] = step;
  if (step == LinkStep::sync) return read_header(line);
  if (step != LinkStep::psync) return;
  if (wire::is_full_resync(line)) {
    granted_ = wire::read_full_resync(line);
    if (granted_) history_ = granted_->history;
    phase_ = Phase::header;
  } else if (wire::is_continue(line)) {
    if (wanted_) history_ = wanted_->history;
    if (const auto id = wire::read_continue(line)) history_ = *id;
    begin_stream(wanted_ ? std::optional(wanted_->offset) : std::nullopt);
  }
}

void ConversationReader::read_header(ByteView line) {
  ended_[static_cast<int>(LinkWay::down)].reset();
  auto payload = Payload::begin(line);
  if (!payload) {
    phase_ = Phase::foreign;
    return;
  }
  payload_ = std::move(*payload);
  payload_bytes_ = 0;
  phase_ = Phase::payload;
  if (!payload_->done()) return;
  ended_[static_cast<int>(LinkWay::down)] = LinkStep::payload;
  begin_stream(granted_ ? std::optional(granted_->offset) : std::nullopt);
}

void ConversationReader::read_payload(ByteView& bytes) {
  const std::size_t before = bytes.size();
  while (!bytes.empty() && !payload_->done()) payload_->take(bytes);
  payload_bytes_ += before - bytes.size();
  if (!payload_->done()) return;
  ended_[static_cast<int>(LinkWay::down)] = LinkStep::payload;
  begin_stream(granted_ ? std::optional(granted_->offset) : std::nullopt);
}

void ConversationReader::begin_stream(std::optional<Offset> offset) {
  phase_ = Phase::streaming;
  offset_ = offset;
}

}  // namespace replserver
