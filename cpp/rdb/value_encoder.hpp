// ValueEncoder — one value on its way into an RDB stream, in as many pieces as one likes.
//
// It keeps no copy of the value, only how far it has come; between two pieces the entry must not
// change. Strings are the exception: a long one's bytes are shared, and nothing more is asked of the
// entry. What a value is written as depends on the version, so that an older server can load it:
//
//                 9                 10                    11            12
//   list          LIST              LIST_QUICKLIST_2
//   small set     SET               SET                   SET_LISTPACK
//   small hash    HASH              HASH_LISTPACK
//   small zset    ZSET_2            ZSET_LISTPACK
//   stream        STREAM_LISTPACKS  …_2                   …_3
//   fields that   plain, without their times to live      plain         HASH_METADATA
//   expire        (an older server cannot keep them; the values are worth more than nothing)
//
// Intsets, large sets, hashes and sorted sets are the same in all of them.
#pragma once

#include <cstddef>
#include <optional>
#include <variant>

#include "base/shared_bytes.hpp"
#include "data/cursor.hpp"
#include "data/entry.hpp"
#include "data/stream.hpp"
#include "rdb/format.hpp"
#include "rdb/output.hpp"

namespace replserver {

RdbType rdb_type(const Entry& entry, int version);

class ValueEncoder {
 public:
  ValueEncoder(const Entry& entry, int version);

  RdbType type() const { return type_; }
  // Nothing is read from the entry any more.
  bool has_let_go() const { return bool(shared_); }
  // Writes about so many bytes more; true: that was all.
  bool write(RdbOutput& out, std::size_t bytes = SIZE_MAX);

 private:
  // How far it has come; which of them, the type decides once the head is written.
  struct Head {};
  struct End {};
  struct ListNodes {
    std::size_t node = 0;
  };
  struct ListElements {
    std::size_t index = 0;
  };
  struct Table {
    HashCursor cursor;
    UnixMs base = 0;       // that deadlines of fields are counted from
    std::size_t told = 0;  // strings of the home bucket that comes next
  };
  struct Scores {
    std::size_t end;  // ranks from here on are written: from the highest
  };
  struct StreamNodes {
    StreamView::Nodes::Place place;
  };
  struct StreamGroups {
    enum class Next { group, pending, consumer, owned };
    Next next = Next::group;
    std::size_t group = 0;
    std::size_t consumer = 0;
    StreamView::Nodes::Place place{};  // in a list of ids
  };
  using Progress =
      std::variant<Head, ListNodes, ListElements, Table, Scores, StreamNodes, StreamGroups, End>;

  Progress step(RdbOutput& out, Head);
  Progress step(RdbOutput& out, ListNodes at);
  Progress step(RdbOutput& out, ListElements at);
  Progress step(RdbOutput& out, Table at);
  Progress step(RdbOutput& out, Scores at);
  Progress step(RdbOutput& out, StreamNodes at);
  Progress step(RdbOutput& out, StreamGroups at);
  Progress step(RdbOutput&, End at) { return at; }

  Progress begin_string(RdbOutput& out);
  Progress begin_list(RdbOutput& out);
  Progress begin_set(RdbOutput& out);
  Progress begin_hash(RdbOutput& out);
  Progress begin_sorted_set(RdbOutput& out);
  Progress begin_stream(RdbOutput& out);
  Progress begin_groups(RdbOutput& out);

  Progress begin_group(RdbOutput& out, StreamGroups at);
  Progress write_pending(RdbOutput& out, StreamGroups at);
  Progress begin_consumer(RdbOutput& out, StreamGroups at);
  Progress write_owned(RdbOutput& out, StreamGroups at);
  const StreamGroup& group(const StreamGroups& at) const;

  void text(RdbOutput& out, ByteView bytes);
  void element(RdbOutput& out, const PackedElement& element);

  const Entry* entry_;
  int version_;
  RdbType type_;
  Progress progress_;
  SharedBytes shared_;  // of a long string
  Bytes packed_;        // a node of a stream as a listpack
  ByteView rest_;       // of a long text, to be written before anything else
};

}  // namespace replserver
