// List — byte strings in a row: one listpack while it is small, else a chain of them.
//
// ListView reads what an entry holds. List changes it; lent by Database::change(), see change.hpp.
// Indices count from 0; whoever has Redis' negative ones makes them positive first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "base/bytes.hpp"
#include "data/entry.hpp"
#include "data/limits.hpp"
#include "data/list_chain.hpp"
#include "data/listpack.hpp"

namespace replserver {

enum class ListEnd { front, back };

// Valid until the list, or any other key of its database, next changes.
class ListView {
 public:
  explicit ListView(const Entry& entry) : ListView(entry.encoding(), entry.pointer()) {}
  ListView(Encoding encoding, const void* value) : encoding_(encoding), value_(value) {}

  Encoding encoding() const { return encoding_; }
  std::size_t size() const {
    return encoding_ == Encoding::listpack ? listpack().count() : chain().size();
  }
  PackedElement at(std::size_t index) const;

  // Calls back with elements from `index` on, towards the back or the front, while the callback
  // says true: bool(const PackedElement&).
  template <class Callback>
  void walk(std::size_t index, ListEnd towards, Callback callback) const;
  template <class Callback>  // void(const PackedElement&), all from the front
  void for_each(Callback callback) const;

  // By their encoding:
  ListpackView listpack() const { return ListpackView(value_); }
  const ListChain& chain() const { return *static_cast<const ListChain*>(value_); }
  std::size_t memory() const;

 private:
  template <class Callback>
  static bool walk_packed(ListpackView packed, ListpackView::Iterator from, ListEnd towards,
                          Callback& callback);

  Encoding encoding_;
  const void* value_;
};

class List {
 public:
  static constexpr Type kType = Type::list;
  using View = ListView;

  explicit List(const ValueContext& context) : context_(context), value_(Listpack(context.arena)) {}
  List(const ValueContext& context, Encoding encoding, void* value);

  // Before values are added: a listpack that would become too large with them becomes a chain.
  void expect(std::span<const ByteView> values);
  void push(ListEnd end, ByteView value);
  Bytes pop(ListEnd end);  // of a list that is not empty
  void insert(std::size_t index, ByteView value);
  void replace(std::size_t index, ByteView value);
  void erase(std::size_t first, std::size_t count);
  // Elements that read like this, at most `limit` of them, searched from an end. Returns how many.
  std::size_t remove(ByteView value, std::size_t limit, ListEnd from);
  // After elements were taken out or made smaller: a chain that half a listpack would hold is one.
  void shrink();

  ListView view() const;
  bool empty() const { return view().size() == 0; }
  Encoding encoding() const;
  void* release();

  static bool destroy(Arena& arena, Encoding encoding, void* value, std::size_t& budget);
  static void* clone(const ValueContext& to, const Entry& entry);
  static std::size_t memory(const Entry& entry) { return ListView(entry).memory(); }
  static std::uint64_t checksum(const Entry& entry, const HashSeed& seed);

 private:
  NodeLimits limits() const { return NodeLimits::of(context_.limits.list_max_listpack_size); }

  ValueContext context_;
  std::variant<Listpack, ListChain*> value_;
};

// Whether an element reads like a text, which is compared with many.
class ElementMatch {
 public:
  explicit ElementMatch(ByteView text) : text_(text), integer_(parse_integer(text)) {}
  bool operator()(const PackedElement& element) const {
    // What is an integer is always kept as one.
    if (element.is_integer()) return integer_ && *integer_ == element.integer();
    return element.bytes() == text_;
  }

 private:
  ByteView text_;
  std::optional<std::int64_t> integer_;
};

// False: the callback has had enough.
template <class Callback>
bool ListView::walk_packed(ListpackView packed, ListpackView::Iterator from, ListEnd towards,
                           Callback& callback) {
  if (towards == ListEnd::back) {
    for (; from != packed.end(); ++from) {
      if (!callback(*from)) return false;
    }
    return true;
  }
  while (true) {
    if (!callback(*from)) return false;
    if (from == packed.begin()) return true;
    --from;
  }
}

template <class Callback>
void ListView::walk(std::size_t index, ListEnd towards, Callback callback) const {
  if (index >= size()) return;
  if (encoding_ == Encoding::listpack) {
    const auto from = listpack().at(static_cast<std::ptrdiff_t>(index));
    walk_packed(listpack(), from, towards, callback);
    return;
  }
  const ListChain& chain = this->chain();
  const auto [first, offset] = chain.seek(index);
  std::size_t node = first;
  auto from = chain.node(node).at(static_cast<std::ptrdiff_t>(offset));
  while (walk_packed(chain.node(node), from, towards, callback)) {
    if (towards == ListEnd::back) {
      if (++node == chain.nodes()) return;
      from = chain.node(node).begin();
    } else {
      if (node-- == 0) return;
      from = chain.node(node).at(-1);
    }
  }
}

template <class Callback>
void ListView::for_each(Callback callback) const {
  walk(0, ListEnd::back, [&](const PackedElement& element) {
    callback(element);
    return true;
  });
}

}  // namespace replserver
