#include "rdb/packed.hpp"

#include <cmath>
#include <optional>
#include <string>

#include "base/numbers.hpp"

namespace replserver {
namespace {

// Converted, it must still fit into a listpack.
constexpr std::size_t kOldSizeMax = std::size_t{1} << 30;

auto corrupt(ByteView what, std::size_t at) {
  return fail(Error::Kind::corrupt, Bytes(what) + " at byte " + std::to_string(at));
}

bool is_sorted_set(RdbType type) {
  return type == RdbType::zset_ziplist || type == RdbType::zset_listpack;
}

bool is_expiring_hash(RdbType type) {
  return type == RdbType::hash_listpack_ex || type == RdbType::hash_listpack_ex_pre_ga;
}

template <class Reader>
Result<void> check_old(RdbType type, ByteView bytes, ByteView name) {
  if (bytes.size() > kOldSizeMax) return corrupt(Bytes(name) + ": too large", 0);
  Reader reader(bytes);
  PackedElement element{0};
  std::size_t count = 0;
  while (true) {
    const OldElement found = reader.next(element);
    if (found == OldElement::broken) return corrupt(Bytes(name) + ": broken", reader.position());
    if (found == OldElement::end) break;
    ++count;
  }
  if (count % elements_per_member(type) != 0) {
    return corrupt(Bytes(name) + ": last group is not complete", reader.position());
  }
  return {};
}

std::optional<double> score_of(const PackedElement& element) {
  if (element.is_integer()) return static_cast<double>(element.integer());
  return parse_double(element.bytes());
}

// Members rise by score, then by their bytes.
Result<void> check_order(ListpackView view) {
  std::optional<double> last;
  Bytes last_member;
  for (const auto [member, element] : view.pairs()) {
    const std::optional<double> score = score_of(element);
    if (!score) return corrupt("listpack: a score is no number", view.size());
    Bytes text = member.copy();
    if (last && (*score < *last || (*score == *last && text <= last_member))) {
      return corrupt("listpack: scores do not rise", view.size());
    }
    last = score;
    last_member = std::move(text);
  }
  return {};
}

Result<void> check_expiries(ListpackView view) {
  std::size_t index = 0;
  for (const PackedElement element : view) {
    if (index++ % 3 == 2 && (!element.is_integer() || element.integer() < 0)) {
      return corrupt("listpack: an expiry is no number", view.size());
    }
  }
  return {};
}

Result<void> check_listpack(RdbType type, ByteView bytes, bool deep) {
  const std::size_t step = elements_per_member(type);
  const bool is_list = type == RdbType::list_quicklist_2;
  const auto view = ListpackView::check(bytes, PackedCheck::whole, deep && !is_list ? step : 0);
  if (!view) return tl::unexpected(view.error());
  if (view->count() % step != 0) {
    return corrupt("listpack: last group is not complete", view->size());
  }
  if (is_expiring_hash(type)) return check_expiries(*view);
  if (deep && is_sorted_set(type)) return check_order(*view);
  return {};
}

}  // namespace

Type type_of(RdbType type) {
  switch (type) {
    case RdbType::list:
    case RdbType::list_ziplist:
    case RdbType::list_quicklist:
    case RdbType::list_quicklist_2:
      return Type::list;
    case RdbType::set:
    case RdbType::set_intset:
    case RdbType::set_listpack:
      return Type::set;
    case RdbType::zset:
    case RdbType::zset_2:
    case RdbType::zset_ziplist:
    case RdbType::zset_listpack:
      return Type::sorted_set;
    case RdbType::stream_listpacks:
    case RdbType::stream_listpacks_2:
    case RdbType::stream_listpacks_3:
      return Type::stream;
    case RdbType::string:
      return Type::string;
    default:
      return Type::hash;
  }
}

RdbForm form_of(RdbType type) {
  switch (type) {
    case RdbType::set_intset:
      return RdbForm::intset;
    case RdbType::hash_zipmap:
      return RdbForm::zipmap;
    case RdbType::list_ziplist:
    case RdbType::zset_ziplist:
    case RdbType::hash_ziplist:
    case RdbType::list_quicklist:
      return RdbForm::ziplist;
    default:
      return RdbForm::listpack;
  }
}

std::size_t elements_per_member(RdbType type) {
  switch (type) {
    case RdbType::hash_zipmap:
    case RdbType::hash_ziplist:
    case RdbType::hash_listpack:
    case RdbType::zset_ziplist:
    case RdbType::zset_listpack:
      return 2;
    case RdbType::hash_listpack_ex:
    case RdbType::hash_listpack_ex_pre_ga:
      return 3;
    default:
      return 1;
  }
}

Result<void> check_packed(RdbType type, ByteView bytes, bool deep) {
  switch (form_of(type)) {
    case RdbForm::intset: {
      const auto view = IntsetView::check(bytes, PackedCheck::whole);  // a look at each, no more
      if (!view) return tl::unexpected(view.error());
      return {};
    }
    case RdbForm::ziplist:
      return check_old<ZiplistReader>(type, bytes, "ziplist");
    case RdbForm::zipmap:
      return check_old<ZipmapReader>(type, bytes, "zipmap");
    case RdbForm::listpack:
      break;
  }
  return check_listpack(type, bytes, deep);
}

}  // namespace replserver
