// GEOSEARCH and its older forms: which members lie in a circle or a box, replied or stored.
#include <algorithm>

#include "command/geo_words.hpp"
#include "command/sorted_set_words.hpp"

namespace replserver {
namespace {

enum class Form { search, search_store, radius, radius_reading, member, member_reading };
enum class Order { none, nearest, farthest };

struct Search {
  GeoArea area;
  bool has_middle = false;
  bool has_member = false;  // the middle is a member's place
  bool has_shape = false;
  bool with_distance = false, with_score = false, with_place = false;
  bool takes_any = false;
  Order order = Order::none;
  std::size_t count = 0;  // 0: all
  std::optional<ByteView> target;
  bool stores_distance = false;
};

struct Found {
  Bytes member;
  Place place;
  double distance;  // in metres
  double score;
};

bool is_search(Form form) { return form == Form::search || form == Form::search_store; }
bool stores(Form form) { return form == Form::radius || form == Form::member; }

// ---- reading the call ----

class SearchReader {
 public:
  SearchReader(Context& context, Args args, Form form, const Entry* entry)
      : context_(context), args_(args), form_(form), entry_(entry) {}

  // False: it was refused, and told so.
  bool read(Search& search) {
    at_ = 2;
    if (form_ == Form::search_store) {
      search.target = args_[1];
      at_ = 3;
    } else if (form_ == Form::radius || form_ == Form::radius_reading) {
      if (!read_middle(search, 2) || !read_radius(search, 4)) return false;
      at_ = 6;
    } else if (form_ == Form::member || form_ == Form::member_reading) {
      if (entry_ && (!read_member(search, 2) || !read_radius(search, 3))) return false;
      at_ = 5;
    }
    for (; at_ < args_.size(); ++at_) {
      if (!read_option(search)) return false;
    }
    return is_complete(search);
  }

 private:
  bool refuse(ByteView error) {
    context_.reply.error(error);
    return false;
  }
  bool is(ByteView name, std::size_t words = 0) const {
    return at_ + words < args_.size() && equal_ignoring_case(args_[at_], name);
  }

  bool read_option(Search& search) {
    if (is("withdist")) return search.with_distance = true;
    if (is("withhash")) return search.with_score = true;
    if (is("withcoord")) return search.with_place = true;
    if (is("any")) return search.takes_any = true;
    if (is("asc") || is("desc")) {
      search.order = is("asc") ? Order::nearest : Order::farthest;
      return true;
    }
    if (is("count", 1)) return read_count(search);
    if (stores(form_) && (is("store", 1) || is("storedist", 1))) {
      search.stores_distance = is("storedist", 1);
      search.target = args_[++at_];
      return true;
    }
    return is_search(form_) ? read_search_option(search) : refuse(kSyntaxError);
  }

  bool read_search_option(Search& search) {
    const bool has_place = search.has_middle && !search.has_member;
    if (is("frommember", 1) && !has_place) {
      ++at_;
      search.has_middle = search.has_member = true;
      return entry_ == nullptr || read_member(search, at_);
    }
    if (is("fromlonlat", 2) && !search.has_member) {
      at_ += 2;
      return read_middle(search, at_ - 1);
    }
    const bool has_box = search.has_shape && !search.area.radius;
    if (is("byradius", 2) && !has_box) {
      at_ += 2;
      return read_radius(search, at_ - 1);
    }
    if (is("bybox", 3) && !search.area.radius) {
      at_ += 3;
      return read_box(search, at_ - 2);
    }
    if (form_ == Form::search_store && is("storedist")) return search.stores_distance = true;
    return refuse(kSyntaxError);
  }

  bool read_count(Search& search) {
    const auto count = Context::integer(args_[++at_]);
    if (!count) return refuse(count.error().text);
    if (*count <= 0) return refuse("ERR COUNT must be > 0");
    search.count = static_cast<std::size_t>(*count);
    return true;
  }
  bool read_middle(Search& search, std::size_t at) {
    const auto place = read_place(context_, args_.subspan(at, 2));
    if (place) search.area.middle = *place;
    search.has_middle = true;
    return place.has_value();
  }
  bool read_member(Search& search, std::size_t at) {
    const auto score = SortedSetView(*entry_).score(args_[at]);
    if (!score) return refuse("ERR could not decode requested zset member");
    search.area.middle = geo_place(*score);
    return true;
  }
  bool read_radius(Search& search, std::size_t at) {
    const auto radius = parse_double(args_[at]);
    if (!radius) return refuse("ERR need numeric radius");
    if (*radius < 0) return refuse("ERR radius cannot be negative");
    search.area.radius = *radius;
    search.has_shape = true;
    return read_unit_of(search, at + 1);
  }
  bool read_box(Search& search, std::size_t at) {
    const auto width = parse_double(args_[at]);
    if (!width) return refuse("ERR need numeric width");
    const auto height = parse_double(args_[at + 1]);
    if (!height) return refuse("ERR need numeric height");
    if (*width < 0 || *height < 0) return refuse("ERR height or width cannot be negative");
    search.area.width = *width;
    search.area.height = *height;
    search.has_shape = true;
    return read_unit_of(search, at + 2);
  }
  bool read_unit_of(Search& search, std::size_t at) {
    const auto unit = read_unit(context_, args_[at]);
    if (unit) search.area.unit = *unit;
    return unit.has_value();
  }

  bool is_complete(const Search& search) {
    if (search.target && (search.with_distance || search.with_score || search.with_place)) {
      const Bytes who = is_search(form_) ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
      return refuse("ERR " + who +
                    " is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
    }
    const Bytes name(args_[0]);
    if (is_search(form_) && !search.has_middle) {
      return refuse("ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for " + name);
    }
    if (is_search(form_) && !search.has_shape) {
      return refuse("ERR exactly one of BYRADIUS and BYBOX can be specified for " + name);
    }
    if (search.takes_any && search.count == 0) {
      return refuse("ERR the ANY argument requires COUNT argument");
    }
    return true;
  }

  Context& context_;
  Args args_;
  Form form_;
  const Entry* entry_;
  std::size_t at_ = 0;
};

// ---- searching ----

// Of large areas neighbouring cells may be the same one, and are searched once.
std::vector<Found> find_all(const SortedSetView& set, const Search& search) {
  std::vector<Found> found;
  const std::size_t enough = search.takes_any ? search.count : SIZE_MAX;
  constexpr std::size_t kPiece = 64;
  GeoCell last;
  for (const GeoCell& cell : cells_of(search.area)) {
    if (cell.step == 0 || cell == last) continue;
    if (found.size() >= enough) break;
    std::size_t rank = set.before(ScoreBorder{cell.first_score()});
    const std::size_t end = set.before(ScoreBorder{cell.end_score()});
    for (; rank < end && found.size() < enough; rank += kPiece) {
      set.up(rank, std::min(kPiece, end - rank), [&](ByteView member, double score) {
        if (found.size() >= enough) return;
        const Place place = geo_place(score);
        const auto distance = search.area.distance_within(place);
        if (distance) found.push_back({Bytes(member), place, *distance, score});
      });
    }
    last = cell;
  }
  return found;
}

void put_in_order(std::vector<Found>& found, Order order) {
  if (order == Order::none) return;
  std::stable_sort(found.begin(), found.end(), [&](const Found& one, const Found& other) {
    return order == Order::nearest ? one.distance < other.distance : one.distance > other.distance;
  });
}

void reply_found(resp::Writer& reply, const std::vector<Found>& found, const Search& search) {
  const std::size_t extras = static_cast<std::size_t>(search.with_distance) +
                             static_cast<std::size_t>(search.with_score) +
                             static_cast<std::size_t>(search.with_place);
  reply.array(found.size());
  for (const Found& one : found) {
    if (extras > 0) reply.array(1 + extras);
    reply.bulk(one.member);
    if (search.with_distance) reply_distance(reply, one.distance / search.area.unit);
    if (search.with_score) reply.integer(static_cast<std::int64_t>(one.score));
    if (search.with_place) reply_place(reply, one.place);
  }
}

void run(Context& context, Args args, Form form) {
  const Entry* entry = context.find(args[form == Form::search_store ? 2 : 1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  Search search;
  if (!SearchReader(context, args, form, entry).read(search)) return;
  if (!entry && !search.target) return context.reply.array(0);

  std::vector<Found> found;
  if (entry) found = find_all(SortedSetView(*entry), search);
  // The nearest are meant if it is not said which.
  if (search.count > 0 && search.order == Order::none && !search.takes_any) {
    search.order = Order::nearest;
  }
  put_in_order(found, search.order);
  if (search.count > 0 && found.size() > search.count) found.resize(search.count);
  if (!search.target) return reply_found(context.reply, found, search);

  ScoreGathering gathering(context.database().value_context());
  for (const Found& one : found) {
    const double score = search.stores_distance ? one.distance / search.area.unit : one.score;
    gathering.add(one.member, score, [](double, double later) { return later; });
  }
  SortedSet result = gathering.finish();
  store_sorted_set(context, context.key(*search.target), result,
                   is_search(form) ? "geosearchstore" : "georadiusstore");
}

void geosearch(Context& context, Args args) { run(context, args, Form::search); }
void geosearchstore(Context& context, Args args) { run(context, args, Form::search_store); }
void georadius(Context& context, Args args) { run(context, args, Form::radius); }
void georadius_ro(Context& context, Args args) { run(context, args, Form::radius_reading); }
void georadiusbymember(Context& context, Args args) { run(context, args, Form::member); }
void georadiusbymember_ro(Context& context, Args args) { run(context, args, Form::member_reading); }

// ---- keys ----

// The last of several targets is the one that is written.
bool keys_from(Args args, std::size_t first, std::vector<int>& positions) {
  positions.push_back(1);
  std::size_t target = 0;
  for (std::size_t at = first; at + 1 < args.size(); ++at) {
    if (equal_ignoring_case(args[at], "store") || equal_ignoring_case(args[at], "storedist")) {
      target = ++at;
    }
  }
  if (target > 0) positions.push_back(static_cast<int>(target));
  return true;
}
bool radius_keys(Args args, std::vector<int>& positions) { return keys_from(args, 6, positions); }
bool member_keys(Args args, std::vector<int>& positions) { return keys_from(args, 5, positions); }

constexpr KeyRange kOneKey = {1, 1, 1};
constexpr std::uint32_t kStoring = kWrite | kDenyOom;
constexpr std::uint32_t kMoving = kStoring | kMovableKeys;
constexpr auto kGeo = kGeoCategory;

constexpr Command kCommands[] = {
    // name       arity  flags     keys     categories  handler
    {"georadius", -6, kMoving, kOneKey, kGeo, georadius, radius_keys},
    {"georadius_ro", -6, kReadonly, kOneKey, kGeo, georadius_ro},
    {"georadiusbymember", -5, kMoving, kOneKey, kGeo, georadiusbymember, member_keys},
    {"georadiusbymember_ro", -5, kReadonly, kOneKey, kGeo, georadiusbymember_ro},
    {"geosearch", -7, kReadonly, kOneKey, kGeo, geosearch},
    {"geosearchstore", -8, kStoring, {1, 2, 1}, kGeo, geosearchstore},
};

}  // namespace

std::span<const Command> geo_search_commands() { return kCommands; }

}  // namespace replserver
