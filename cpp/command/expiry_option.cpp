#include "command/expiry_option.hpp"

namespace replserver {
namespace {

struct Row {
  ByteView name;
  ExpiryOption::Unit unit;
};
constexpr Row kRows[] = {
    {"EX", ExpiryOption::Unit::seconds},
    {"PX", ExpiryOption::Unit::milliseconds},
    {"EXAT", ExpiryOption::Unit::at_seconds},
    {"PXAT", ExpiryOption::Unit::at_milliseconds},
};

}  // namespace

bool ExpiryOption::read(OptionReader& options) {
  for (const Row& row : kRows) {
    ByteView word;
    if (!options.is(row.name, word)) continue;
    if (unit != Unit::none && unit != row.unit) options.refuse();
    unit = row.unit;
    number = word;
    return true;
  }
  return false;
}

Result<UnixMs> ExpiryOption::instant(UnixMs now, ByteView command) const {
  const auto value = parse_integer(number);
  if (!value) return fail(Error::Kind::command, Bytes(kNotInteger));

  const bool is_seconds = unit == Unit::seconds || unit == Unit::at_seconds;
  const bool is_relative = unit == Unit::seconds || unit == Unit::milliseconds;
  UnixMs at = 0;
  const bool overflows = __builtin_mul_overflow(*value, is_seconds ? 1000 : 1, &at) ||
                         __builtin_add_overflow(at, is_relative ? now : 0, &at);
  if (*value <= 0 || overflows) return tl::unexpected(invalid_expiry(command));
  return at;
}

Error invalid_expiry(ByteView command) {
  return {Error::Kind::command, "ERR invalid expire time in '" + Bytes(command) + "' command"};
}

}  // namespace replserver
