// What the files of the GEO commands share: units and places in a call and in its reply.
#pragma once

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "command/context.hpp"
#include "command/geohash.hpp"

namespace replserver {

// Metres in a unit; or nothing, and told so.
inline std::optional<double> read_unit(Context& context, ByteView word) {
  if (equal_ignoring_case(word, "m")) return 1;
  if (equal_ignoring_case(word, "km")) return 1000;
  if (equal_ignoring_case(word, "ft")) return 0.3048;
  if (equal_ignoring_case(word, "mi")) return 1609.34;
  context.reply.error("ERR unsupported unit provided. please use M, KM, FT, MI");
  return std::nullopt;
}

// From two words; or nothing, and told so.
inline std::optional<Place> read_place(Context& context, Args words) {
  const auto longitude = parse_double(words[0]), latitude = parse_double(words[1]);
  if (!longitude || !latitude) {
    context.reply.error("ERR value is not a valid float");
    return std::nullopt;
  }
  const Place place{*longitude, *latitude};
  if (place.is_valid()) return place;
  std::array<char, 800> text;
  const int size = std::snprintf(
      text.data(), text.size(), "ERR invalid longitude,latitude pair %f,%f", *longitude, *latitude);
  context.reply.error(ByteView(text.data(), static_cast<std::size_t>(size)));
  return std::nullopt;
}

inline void reply_distance(resp::Writer& reply, double distance) {
  std::array<char, 400> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), distance, std::chars_format::fixed, 4);
  reply.bulk(ByteView(text.data(), static_cast<std::size_t>(end.ptr - text.data())));
}

inline void reply_place(resp::Writer& reply, const Place& place) {
  reply.array(2);
  for (const double degrees : {place.longitude, place.latitude}) {
    const Bytes text = format_long_double_human(degrees);
    reply.version() > 2 ? reply.raw("," + text + "\r\n") : reply.bulk(text);
  }
}

}  // namespace replserver
