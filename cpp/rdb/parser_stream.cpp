// RdbParser's steps through a stream: nodes, what it tells of itself, groups with what is pending.
#include "base/assert.hpp"
#include "data/stream_listpack.hpp"
#include "rdb/parser.hpp"

namespace replserver {
namespace {

constexpr std::size_t kRawIdSize = 16;

std::uint64_t load_big_endian(ByteView bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

}  // namespace

RdbParser::Step RdbParser::read_node_id() {
  if (left_ == 0) {
    state_ = State::stream;
    return Step::again;
  }
  ByteView raw;
  if (!take_bytes(raw)) return trouble_;
  if (raw.size() != kRawIdSize) return fail_with("an id of a stream that is not 16 bytes long");
  told_.id = {load_big_endian(raw.substr(0, 8)), load_big_endian(raw.substr(8))};
  state_ = State::node;
  return Step::again;
}

RdbParser::Step RdbParser::read_node() {
  if (!take_bytes(told_.packed)) return trouble_;
  const auto view = ListpackView::check(told_.packed, PackedCheck::whole);
  if (!view) return fail_with(view.error().text + " of a node that ends");
  const auto node = StreamListpackView::check(*view);
  if (!node) return fail_with(node.error().text);
  --left_;
  state_ = State::node_id;
  return tell(Event::node);
}

RdbParser::Step RdbParser::read_stream() {
  Stream& stream = told_.stream;
  stream = {};
  StreamId first;
  if (!take_length(stream.size) || !take_id(stream.last)) return trouble_;
  if (key_.type != RdbType::stream_listpacks) {
    if (!take_id(first) || !take_id(stream.max_deleted) || !take_length(stream.entries_added)) {
      return trouble_;
    }
  } else {
    stream.entries_added = stream.size;
  }
  if (!take_length(groups_left_)) return trouble_;
  state_ = State::group;
  return tell(Event::stream);
}

RdbParser::Step RdbParser::read_group() {
  if (groups_left_ == 0) return finish_value(Event::end);
  if (!take_text(told_.first, 0)) return trouble_;
  first_block_ = std::move(block_);
  hold_first();
  has_first_ = false;
  state_ = State::group_tail;
  return Step::again;
}

RdbParser::Step RdbParser::read_group_tail() {
  told_.number = -1;
  if (!take_id(told_.id)) return trouble_;
  if (key_.type != RdbType::stream_listpacks && !take_signed(told_.number)) return trouble_;
  if (!take_length(left_)) return trouble_;
  --groups_left_;
  state_ = State::pending;
  return tell(Event::group);
}

RdbParser::Step RdbParser::read_pending() {
  if (left_ == 0) {
    if (!take_length(consumers_left_)) return trouble_;
    state_ = State::consumer;
    return Step::again;
  }
  if (!take_raw_id(told_.id) || !take(told_.moment) || !take_signed(told_.number)) return trouble_;
  --left_;
  return tell(Event::pending);
}

RdbParser::Step RdbParser::read_consumer() {
  if (consumers_left_ == 0) {
    state_ = State::group;
    return Step::again;
  }
  if (!take_text(told_.first, 0)) return trouble_;
  first_block_ = std::move(block_);
  hold_first();
  has_first_ = false;
  state_ = State::consumer_tail;
  return Step::again;
}

RdbParser::Step RdbParser::read_consumer_tail() {
  if (!take(told_.moment)) return trouble_;
  told_.active = told_.moment;
  if (key_.type == RdbType::stream_listpacks_3 && !take(told_.active)) return trouble_;
  if (!take_length(left_)) return trouble_;
  --consumers_left_;
  state_ = State::owned;
  return tell(Event::consumer);
}

RdbParser::Step RdbParser::read_owned() {
  if (left_ == 0) {
    state_ = State::consumer;
    return Step::again;
  }
  if (!take_raw_id(told_.id)) return trouble_;
  --left_;
  return tell(Event::owned);
}

}  // namespace replserver
