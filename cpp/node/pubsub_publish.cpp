// Messages to subscribers: PUBLISH, SPUBLISH and keyspace notifications.
#include "node/state.hpp"

namespace replserver {
namespace {

// A long message is sent to many from one place instead of being copied for each of them.
class Payload {
 public:
  explicit Payload(ByteView bytes) : bytes_(bytes) {
    if (bytes.size() >= resp::Output::kShareFrom) shared_ = SharedBytes::copy_of(bytes);
  }
  void write(resp::Writer& to) const {
    if (shared_) {
      to.bulk(shared_);
    } else {
      to.bulk(bytes_);
    }
  }

 private:
  ByteView bytes_;
  SharedBytes shared_;
};

// What a command makes us tell its own client follows the reply: inside, it would be taken for a
// part of it.
resp::Writer message_writer(NodeState& node, ClientSession& session) {
  if (&session == node.executing) return resp::Writer(node.late_messages, session.protocol);
  return node.writer_for(session);
}

void tell(NodeState& node, const PubSub::Receiver& receiver, ByteView kind, ByteView channel,
          const Payload& payload) {
  if (receiver.session->closing) return;
  resp::Writer message = message_writer(node, *receiver.session);
  message.push(receiver.pattern != nullptr ? 4 : 3);
  if (receiver.pattern != nullptr) {
    message.bulk("pmessage");
    message.bulk(*receiver.pattern);
  } else {
    message.bulk(kind);
  }
  message.bulk(channel);
  payload.write(message);
}

std::int64_t tell_all(NodeState& node, const std::vector<PubSub::Receiver>& receivers,
                      ByteView kind, ByteView channel, ByteView message) {
  const Payload payload(message);
  for (const PubSub::Receiver& receiver : receivers) tell(node, receiver, kind, channel, payload);
  return static_cast<std::int64_t>(receivers.size());
}

}  // namespace

std::int64_t NodeState::publish(ByteView channel, ByteView message) {
  if (pubsub.nobody()) return 0;
  std::vector<PubSub::Receiver> receivers;
  pubsub.receivers(channel, receivers);
  return tell_all(*this, receivers, "message", channel, message);
}

std::int64_t NodeState::publish_shard(ByteView channel, ByteView message) {
  std::vector<PubSub::Receiver> receivers;
  pubsub.shard_receivers(channel, receivers);
  return tell_all(*this, receivers, "smessage", channel, message);
}

void NodeState::send_late_messages(ClientSession& session) {
  std::vector<ByteView> pieces;
  late_messages.views(pieces, SIZE_MAX);
  for (const ByteView piece : pieces) session.output.append(piece);
  late_messages.clear();
  announce(session);
}

void deliver_events(NodeState& node) {
  std::vector<KeyEvent> events;
  events.swap(node.context->events);
  const unsigned channels = node.settings.notify;
  for (const KeyEvent& event : events) {
    const Bytes at = "@" + std::to_string(event.db) + "__:";
    if (channels & kNotifyKeyspace) node.publish("__keyspace" + at + event.key, event.name);
    if (channels & kNotifyKeyevent) node.publish("__keyevent" + at + event.name, event.key);
  }
  // Its memory serves the next events.
  events.clear();
  if (node.context->events.empty()) events.swap(node.context->events);
}

}  // namespace replserver
