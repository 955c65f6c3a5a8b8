#include "rdb/parser.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "rdb/crc64.hpp"

namespace replserver {
namespace {

constexpr std::size_t kCarriedAtOnce = 64;  // most of what is cut off is whole with so much more

bool is_opcode(unsigned char byte) {
  return byte >= static_cast<unsigned char>(RdbOpcode::key_meta);
}

Bytes number_of(unsigned char byte) { return std::to_string(unsigned{byte}); }

}  // namespace

RdbParser RdbParser::of_value(const Options& options, RdbType type, int version) {
  RdbParser parser(options);
  parser.is_value_only_ = true;
  parser.version_ = version;
  parser.key_.type = type;
  parser.is_told_ = false;
  parser.state_ = State::value;
  return parser;
}

// ---- the window ----

void RdbParser::feed(ByteView bytes) {
  RS_ASSERT(at_ == end_);
  base_ += chunk_.size();
  chunk_ = bytes;
  folded_ = 0;
  if (carry_.empty()) return look_at_chunk(0);
  chunk_used_ = 0;
  in_carry_ = true;
  append_to_carry();
}

// Until what was cut off is whole: then the chunk itself is read.
void RdbParser::append_to_carry() {
  const std::size_t wanted = std::max(kCarriedAtOnce, carry_.size());
  const std::size_t more = std::min(wanted, chunk_.size() - chunk_used_);
  carry_.append(chunk_.substr(chunk_used_, more));
  chunk_used_ += more;
  look_at(carry_.data(), carry_.data() + carry_.size());
}

std::int64_t RdbParser::chunk_offset(const char* at) const {
  return static_cast<std::int64_t>(chunk_used_) - (end_ - at);
}

std::uint64_t RdbParser::consumed() const {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(base_) + chunk_offset(at_));
}

void RdbParser::fold_checksum(std::size_t upto) {
  if (!options_.checksum || upto <= folded_) return;
  checksum_ = crc64(checksum_, chunk_.substr(folded_, upto - folded_));
  folded_ = upto;
}

// False: all bytes are used up, and what is not whole is kept.
bool RdbParser::widen() {
  const auto left = static_cast<std::size_t>(end_ - token_);
  if (in_carry_) {
    const std::int64_t offset = chunk_offset(token_);
    if (offset >= 0) {
      look_at_chunk(static_cast<std::size_t>(offset));
      return true;
    }
    carry_.erase(0, carry_.size() - left);
    if (chunk_used_ < chunk_.size()) {
      append_to_carry();
      return true;
    }
  } else {
    carry_.assign(token_, left);
  }
  if (state_ != State::checksum) fold_checksum(chunk_.size());
  look_at(nullptr, nullptr);
  return false;
}

RdbParser::Event RdbParser::next() {
  if (state_ == State::done) return event_;
  while (true) {
    commit();
    if (state_ == State::record && tell_small_string()) return Event::string;
    switch (step()) {
      case Step::told:
        if (in_carry_ && chunk_offset(at_) >= 0) {
          look_at_chunk(static_cast<std::size_t>(chunk_offset(at_)));
        }
        return event_;
      case Step::again:
        break;
      case Step::more:
        if (!widen()) return Event::none;
        break;
      case Step::failed:
        state_ = State::done;
        return event_ = Event::failed;
    }
  }
}

RdbParser::Step RdbParser::fail_with(ByteView what) {
  const auto place = static_cast<std::int64_t>(base_) + chunk_offset(at_ != nullptr ? at_ : end_);
  failure_.text = "rdb: " + Bytes(what) + " at byte " + std::to_string(place);
  return Step::failed;
}

RdbParser::Step RdbParser::step() {
  switch (state_) {
    case State::magic:
      return read_magic();
    case State::record:
      return read_record();
    case State::aux:
      return read_aux();
    case State::function:
      return read_aux();
    case State::key:
      return read_key();
    case State::value:
      return begin_value();
    case State::text:
      return read_blob();
    case State::blob:
      return read_blob();
    case State::elements:
      return read_element();
    case State::container:
      return read_container();
    case State::list_node:
      return read_list_node();
    case State::node_id:
      return read_node_id();
    case State::node:
      return read_node();
    case State::stream:
      return read_stream();
    case State::group:
      return read_group();
    case State::group_tail:
      return read_group_tail();
    case State::pending:
      return read_pending();
    case State::consumers:
      return read_consumer();
    case State::consumer:
      return read_consumer();
    case State::consumer_tail:
      return read_consumer_tail();
    case State::owned:
      return read_owned();
    case State::module_id:
      return read_module_id();
    case State::module_part:
      return read_module_part();
    case State::module_text:
      return read_module_text();
    case State::checksum:
      return read_checksum();
    case State::done:
      break;
  }
  return Step::failed;
}

// ---- the frame ----

RdbParser::Step RdbParser::read_magic() {
  if (!has(kRdbHeaderSize)) return trouble_;
  const ByteView header(at_, kRdbHeaderSize);
  if (!header.starts_with(kRdbMagic)) return fail_with("wrong signature");
  const ByteView digits = header.substr(kRdbMagic.size());
  const bool is_number = digits.find_first_not_of("0123456789") == ByteView::npos;
  if (!is_number) return fail_with("wrong signature");
  version_ = std::stoi(Bytes(digits));
  if (version_ < 1 || version_ > kRdbVersionMax) {
    return fail_with("can't handle RDB format version " + std::to_string(version_));
  }
  at_ += kRdbHeaderSize;
  state_ = State::record;
  return Step::again;
}

// By far the commonest: a key and its string, both short, in one piece of the window.
bool RdbParser::tell_small_string() {
  constexpr std::size_t kHead =
      32;  // of the two lengths, the type and an expiry, with room to spare
  if (end_ - at_ < static_cast<std::ptrdiff_t>(kHead)) return false;
  const auto* at = reinterpret_cast<const unsigned char*>(at_);
  std::optional<UnixMs> expiry;
  if (*at == static_cast<unsigned char>(RdbOpcode::expiry_ms)) {
    expiry = load_packed<std::int64_t>(at + 1);
    at += 9;
  }
  if (*at++ != static_cast<unsigned char>(RdbType::string)) return false;
  if (!is_told_ && expiry) return false;  // given twice: the last one counts
  const auto size_at = [&]() -> std::size_t {
    const unsigned first = *at++;
    if (first < 0x40) return first;
    if (first < 0x80) return (first & 63) << 8 | *at++;
    return SIZE_MAX;
  };
  const std::size_t name_size = size_at();
  if (name_size == SIZE_MAX) return false;
  const auto* name = at;
  const auto left = [&] {
    return static_cast<std::size_t>(reinterpret_cast<const unsigned char*>(end_) - at);
  };
  if (name_size + 10 > left()) return false;
  at += name_size;
  const unsigned kind = *at;
  if (kind < 0x80) {
    const std::size_t size = size_at();
    if (size > left()) return false;
    told_.first = PackedElement(ByteView(reinterpret_cast<const char*>(at), size));
    at += size;
  } else if (kind == 0xc0) {
    told_.first = PackedElement(std::int64_t{load_packed<std::int8_t>(at + 1)});
    at += 2;
  } else if (kind == 0xc1) {
    told_.first = PackedElement(std::int64_t{load_packed<std::int16_t>(at + 1)});
    at += 3;
  } else if (kind == 0xc2) {
    told_.first = PackedElement(std::int64_t{load_packed<std::int32_t>(at + 1)});
    at += 5;
  } else {
    return false;
  }
  if (is_told_) {
    key_.expiry = expiry;
    key_.idle_s.reset();
    key_.frequency.reset();
  }
  block_ = {};
  key_.type = RdbType::string;
  key_.name = ByteView(reinterpret_cast<const char*>(name), name_size);
  at_ = reinterpret_cast<const char*>(at);
  if (in_carry_ && chunk_offset(at_) >= 0) {
    look_at_chunk(static_cast<std::size_t>(chunk_offset(at_)));
  }
  is_told_ = true;
  return true;
}

RdbParser::Step RdbParser::read_record() {
  if (!has(1)) return trouble_;
  if (is_told_) {
    key_.expiry.reset();
    key_.idle_s.reset();
    key_.frequency.reset();
    is_told_ = false;
  }
  const auto byte = static_cast<unsigned char>(*at_);
  if (is_opcode(byte)) {
    ++at_;
    return read_opcode(static_cast<RdbOpcode>(byte));
  }
  key_.type = static_cast<RdbType>(byte);
  ++at_;
  state_ = State::key;
  return Step::again;
}

// What follows an opcode is short, but for texts: those are steps of their own.
RdbParser::Step RdbParser::read_opcode(RdbOpcode opcode) {
  std::uint64_t number = 0;
  switch (opcode) {
    case RdbOpcode::expiry_ms: {
      std::int64_t expiry = 0;
      if (!take(expiry)) return trouble_;
      key_.expiry = expiry;
      return Step::again;
    }
    case RdbOpcode::expiry_s: {
      std::int32_t expiry = 0;
      if (!take(expiry)) return trouble_;
      key_.expiry = std::int64_t{expiry} * 1000;
      return Step::again;
    }
    case RdbOpcode::idle:
      if (!take_length(number)) return trouble_;
      key_.idle_s = number;
      return Step::again;
    case RdbOpcode::freq: {
      std::uint8_t frequency = 0;
      if (!take(frequency)) return trouble_;
      key_.frequency = frequency;
      return Step::again;
    }
    case RdbOpcode::select_db:
      if (!take_length(number)) return trouble_;
      if (number > INT32_MAX) return fail_with("no such database");
      key_.database = static_cast<int>(number);
      return tell(Event::select);
    case RdbOpcode::resize_db:
      if (!take_length(told_.count) || !take_length(told_.expires)) return trouble_;
      return tell(Event::resize);
    case RdbOpcode::slot_info:
      if (!take_length(number) || !take_length(number) || !take_length(number)) return trouble_;
      return Step::again;
    case RdbOpcode::aux:
      state_ = State::aux;
      return Step::again;
    case RdbOpcode::function:
      state_ = State::function;
      return Step::again;
    case RdbOpcode::module_aux:
      in_module_aux_ = true;
      state_ = State::module_id;
      return Step::again;
    case RdbOpcode::eof:
      fold_checksum(static_cast<std::size_t>(chunk_offset(at_)));
      state_ = State::checksum;
      return Step::again;
    case RdbOpcode::function_pre_ga:
      return fail_with("a function in the format of a release candidate");
    case RdbOpcode::key_meta:
      break;
  }
  return fail_with("unknown opcode " + number_of(static_cast<unsigned char>(opcode)));
}

RdbParser::Step RdbParser::read_aux() {
  const bool is_pair = state_ == State::aux;
  if (!has_first_) {
    if (!take_text(told_.first, 0)) return trouble_;
    const char* const behind = at_;
    if (is_pair) {
      first_block_ = std::move(block_);
      if (!take_text(told_.second, 1)) {
        hold_first();
        if (!straight_.is_open) token_ = behind;
        return trouble_;
      }
    }
  } else if (!take_text(told_.second, 1)) {
    return trouble_;
  }
  has_first_ = false;
  state_ = State::record;
  return tell(is_pair ? Event::aux : Event::function);
}

RdbParser::Step RdbParser::read_checksum() {
  std::uint64_t stored = 0;
  if (version_ >= kRdbChecksumSince) {
    if (!take(stored)) return trouble_;
    if (options_.checksum && stored != 0 && stored != checksum_) {
      return fail_with("wrong checksum");
    }
  }
  state_ = State::done;
  return tell(Event::finished);
}

}  // namespace replserver
