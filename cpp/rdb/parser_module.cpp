// RdbParser's steps over what belongs to modules: nobody here can read it, but its format tells
// where it ends.
#include <string>

#include "rdb/parser.hpp"

namespace replserver {
namespace {

// Nine letters of six bits, then ten bits of a version.
Bytes module_name(std::uint64_t id) {
  constexpr ByteView kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  Bytes name(9, ' ');
  std::uint64_t letters = id >> 10;
  for (auto letter = name.rbegin(); letter != name.rend(); ++letter, letters >>= 6) {
    *letter = kLetters[letters & 63];
  }
  return name;
}

}  // namespace

RdbParser::Step RdbParser::read_module_id() {
  std::uint64_t id = 0;
  if (!take_length(id)) return trouble_;
  module_ = module_name(id);
  if (!in_module_aux_ && !options_.skip_modules) {
    return fail_with("key '" + Bytes(key_.name) + "' holds a value of the module type '" + module_ +
                     "' version " + std::to_string(id & 1023) + ", which is not loaded");
  }
  state_ = State::module_part;
  return Step::again;
}

RdbParser::Step RdbParser::read_module_part() {
  std::uint64_t part = 0;
  std::uint64_t number = 0;
  if (!take_length(part)) return trouble_;
  switch (static_cast<RdbModulePart>(part)) {
    case RdbModulePart::eof:
      if (in_module_aux_) {
        state_ = State::record;
        return Step::again;
      }
      told_.first = PackedElement(ByteView(module_));
      return finish_value(Event::skipped);
    case RdbModulePart::signed_integer:
    case RdbModulePart::unsigned_integer:
      return take_length(number) ? Step::again : trouble_;
    case RdbModulePart::float_number: {
      std::int32_t bits = 0;
      return take(bits) ? Step::again : trouble_;
    }
    case RdbModulePart::double_number:
      return take(number) ? Step::again : trouble_;
    case RdbModulePart::string:
      state_ = State::module_text;
      return Step::again;
  }
  return fail_with("module '" + module_ + "' uses an unknown kind of part");
}

RdbParser::Step RdbParser::read_module_text() {
  PackedElement text{0};
  if (!take_text(text, 0)) return trouble_;
  block_ = {};
  state_ = State::module_part;
  return Step::again;
}

}  // namespace replserver
