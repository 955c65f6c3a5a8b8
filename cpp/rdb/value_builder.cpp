#include "rdb/value_builder.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "rdb/packed.hpp"

namespace replserver {
namespace {

// What a length claims is believed up to here, where it decides how a value begins.
constexpr std::uint64_t kExpectedMax = 1 << 16;

auto corrupt(ByteView what) { return fail(Error::Kind::corrupt, Bytes(what)); }

bool within(std::size_t size, std::int64_t limit) {
  return size <= static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
}

std::size_t packed_count(RdbType type, ByteView bytes) {
  if (form_of(type) == RdbForm::intset) return IntsetView(bytes.data()).count();
  return ListpackView(bytes.data()).count() / elements_per_member(type);
}

ListpackItem item_of(const PackedElement& element) {
  return element.is_integer() ? ListpackItem(element.integer()) : ListpackItem(element.bytes());
}

}  // namespace

Result<bool> RdbValueBuilder::take(Event event, const RdbParser& parser) {
  const RdbType type = parser.key().type;
  const RdbParser::Told& told = parser.told();
  const auto then = [](Result<void> result, bool is_whole) -> Result<bool> {
    if (!result) return tl::unexpected(std::move(result.error()));
    return is_whole;
  };
  switch (event) {
    case Event::blob:
      return then(take_blob(type, told.packed), true);
    case Event::begin:
      return then(begin(type, std::min(told.count, kExpectedMax)), false);
    case Event::element:
      return then(take_element(parser), false);
    case Event::packed:
      add_list_node(type, told.packed);
      return false;
    case Event::node:
      return then(take_node(told), false);
    case Event::stream:
      return then(take_stream(told), false);
    case Event::group:
      return then(take_group(told, type), false);
    case Event::pending:
      return then(take_pending(told), false);
    case Event::consumer:
      return then(take_consumer(told), false);
    case Event::owned:
      return then(take_owned(told), false);
    case Event::end:
      return then(finish(), true);
    default:
      RS_ASSERT(!"an event that is no value's");
  }
}

bool RdbValueBuilder::is_empty() const {
  return std::visit(
      []<class Value>(const Value& value) {
        if constexpr (std::is_same_v<Value, std::monostate>) {
          return true;
        } else if constexpr (std::is_same_v<Value, Stream>) {
          return false;
        } else {
          return value.empty();
        }
      },
      value_);
}

void RdbValueBuilder::drop() {
  scores_.reset();
  std::size_t all = SIZE_MAX;
  if (chain_ != nullptr) ListChain::destroy(context_.arena, std::exchange(chain_, nullptr), all);
  hand_over([&]<class Value>(Value& value) {
    const Encoding encoding = value.encoding();
    all = SIZE_MAX;
    Value::destroy(context_.arena, encoding, value.release(), all);
  });
}

// ---- whole blobs ----

Result<void> RdbValueBuilder::take_blob(RdbType type, ByteView bytes) {
  if (adopt(type, bytes)) return {};
  return take_apart(type, bytes);
}

// False: it is of an old form, or larger than we keep one.
bool RdbValueBuilder::adopt(RdbType type, ByteView bytes) {
  const CollectionLimits& limits = context_.limits;
  const auto copy = [&] {
    return Listpack::copy_of(context_.arena, ListpackView(bytes.data())).release();
  };
  switch (type) {
    case RdbType::set_intset:
      if (!within(packed_count(type, bytes), limits.set_max_intset_entries)) return false;
      value_.emplace<Set>(context_, Encoding::intset,
                          Intset::copy_of(context_.arena, IntsetView(bytes.data())).release());
      return true;
    case RdbType::set_listpack:
      if (!within(packed_count(type, bytes), limits.set_max_listpack_entries)) return false;
      value_.emplace<Set>(context_, Encoding::listpack, copy());
      return true;
    case RdbType::hash_listpack:
      if (!within(packed_count(type, bytes), limits.hash_max_listpack_entries)) return false;
      value_.emplace<Hash>(context_, Encoding::listpack, copy());
      return true;
    case RdbType::zset_listpack:
      if (!within(packed_count(type, bytes), limits.zset_max_listpack_entries)) return false;
      value_.emplace<SortedSet>(context_, Encoding::listpack, copy());
      return true;
    default:
      return false;
  }
}

Result<void> RdbValueBuilder::take_apart(RdbType type, ByteView bytes) {
  if (type_of(type) == Type::list) {
    add_list_node(type, bytes);
    return finish();
  }
  std::size_t elements = 0;
  for_each_packed(type, bytes, [&](const PackedElement&) { ++elements; });
  const std::size_t step = elements_per_member(type);
  if (auto begun = begin(type, elements / step); !begun) return begun;
  PackedElement::Scratch scratches[2];
  PackedElement group[3] = {PackedElement(0), PackedElement(0), PackedElement(0)};
  std::size_t index = 0;
  Result<void> result;
  for_each_packed(type, bytes, [&](const PackedElement& element) {
    group[index++] = element;
    if (index < step || !result) return;
    index = 0;
    const ByteView first = group[0].text(scratches[0]);
    if (step == 1) {
      result = add_member(first);
    } else if (type_of(type) == Type::hash) {
      std::optional<UnixMs> expiry;
      if (step == 3 && group[2].integer() != 0) expiry = group[2].integer();
      result = add_field(first, group[1].text(scratches[1]), expiry);
    } else {
      const auto score = parse_double(group[1].text(scratches[1]));
      result = score ? add_score(first, *score) : corrupt("a score that is no number");
    }
  });
  if (!result) return result;
  return finish();
}

// ---- elements ----

Result<void> RdbValueBuilder::begin(RdbType type, std::size_t count) {
  is_first_ = true;
  count_ = count;
  switch (type_of(type)) {
    case Type::list:
      if (type == RdbType::list) value_.emplace<List>(context_);
      return {};
    case Type::set:
      value_.emplace<Set>(context_);
      return {};
    case Type::hash:
      value_.emplace<Hash>(context_).expect(count, 0);
      return {};
    case Type::sorted_set:
      scores_.emplace(context_);
      return {};
    case Type::stream:
      value_.emplace<Stream>(context_);
      return {};
    default:
      RS_ASSERT(!"strings need no builder");
  }
}

Result<void> RdbValueBuilder::take_element(const RdbParser& parser) {
  const RdbParser::Told& told = parser.told();
  const RdbType type = parser.key().type;
  PackedElement::Scratch scratches[2];
  const ByteView first = told.first.text(scratches[0]);
  switch (type_of(type)) {
    case Type::list:
      if (type == RdbType::list_quicklist_2) {
        add_plain_node(told.first);
      } else {
        auto& list = std::get<List>(value_);
        list.expect({&first, 1});
        list.push(ListEnd::back, first);
      }
      return {};
    case Type::set:
      return add_member(first);
    case Type::hash:
      return add_field(first, told.second.text(scratches[1]), told.field_expiry);
    default:
      return add_score(first, told.score);
  }
}

Result<void> RdbValueBuilder::add_member(ByteView member) {
  auto& set = std::get<Set>(value_);
  if (std::exchange(is_first_, false)) set.expect(count_, member);
  if (!set.add(member)) return corrupt("a member that is there twice");
  return {};
}

Result<void> RdbValueBuilder::add_field(ByteView name, ByteView value,
                                        std::optional<UnixMs> expiry) {
  auto& hash = std::get<Hash>(value_);
  if (!hash.set(name, value)) return corrupt("a field that is there twice");
  if (expiry) hash.set_expiry(name, expiry);
  return {};
}

Result<void> RdbValueBuilder::add_score(ByteView member, double score) {
  bool is_new = true;
  scores_->add(member, score, [&](double had, double) {
    is_new = false;
    return had;
  });
  if (!is_new) return corrupt("a member that is there twice");
  return {};
}

// ---- lists ----

void RdbValueBuilder::add_list_node(RdbType type, ByteView bytes) {
  if (chain_ == nullptr) chain_ = ListChain::make(context_.arena);
  if (form_of(type) == RdbForm::listpack) {
    const ListpackView view(bytes.data());
    if (view.empty()) return;
    return chain_->append_node(context_.arena, Listpack::copy_of(context_.arena, view));
  }
  Listpack packed(context_.arena);
  packed.reserve(bytes.size());
  for_each_packed(type, bytes,
                  [&](const PackedElement& element) { packed.append(item_of(element)); });
  if (!packed.view().empty()) chain_->append_node(context_.arena, std::move(packed));
}

void RdbValueBuilder::add_plain_node(const PackedElement& element) {
  if (chain_ == nullptr) chain_ = ListChain::make(context_.arena);
  Listpack packed(context_.arena);
  packed.append(item_of(element));
  chain_->append_node(context_.arena, std::move(packed));
}

// One node alone is no chain, if it is as small as a list that we would keep so.
void RdbValueBuilder::settle_chain() {
  ListChain* chain = std::exchange(chain_, nullptr);
  const bool is_single = chain != nullptr && chain->nodes() == 1;
  const auto limits = NodeLimits::of(context_.limits.list_max_listpack_size);
  if (is_single && !limits.exceeded_by(chain->node(0).size(), chain->node(0).count())) {
    Listpack only = chain->take_only_node(context_.arena);
    value_.emplace<List>(context_, Encoding::listpack, only.release());
  } else if (chain != nullptr && chain->nodes() > 0) {
    value_.emplace<List>(context_, Encoding::chain, chain);
    return;
  }
  std::size_t all = SIZE_MAX;
  if (chain != nullptr) ListChain::destroy(context_.arena, chain, all);
}

Result<void> RdbValueBuilder::finish() {
  if (scores_) {
    value_.emplace<SortedSet>(scores_->finish());
    scores_.reset();
  } else if (std::holds_alternative<std::monostate>(value_)) {
    settle_chain();
  } else if (std::holds_alternative<Stream>(value_)) {
    return finish_group();
  }
  return {};
}

// ---- streams ----

Result<void> RdbValueBuilder::take_node(const RdbParser::Told& told) {
  auto& stream = std::get<Stream>(value_);
  const StreamListpackView node(told.id, told.packed.data());
  if (node.live() == 0) return {};  // Redis would have dropped it
  if (stream.view().nodes() > 0 && told.id <= last_node_) {
    return corrupt("a stream whose nodes are not in order");
  }
  last_node_ = told.id;
  if (deep_) {
    bool is_first = stream.view().nodes() == 0;
    for (auto at = node.begin(); at != node.end();) {
      const StreamListpackView::Entry entry = node.entry(at);
      if (!is_first && entry.id <= last_entry_) {
        return corrupt("a stream whose entries are not in order");
      }
      is_first = false;
      last_entry_ = entry.id;
      at = entry.behind();
    }
  }
  stream.append_node(node);
  return {};
}

Result<void> RdbValueBuilder::take_stream(const RdbParser::Told& told) {
  auto& stream = std::get<Stream>(value_);
  if (told.stream.size != stream.view().size()) {
    return corrupt("a stream whose length is not that of its nodes");
  }
  if (deep_ && stream.view().nodes() > 0 && told.stream.last < last_entry_) {
    return corrupt("a stream with entries behind its last");
  }
  stream.set_last(told.stream.last);
  stream.set_max_deleted(told.stream.max_deleted);
  stream.set_entries_added(told.stream.entries_added);
  return {};
}

Result<void> RdbValueBuilder::take_group(const RdbParser::Told& told, RdbType type) {
  if (auto finished = finish_group(); !finished) return finished;
  auto& stream = std::get<Stream>(value_);
  PackedElement::Scratch scratch;
  const ByteView name = told.first.text(scratch);
  if (stream.group(name) != nullptr) return corrupt("a group that is there twice");
  const std::int64_t read =
      type == RdbType::stream_listpacks ? stream.view().entries_up_to(told.id) : told.number;
  group_ = stream.add_group(name, told.id, std::max(read, StreamGroup::kUnknown));
  return {};
}

Result<void> RdbValueBuilder::take_pending(const RdbParser::Told& told) {
  if (!pending_.empty() && told.id <= pending_.back().id) {
    return corrupt("pending entries that are not in order");
  }
  pending_.push_back({told.id, told.moment, static_cast<std::uint64_t>(told.number), false});
  return {};
}

Result<void> RdbValueBuilder::take_consumer(const RdbParser::Told& told) {
  PackedElement::Scratch scratch;
  const ByteView name = told.first.text(scratch);
  if (group_->consumer(name) != nullptr) return corrupt("a consumer that is there twice");
  consumer_ = group_->add_consumer(context_.arena, name, told.moment);
  consumer_->active = told.active;
  return {};
}

Result<void> RdbValueBuilder::take_owned(const RdbParser::Told& told) {
  const auto at = std::ranges::lower_bound(pending_, told.id, {}, &Pending::id);
  if (at == pending_.end() || at->id != told.id) {
    return corrupt("a consumer's entry that is not pending for its group");
  }
  if (std::exchange(at->is_owned, true)) return corrupt("an entry pending for two consumers");
  ++owned_;
  StreamGroup::Pending& pending = group_->deliver(context_.arena, told.id, consumer_);
  pending.delivered = at->delivered;
  pending.count = at->count;
  return {};
}

Result<void> RdbValueBuilder::finish_group() {
  if (owned_ != pending_.size()) return corrupt("entries pending for no consumer");
  pending_.clear();
  owned_ = 0;
  return {};
}

}  // namespace replserver
