#include "rdb/value_encoder.hpp"

#include <utility>

#include "data/database.hpp"
#include "data/hash.hpp"
#include "data/list.hpp"
#include "data/set.hpp"
#include "data/sorted_set.hpp"

namespace replserver {
namespace {

constexpr std::size_t kElementsPerStep = 64;

RdbType hash_type(const Entry& entry, int version) {
  const HashView view(entry);
  if (view.is_packed()) return version >= 10 ? RdbType::hash_listpack : RdbType::hash;
  return version >= 12 && view.large().expiring() > 0 ? RdbType::hash_metadata : RdbType::hash;
}

}  // namespace

RdbType rdb_type(const Entry& entry, int version) {
  const bool is_packed = entry.encoding() == Encoding::listpack;
  switch (entry.type()) {
    case Type::string:
      return RdbType::string;
    case Type::list:
      return version >= 10 ? RdbType::list_quicklist_2 : RdbType::list;
    case Type::set:
      if (entry.encoding() == Encoding::intset) return RdbType::set_intset;
      return is_packed && version >= 11 ? RdbType::set_listpack : RdbType::set;
    case Type::sorted_set:
      return is_packed && version >= 10 ? RdbType::zset_listpack : RdbType::zset_2;
    case Type::hash:
      return hash_type(entry, version);
    case Type::stream:
      if (version >= 11) return RdbType::stream_listpacks_3;
      return version >= 10 ? RdbType::stream_listpacks_2 : RdbType::stream_listpacks;
  }
  RS_ASSERT(!"a type that is not written");
}

ValueEncoder::ValueEncoder(const Entry& entry, int version)
    : entry_(&entry), version_(version), type_(rdb_type(entry, version)) {
  if (type_ == RdbType::string) shared_ = Database::shared_string(entry);
}

bool ValueEncoder::write(RdbOutput& out, std::size_t bytes) {
  constexpr std::size_t kPortion = 64 * 1024;
  const std::uint64_t begin = out.end();
  while (true) {
    while (!rest_.empty()) {
      if (out.end() - begin >= bytes) return false;
      const ByteView portion = rest_.substr(0, kPortion);
      out.raw(portion);
      rest_.remove_prefix(portion.size());
    }
    if (std::holds_alternative<End>(progress_)) return true;
    if (out.end() - begin >= bytes) return false;
    progress_ = std::visit([&](auto at) { return step(out, at); }, progress_);
  }
}

void ValueEncoder::text(RdbOutput& out, ByteView bytes) {
  if (bytes.size() <= RdbOutput::kReserveMax || out.compresses(bytes.size())) {
    return out.string(bytes);
  }
  RS_ASSERT(rest_.empty());
  out.length(bytes.size());
  rest_ = bytes;
}

void ValueEncoder::element(RdbOutput& out, const PackedElement& element) {
  if (element.is_integer()) return out.integer(element.integer());
  out.string(element.bytes());
}

// ---- heads: how many there are, or all of a packed one ----

ValueEncoder::Progress ValueEncoder::step(RdbOutput& out, Head) {
  if (shared_) {
    text(out, shared_.view());
    return End{};
  }
  switch (entry_->type()) {
    case Type::string:
      return begin_string(out);
    case Type::list:
      return begin_list(out);
    case Type::set:
      return begin_set(out);
    case Type::sorted_set:
      return begin_sorted_set(out);
    case Type::hash:
      return begin_hash(out);
    case Type::stream:
      return begin_stream(out);
  }
  RS_ASSERT(!"a type that is not written");
}

ValueEncoder::Progress ValueEncoder::begin_string(RdbOutput& out) {
  if (entry_->encoding() == Encoding::integer) {
    out.integer(entry_->integer());
  } else {
    text(out, entry_->inline_bytes());
  }
  return End{};
}

ValueEncoder::Progress ValueEncoder::begin_list(RdbOutput& out) {
  const ListView view(*entry_);
  if (type_ == RdbType::list) {
    out.length(view.size());
    return ListElements{};
  }
  const bool is_packed = view.encoding() == Encoding::listpack;
  out.length(is_packed ? 1 : view.chain().nodes());
  return ListNodes{};
}

ValueEncoder::Progress ValueEncoder::begin_set(RdbOutput& out) {
  const SetView view(*entry_);
  if (view.encoding() == Encoding::table) {
    out.length(view.size());
    return Table{.cursor = view.table().first()};
  }
  if (type_ == RdbType::set) {
    out.length(view.size());
    for (const PackedElement member : view.listpack()) element(out, member);
  } else {
    text(out, type_ == RdbType::set_intset ? view.intset().bytes() : view.listpack().bytes());
  }
  return End{};
}

ValueEncoder::Progress ValueEncoder::begin_hash(RdbOutput& out) {
  const HashView view(*entry_);
  if (!view.is_packed()) {
    const UnixMs base = view.next_expiry();  // which may rise while this goes on
    if (type_ == RdbType::hash_metadata) out.fixed(base);
    out.length(view.size());
    return Table{.cursor = view.first(), .base = base};
  }
  if (type_ == RdbType::hash_listpack) {
    text(out, view.packed().bytes());
    return End{};
  }
  out.length(view.size());
  for (const PackedElement name_or_value : view.packed()) element(out, name_or_value);
  return End{};
}

ValueEncoder::Progress ValueEncoder::begin_sorted_set(RdbOutput& out) {
  const SortedSetView view(*entry_);
  if (type_ == RdbType::zset_listpack) {
    text(out, view.listpack().bytes());
    return End{};
  }
  out.length(view.size());
  return Scores{view.size()};
}

// ---- elements ----

ValueEncoder::Progress ValueEncoder::step(RdbOutput& out, ListNodes at) {
  const ListView view(*entry_);
  const bool is_packed = view.encoding() == Encoding::listpack;
  const ListpackView node = is_packed ? view.listpack() : view.chain().node(at.node);
  out.length(static_cast<std::uint64_t>(RdbContainer::packed));
  text(out, node.bytes());
  ++at.node;
  if (is_packed || at.node == view.chain().nodes()) return End{};
  return at;
}

ValueEncoder::Progress ValueEncoder::step(RdbOutput& out, ListElements at) {
  const ListView view(*entry_);
  std::size_t left = kElementsPerStep;
  view.walk(at.index, ListEnd::back, [&](const PackedElement& value) {
    ++at.index;
    value.is_integer() ? element(out, value) : text(out, value.bytes());
    return --left > 0 && rest_.empty();
  });
  if (at.index == view.size()) return End{};
  return at;
}

// A home bucket is told as a whole, unless a text in it is so long that it takes several pieces: then
// the bucket is gone through again, past the strings that were told.
ValueEncoder::Progress ValueEncoder::step(RdbOutput& out, Table at) {
  HashCursor next = at.cursor;
  std::size_t strings = 0;
  const auto is_due = [&] {
    if (strings++ < at.told || !rest_.empty()) return false;
    ++at.told;
    return true;
  };
  if (entry_->type() == Type::set) {
    SetView(*entry_).table().walk_home(next, [&](const SetMember& member) {
      if (is_due()) text(out, member.bytes());
    });
  } else {
    const HashView view(*entry_);
    view.large().table().walk_home(next, [&](const HashField& field) {
      if (is_due()) {
        if (type_ == RdbType::hash_metadata) {
          const auto expiry = field.expiry();
          out.length(expiry ? static_cast<std::uint64_t>(*expiry - at.base) + 1 : 0);
        }
        text(out, field.name());
      }
      if (is_due()) text(out, field.value());
    });
  }
  if (at.told < strings) return at;
  if (next.done) return End{};
  return Table{.cursor = next, .base = at.base};
}

ValueEncoder::Progress ValueEncoder::step(RdbOutput& out, Scores at) {
  const std::size_t count = std::min(at.end, kElementsPerStep);
  SortedSetView(*entry_).down(at.end, count, [&](ByteView member, double score) {
    out.string(member);
    out.fixed(score);
  });
  at.end -= count;
  if (at.end == 0) return End{};
  return at;
}

}  // namespace replserver
