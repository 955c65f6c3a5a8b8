#include "command/waiting.hpp"

#include <cmath>

#include "base/numbers.hpp"

namespace replserver {
namespace {

// What an Instant, which counts microseconds, can still tell.
constexpr std::int64_t kMostMs = INT64_MAX / 1000 / 2;

Result<Timeout> checked(std::int64_t ms, const Now& now) {
  if (ms < 0) return fail(Error::Kind::command, "ERR timeout is negative");
  if (ms > INT64_MAX - unix_ms(now.wall)) {
    return fail(Error::Kind::command, "ERR timeout is out of range");
  }
  if (ms == 0) return Timeout{};
  return Timeout{Duration(milliseconds(std::min(ms, kMostMs)))};
}

}  // namespace

Result<Timeout> parse_timeout(ByteView seconds, const Now& now) {
  const auto value = parse_long_double(seconds);
  if (!value) return fail(Error::Kind::command, "ERR timeout is not a float or out of range");
  const long double ms = *value * 1000;
  if (ms > static_cast<long double>(INT64_MAX)) {
    return fail(Error::Kind::command, "ERR timeout is out of range");
  }
  if (ms < static_cast<long double>(INT64_MIN)) return checked(-1, now);
  return checked(static_cast<std::int64_t>(std::ceil(ms)), now);
}

Result<Timeout> parse_timeout_ms(ByteView text, const Now& now) {
  const auto ms = parse_integer(text);
  if (!ms) return fail(Error::Kind::command, "ERR timeout is not an integer or out of range");
  return checked(*ms, now);
}

void wait_for(Context& context, Type type, Args keys, const Timeout& timeout, InVain in_vain) {
  if (context.can_block()) {
    return context.block({.type = type,
                          .keys = Words(keys.begin(), keys.end()),
                          .timeout = timeout.limit,
                          .null_array = in_vain == InVain::null_array});
  }
  in_vain == InVain::null_array ? context.reply.null_array() : context.reply.null();
}

}  // namespace replserver
