#include "data/list.hpp"

#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace replserver {

// ---- reading ----

PackedElement ListView::at(std::size_t index) const {
  RS_ASSERT(index < size());
  if (encoding_ == Encoding::listpack) return *listpack().at(static_cast<std::ptrdiff_t>(index));
  const ListChain::Place place = chain().seek(index);
  return *chain().node(place.node).at(static_cast<std::ptrdiff_t>(place.offset));
}

std::size_t ListView::memory() const {
  if (encoding_ == Encoding::chain) return chain().memory();
  return PackedBuffer::memory(listpack().size());
}

// ---- the whole value ----

List::List(const ValueContext& context, Encoding encoding, void* value)
    : context_(context), value_(static_cast<ListChain*>(nullptr)) {
  if (encoding == Encoding::listpack) {
    value_ = Listpack::adopt(context.arena, value);
  } else {
    RS_ASSERT(encoding == Encoding::chain);
    value_ = static_cast<ListChain*>(value);
  }
}

ListView List::view() const {
  if (const auto* listpack = std::get_if<Listpack>(&value_)) {
    return ListView(Encoding::listpack, listpack->view().bytes().data());
  }
  return ListView(Encoding::chain, std::get<ListChain*>(value_));
}

Encoding List::encoding() const { return view().encoding(); }

void* List::release() {
  if (auto* listpack = std::get_if<Listpack>(&value_)) return listpack->release();
  return std::get<ListChain*>(value_);
}

bool List::destroy(Arena& arena, Encoding encoding, void* value, std::size_t& budget) {
  if (encoding == Encoding::chain) {
    return ListChain::destroy(arena, static_cast<ListChain*>(value), budget);
  }
  Listpack::adopt(arena, value);  // and lets go of it
  return true;
}

void* List::clone(const ValueContext& to, const Entry& entry) {
  const ListView from(entry);
  if (from.encoding() == Encoding::chain) return ListChain::clone(to.arena, from.chain());
  return Listpack::copy_of(to.arena, from.listpack()).release();
}

std::uint64_t List::checksum(const Entry& entry, const HashSeed& seed) {
  const ListView list(entry);
  if (list.encoding() == Encoding::listpack) return keyed_hash(list.listpack().bytes(), seed);
  const ListChain& chain = list.chain();
  return keyed_hash(chain.node(0).bytes(), seed) + chain.size() +
         3 * keyed_hash(chain.node(chain.nodes() - 1).bytes(), seed);
}

// ---- changing ----

void List::expect(std::span<const ByteView> values) {
  auto* listpack = std::get_if<Listpack>(&value_);
  if (listpack == nullptr) return;
  std::size_t bytes = listpack->view().size();
  for (const ByteView value : values) bytes += value.size();
  if (!limits().exceeded_by(bytes, listpack->view().count() + values.size())) return;
  ListChain* chain = ListChain::make(context_.arena);
  if (!listpack->view().empty()) chain->append_node(context_.arena, std::move(*listpack));
  value_ = chain;
}

void List::push(ListEnd end, ByteView value) {
  insert(end == ListEnd::front ? 0 : view().size(), value);
}

Bytes List::pop(ListEnd end) {
  const std::size_t index = end == ListEnd::front ? 0 : view().size() - 1;
  Bytes value = view().at(index).copy();
  erase(index, 1);
  return value;
}

void List::insert(std::size_t index, ByteView value) {
  if (auto* listpack = std::get_if<Listpack>(&value_)) {
    const ListpackView packed = listpack->view();
    const bool at_end = index > 0 && index == packed.count();
    listpack->insert(at_end ? packed.end() : packed.at(static_cast<std::ptrdiff_t>(index)), value);
  } else {
    std::get<ListChain*>(value_)->insert(context_.arena, limits(), index, value);
  }
}

void List::replace(std::size_t index, ByteView value) {
  if (auto* listpack = std::get_if<Listpack>(&value_)) {
    listpack->replace(listpack->view().at(static_cast<std::ptrdiff_t>(index)), value);
  } else {
    std::get<ListChain*>(value_)->replace(context_.arena, limits(), index, value);
  }
}

void List::erase(std::size_t first, std::size_t count) {
  if (count == 0) return;
  if (auto* listpack = std::get_if<Listpack>(&value_)) {
    listpack->erase(listpack->view().at(static_cast<std::ptrdiff_t>(first)), count);
  } else {
    std::get<ListChain*>(value_)->erase(context_.arena, limits(), first, count);
  }
}

std::size_t List::remove(ByteView value, std::size_t limit, ListEnd from) {
  const std::size_t size = view().size();
  const bool forward = from == ListEnd::front;
  const ElementMatch matches(value);
  std::vector<std::size_t> found;
  std::size_t index = forward ? 0 : size - 1;
  view().walk(index, forward ? ListEnd::back : ListEnd::front, [&](const PackedElement& element) {
    if (matches(element)) found.push_back(index);
    forward ? ++index : --index;
    return found.size() < limit;
  });
  if (forward) std::reverse(found.begin(), found.end());
  // From the back to the front, neighbours together: no index that is still to come changes.
  for (std::size_t begin = 0; begin < found.size();) {
    std::size_t end = begin + 1;
    while (end < found.size() && found[end] + 1 == found[end - 1]) ++end;
    erase(found[end - 1], end - begin);
    begin = end;
  }
  return found.size();
}

void List::shrink() {
  auto* const* chain = std::get_if<ListChain*>(&value_);
  if (chain == nullptr || (*chain)->nodes() > 1) return;
  if ((*chain)->nodes() == 0) return;  // it goes anyway
  NodeLimits half = limits();
  if (half.count == SIZE_MAX) {
    half.bytes /= 2;
  } else {
    half.count /= 2;
  }
  const ListpackView only = (*chain)->node(0);
  if (half.count == SIZE_MAX ? only.size() > half.bytes : only.count() > half.count) return;
  Listpack packed = (*chain)->take_only_node(context_.arena);
  std::size_t all = SIZE_MAX;
  ListChain::destroy(context_.arena, *chain, all);
  value_ = std::move(packed);
}

}  // namespace replserver
