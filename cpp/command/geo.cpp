// The GEO commands that put members on earth and tell where they are.
#include "command/geo_words.hpp"
#include "command/sorted_set_words.hpp"

namespace replserver {
namespace {

// Replicas are told of a ZADD: their own arithmetic might differ in the last bit.
void geoadd(Context& context, Args args) {
  std::size_t first = 2;
  bool only_new = false, only_there = false;
  for (; first < args.size(); ++first) {
    if (equal_ignoring_case(args[first], "nx")) {
      only_new = true;
    } else if (equal_ignoring_case(args[first], "xx")) {
      only_there = true;
    } else if (!equal_ignoring_case(args[first], "ch")) {
      break;
    }
  }
  if ((args.size() - first) % 3 != 0 || (only_new && only_there)) {
    return context.reply.error(kSyntaxError);
  }
  const std::size_t members = (args.size() - first) / 3;
  Words scores;
  scores.reserve(members);
  std::vector<ByteView> words{"zadd"};
  words.insert(words.end(), args.begin() + 1, args.begin() + static_cast<std::ptrdiff_t>(first));
  for (std::size_t at = first; at < args.size(); at += 3) {
    const auto place = read_place(context, args.subspan(at, 2));
    if (!place) return;
    words.push_back(scores.emplace_back(std::to_string(geo_score(*place))));
    words.push_back(args[at + 2]);
  }
  add_scored(context, words, true);
}

std::optional<Place> place_of(const Entry* entry, ByteView member) {
  const auto score = entry ? SortedSetView(*entry).score(member) : std::nullopt;
  if (!score) return std::nullopt;
  return geo_place(*score);
}

void geodist(Context& context, Args args) {
  double unit = 1;
  if (args.size() == 5) {
    const auto read = read_unit(context, args[4]);
    if (!read) return;
    unit = *read;
  } else if (args.size() > 5) {
    return context.reply.error(kSyntaxError);
  }
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  const auto one = place_of(entry, args[2]), other = place_of(entry, args[3]);
  if (!one || !other) return context.reply.null();
  reply_distance(context.reply, geo_distance(*one, *other) / unit);
}

void geohash(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  context.reply.array(args.size() - 2);
  for (const ByteView member : args.subspan(2)) {
    const auto place = place_of(entry, member);
    place ? context.reply.bulk(geohash_text(*place)) : context.reply.null();
  }
}

void geopos(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  context.reply.array(args.size() - 2);
  for (const ByteView member : args.subspan(2)) {
    const auto place = place_of(entry, member);
    place ? reply_place(context.reply, *place) : context.reply.null_array();
  }
}

constexpr KeyRange kOneKey = {1, 1, 1};

constexpr Command kCommands[] = {
    // name       arity  flags                  keys     categories  handler
    {"geoadd", -5, kWrite | kDenyOom, kOneKey, kGeoCategory, geoadd},
    {"geodist", -4, kReadonly, kOneKey, kGeoCategory, geodist},
    {"geohash", -2, kReadonly, kOneKey, kGeoCategory, geohash},
    {"geopos", -2, kReadonly, kOneKey, kGeoCategory, geopos},
};

}  // namespace

std::span<const Command> geo_commands() { return kCommands; }

}  // namespace replserver
