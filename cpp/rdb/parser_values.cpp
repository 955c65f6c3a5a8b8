// RdbParser's steps through a key and its value, streams and modules apart.
#include <string>

#include "base/ascii.hpp"
#include "rdb/packed.hpp"
#include "rdb/parser.hpp"

namespace replserver {
namespace {

// Types 6 (modules before they could be skipped) and 8 have no format that is known.
bool is_known(RdbType type) {
  const auto number = static_cast<unsigned char>(type);
  return number <= static_cast<unsigned char>(RdbType::hash_listpack_ex) && number != 8 &&
         type != RdbType::module_pre_ga;
}

}  // namespace

RdbParser::Step RdbParser::read_key() {
  PackedElement name{0};
  if (!take_text(name, 0)) return trouble_;
  PackedElement::Scratch scratch;
  name_.assign(name.text(scratch));
  key_.name = name_;
  block_ = {};
  state_ = State::value;
  return Step::again;
}

RdbParser::Step RdbParser::finish_value(Event event) {
  is_told_ = true;
  state_ = is_value_only_ ? State::done : State::record;
  return tell(event);
}

RdbParser::Step RdbParser::begin_elements(State state) {
  if (!take_length(left_)) return trouble_;
  told_.count = left_;
  state_ = state;
  return tell(Event::begin);
}

RdbParser::Step RdbParser::begin_value() {
  if (!is_known(key_.type)) {
    return fail_with("key " + quoted(key_.name) + " has the unknown type " +
                     std::to_string(static_cast<unsigned>(key_.type)));
  }
  told_.field_expiry.reset();
  switch (key_.type) {
    case RdbType::string:
      state_ = State::text;
      return Step::again;
    case RdbType::list_quicklist_2:
      return begin_elements(State::container);
    case RdbType::list_quicklist:
      container_ = RdbContainer::packed;
      return begin_elements(State::list_node);
    case RdbType::stream_listpacks:
    case RdbType::stream_listpacks_2:
    case RdbType::stream_listpacks_3:
      return begin_elements(State::node_id);
    case RdbType::module_2:
      in_module_aux_ = false;
      state_ = State::module_id;
      return Step::again;
    case RdbType::hash_metadata:
      if (!take(field_base_)) return trouble_;
      return begin_elements(State::elements);
    case RdbType::hash_metadata_pre_ga:
    case RdbType::list:
    case RdbType::set:
    case RdbType::zset:
    case RdbType::zset_2:
    case RdbType::hash:
      field_base_ = 0;
      return begin_elements(State::elements);
    case RdbType::hash_listpack_ex:
      if (!take(field_base_)) return trouble_;
      [[fallthrough]];
    default:
      state_ = State::blob;
      return Step::again;
  }
}

RdbParser::Step RdbParser::read_blob() {
  if (state_ == State::text) {
    if (!take_text(told_.first, 0)) return trouble_;
    return finish_value(Event::string);
  }
  if (!take_bytes(told_.packed)) return trouble_;
  const auto checked = check_packed(key_.type, told_.packed, options_.deep);
  if (!checked) return fail_with(checked.error().text + " of a blob that ends");
  return finish_value(Event::blob);
}

RdbParser::Step RdbParser::read_element() {
  if (left_ == 0) return finish_value(Event::end);
  const bool expires =
      key_.type == RdbType::hash_metadata || key_.type == RdbType::hash_metadata_pre_ga;
  if (expires && !has_field_expiry_) {
    std::uint64_t expiry = 0;
    if (!take_length(expiry)) return trouble_;
    const auto base = static_cast<std::uint64_t>(field_base_);
    const std::uint64_t at = key_.type == RdbType::hash_metadata ? base + expiry - 1 : expiry;
    if (expiry != 0 && at > INT64_MAX) return fail_with("a field's expiry out of range");
    told_.field_expiry.reset();
    if (expiry != 0) told_.field_expiry = static_cast<UnixMs>(at);
    has_field_expiry_ = true;
    commit();
  }
  if (!has_first_) {
    if (!take_text(told_.first, 0)) return trouble_;
    first_block_ = std::move(block_);
    const char* const behind = at_;
    if (!take_second()) {
      hold_first();
      if (!straight_.is_open) token_ = behind;
      return trouble_;
    }
  } else if (!take_second()) {
    return trouble_;
  }
  has_first_ = has_field_expiry_ = false;
  --left_;
  return tell(Event::element);
}

RdbParser::Step RdbParser::read_container() {
  if (left_ == 0) return finish_value(Event::end);
  std::uint64_t container = 0;
  if (!take_length(container)) return trouble_;
  container_ = static_cast<RdbContainer>(container);
  if (container_ != RdbContainer::plain && container_ != RdbContainer::packed) {
    return fail_with("no such container of a list");
  }
  state_ = State::list_node;
  return Step::again;
}

RdbParser::Step RdbParser::read_list_node() {
  if (left_ == 0) return finish_value(Event::end);
  if (container_ == RdbContainer::plain) {
    if (!take_text(told_.first, 0)) return trouble_;
  } else {
    if (!take_bytes(told_.packed)) return trouble_;
    const auto checked = check_packed(key_.type, told_.packed, options_.deep);
    if (!checked) return fail_with(checked.error().text + " of a node that ends");
  }
  --left_;
  if (key_.type == RdbType::list_quicklist_2) state_ = State::container;
  return tell(container_ == RdbContainer::plain ? Event::element : Event::packed);
}

}  // namespace replserver
