// RdbValueBuilder — one collection on its way from a parser's events into a database.
//
//   blob                                 adopted as it is while within our limits, else taken apart
//   begin ──> element | packed | node … ──> end
//
// Made anew for each value; strings need none. What it holds lies in the database's arena: a value
// that is not given to a key must be dropped, unless the whole database is.
#pragma once

#include <optional>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "data/hash.hpp"
#include "data/list.hpp"
#include "data/set.hpp"
#include "data/sorted_set.hpp"
#include "data/stream.hpp"
#include "rdb/parser.hpp"

namespace replserver {

class RdbValueBuilder {
 public:
  RdbValueBuilder(const ValueContext& context, bool deep) : context_(context), deep_(deep) {}

  // Any event of a collection's value; true once it is whole.
  Result<bool> take(RdbParser::Event event, const RdbParser& parser);
  // Redis neither keeps nor refuses collections without elements: it skips them. Streams may be so.
  bool is_empty() const;

  // Give it away, with `void(Value&)`; or what there is of it back to the arena.
  template <class Callback>
  void hand_over(Callback callback) {
    std::visit(
        [&]<class Value>(Value& value) {
          if constexpr (!std::is_same_v<Value, std::monostate>) callback(value);
        },
        value_);
    value_.emplace<std::monostate>();
  }
  void drop();

 private:
  using Event = RdbParser::Event;

  Result<void> begin(RdbType type, std::size_t count);
  Result<void> take_blob(RdbType type, ByteView bytes);
  Result<void> take_element(const RdbParser& parser);
  Result<void> take_node(const RdbParser::Told& told);
  Result<void> take_stream(const RdbParser::Told& told);
  Result<void> take_group(const RdbParser::Told& told, RdbType type);
  Result<void> take_pending(const RdbParser::Told& told);
  Result<void> take_consumer(const RdbParser::Told& told);
  Result<void> take_owned(const RdbParser::Told& told);
  Result<void> finish_group();
  Result<void> finish();

  bool adopt(RdbType type, ByteView bytes);
  Result<void> take_apart(RdbType type, ByteView bytes);
  Result<void> add_member(ByteView member);
  Result<void> add_field(ByteView name, ByteView value, std::optional<UnixMs> expiry);
  Result<void> add_score(ByteView member, double score);
  void add_list_node(RdbType type, ByteView bytes);
  void add_plain_node(const PackedElement& element);
  void settle_chain();

  ValueContext context_;
  bool deep_;
  std::variant<std::monostate, List, Hash, Set, SortedSet, Stream> value_;
  std::optional<ScoreGathering> scores_;  // a sorted set's, until it is whole
  ListChain* chain_ = nullptr;            // a list's nodes, until it is whole
  bool is_first_ = true;
  std::size_t count_ = 0;

  struct Pending {
    StreamId id;
    UnixMs delivered;
    std::uint64_t count;
    bool is_owned;
  };
  StreamId last_node_, last_entry_;
  StreamGroup* group_ = nullptr;
  StreamConsumer* consumer_ = nullptr;
  std::vector<Pending> pending_;  // of the group
  std::size_t owned_ = 0;         // of them
};

}  // namespace replserver
