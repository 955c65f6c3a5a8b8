#include "repl/replica_session.hpp"

#include "repl/wire.hpp"
#include "resp/request.hpp"

namespace replserver {
namespace {

constexpr std::size_t kLineMax = 1024;

bool is_error(ByteView line) { return line.starts_with('-'); }

}  // namespace

void ReplicaSession::opened(Bytes& output) {
  append_command(output, {"PING"});
  phase_ = Phase::ping;
}

// A whole line without its end. It may have come in pieces; longer ones than any server sends are
// cut, which makes them answers that nobody understands.
std::optional<ByteView> ReplicaSession::take_line(ByteView& bytes) {
  if (line_taken_) {
    line_.clear();
    line_taken_ = false;
  }
  const std::size_t end = bytes.find('\n');
  const bool is_whole = end != ByteView::npos;
  ByteView part = bytes.substr(0, is_whole ? end : bytes.size());
  bytes.remove_prefix(is_whole ? end + 1 : bytes.size());
  line_.append(part.substr(0, kLineMax - std::min(kLineMax, line_.size())));
  if (!is_whole) return std::nullopt;
  if (line_.ends_with('\r')) line_.pop_back();
  line_taken_ = true;
  return line_;
}

std::optional<ReplicaSession::Event> ReplicaSession::next(ByteView& bytes, Bytes& output) {
  if (phase_ == Phase::header && payload_) {
    phase_ = Phase::payload;
    return PayloadBegins{payload_->size()};
  }
  while (!bytes.empty() && phase_ != Phase::streaming) {
    if (phase_ == Phase::payload) {
      if (payload_->done()) {
        phase_ = Phase::streaming;
        return PayloadEnds{};
      }
      const ByteView part = payload_->take(bytes);
      if (!part.empty()) return PayloadPart{part};
      continue;
    }
    const auto line = take_line(bytes);
    if (!line) return std::nullopt;
    if (line->empty()) continue;  // the primary keeps the link alive while it prepares something
    std::optional<Event> event;
    if (phase_ == Phase::ping)
      event = pong(*line, output);
    else if (phase_ == Phase::greeting)
      event = answer(*line, output);
    else if (phase_ == Phase::psync)
      event = sync_reply(*line, output);
    else if (phase_ == Phase::header)
      event = header(*line);
    if (event) return event;
  }
  if (phase_ == Phase::payload && payload_->done()) {
    phase_ = Phase::streaming;
    return PayloadEnds{};
  }
  return std::nullopt;
}

// A primary that wants a password first, or whose rules forbid PING, is alive all the same.
ReplicaSession::Event ReplicaSession::pong(ByteView line, Bytes& output) {
  const bool lives = line.starts_with('+') || line.starts_with("-NOAUTH") ||
                     line.starts_with("-NOPERM") ||
                     line.starts_with("-ERR operation not permitted");
  if (!lives) return Failure{"Error reply to PING from master: '" + Bytes(line) + "'"};
  greet(output);
  return Pong{};
}

void ReplicaSession::greet(Bytes& output) {
  phase_ = Phase::greeting;
  if (!greeting_.password.empty()) {
    asked_.push_back(Question::auth);
    if (greeting_.user.empty()) {
      append_command(output, {"AUTH", greeting_.password});
    } else {
      append_command(output, {"AUTH", greeting_.user, greeting_.password});
    }
  }
  asked_.push_back(Question::port);
  append_command(output, {"REPLCONF", "listening-port", std::to_string(greeting_.port)});
  if (!greeting_.address.empty()) {
    asked_.push_back(Question::address);
    append_command(output, {"REPLCONF", "ip-address", greeting_.address});
  }
  asked_.push_back(Question::capabilities);
  append_command(output, {"REPLCONF", "capa", "eof", "capa", "psync2"});
  asked_.push_back(Question::version);
  append_command(output, {"REPLCONF", "version", greeting_.version});
}

std::optional<ReplicaSession::Event> ReplicaSession::answer(ByteView line, Bytes& output) {
  const Question question = asked_[answered_++];
  if (question == Question::auth && is_error(line)) {
    return Failure{"Unable to AUTH to MASTER: " + Bytes(line)};
  }
  if (answered_ == asked_.size()) ask_for_sync(output);
  // What it does not understand it can do without; older servers know no version at all.
  if (!is_error(line) || question == Question::version) return std::nullopt;
  const ByteView what = question == Question::port      ? "listening-port"
                        : question == Question::address ? "ip-address"
                                                        : "capa";
  return Remark{"(Non critical) Master does not understand REPLCONF " + Bytes(what) + ": " +
                Bytes(line)};
}

void ReplicaSession::ask_for_sync(Bytes& output) {
  phase_ = Phase::psync;
  const auto& wanted = greeting_.wanted;
  const Bytes id = wanted ? wanted->history : "?";
  const Bytes next = wanted ? wire::next_byte(wanted->offset) : "-1";
  if (greeting_.failover) {
    append_command(output, {"PSYNC", id, next, "FAILOVER"});
  } else {
    append_command(output, {"PSYNC", id, next});
  }
}

std::optional<ReplicaSession::Event> ReplicaSession::sync_reply(ByteView line, Bytes& output) {
  if (wire::is_full_resync(line)) {
    const auto position = wire::read_full_resync(line);
    if (!position) {
      return Failure{"Master replied with wrong +FULLRESYNC syntax.", Failure::Remedy::discard};
    }
    phase_ = Phase::header;
    return FullSync{position};
  }
  if (wire::is_continue(line)) {
    if (!greeting_.wanted) {
      return Failure{"Unexpected reply to PSYNC from master: " + Bytes(line),
                     Failure::Remedy::discard};
    }
    phase_ = Phase::streaming;
    return Continued{wire::read_continue(line)};
  }
  if (line.starts_with("-NOMASTERLINK") || line.starts_with("-LOADING")) {
    return Failure{"Master is currently unable to PSYNC but should be in the future: " +
                   Bytes(line)};
  }
  if (greeting_.failover) return Failure{"Failover target rejected psync request: " + Bytes(line)};
  // A server from before PSYNC, perhaps: the old way asks for everything.
  without_psync_ = true;
  phase_ = Phase::header;
  output += "SYNC\r\n";
  return is_error(line)
             ? Remark{"Master does not support PSYNC or is in error state (reply: " + Bytes(line) +
                      ")"}
             : Remark{"Unexpected reply to PSYNC from master: " + Bytes(line)};
}

ReplicaSession::Event ReplicaSession::header(ByteView line) {
  if (is_error(line)) {
    return Failure{"MASTER aborted replication with an error: " + Bytes(line.substr(1)),
                   Failure::Remedy::discard};
  }
  auto payload = Payload::begin(line);
  if (!payload) return Failure{payload.error().text, Failure::Remedy::discard};
  payload_ = std::move(*payload);
  if (without_psync_) return FullSync{std::nullopt};  // next() tells of the payload after it
  phase_ = Phase::payload;
  return PayloadBegins{payload_->size()};
}

}  // namespace replserver
