// RdbParser — an RDB file, as it arrives, told as events. Knows no keyspace: the loader, RESTORE
// and the tools that only read build on it.
//
//   magic ──> record ──> string | blob                                  all of a small key
//               │  └───> begin ──> element | packed | node | group … ──> end
//               └──────> aux, function, select, resize     … ──> finished      any ──> failed
//
// feed() some bytes, then next() until it says `none`: the bytes must stay until then. What is told
// is valid until the next next(); nothing is copied but what straddles two feeds, and strings above
// kStraightMin are then received into a block of their own. Packed blobs were checked before they
// are told. Invariant: what it holds never exceeds what it was fed, LZF's factor of 88 aside.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.hpp"
#include "base/shared_bytes.hpp"
#include "base/time.hpp"
#include "data/listpack.hpp"
#include "data/stream_id.hpp"
#include "rdb/format.hpp"

namespace replserver {

struct RdbKey {
  ByteView name;  // until its value has been told
  RdbType type = RdbType::string;
  int database = 0;
  std::optional<UnixMs> expiry = {};
  std::optional<std::uint64_t> idle_s = {};
  std::optional<std::uint8_t> frequency = {};
};

class RdbParser {
 public:
  struct Options {
    bool checksum = true;       // compare it
    bool deep = false;          // look into packed blobs for doubles and wrong orders, too
    bool skip_modules = false;  // values of modules, which can be skipped but not read
    // Of the whole file, if it is known: long strings get their block at once.
    std::uint64_t size = 0;
  };
  enum class Event : std::uint8_t {
    none,      // all bytes are used up
    failed,    // for good: failure()
    finished,  // for good: the end and its checksum have been seen
    aux,       // first: the name, second
    function,  // first: the source of a library
    select,    // key().database
    resize,    // counts of keys and of those that expire
    string,    // key(), first: the value
    blob,      // key(), packed: the value
    begin,     // key(), count: of elements, nodes …
    element,   // of a list or set: first; hash: first, second, field_expiry; zset: first, score
    packed,    // a node of a list
    node,      // of a stream: id, packed
    stream,    // what a stream tells of itself, behind its nodes
    group,     // first: its name, id, number: entries read
    pending,   // id, moment: when delivered, number: how often
    consumer,  // first: its name, moment: seen, active
    owned,     // id, pending for the last consumer
    end,       // of what began
    skipped,   // key(): the value of a module; first: the module's name
  };
  struct Stream {
    std::uint64_t size = 0, entries_added = 0;
    StreamId last, max_deleted;
  };
  struct Told {
    PackedElement first{0}, second{0};
    ByteView packed;
    double score = 0;
    std::optional<UnixMs> field_expiry;
    std::uint64_t count = 0, expires = 0;
    StreamId id;
    std::int64_t number = 0;
    UnixMs moment = 0, active = 0;
    Stream stream;
  };
  static constexpr std::size_t kStraightMin = 64 * 1024;
  static constexpr std::uint64_t kStringMax = (std::uint64_t{1} << 32) - 4096;

  explicit RdbParser(const Options& options) : options_(options) {}
  // Of one value alone, as DUMP gives it; the version is that of the payload.
  static RdbParser of_value(const Options& options, RdbType type, int version);

  void feed(ByteView bytes);
  Event next();

  const RdbKey& key() const { return key_; }
  const Told& told() const { return told_; }
  // A string that was received straight, else nothing: for whoever wants to keep it.
  SharedBytes take_block() { return std::move(block_); }
  const Error& failure() const { return failure_; }
  int version() const { return version_; }
  std::uint64_t consumed() const;  // bytes, up to what was told last
  std::size_t unread() const { return static_cast<std::size_t>(end_ - at_); }  // of those fed

 private:
  enum class State : std::uint8_t {
    magic,
    record,
    aux,
    function,
    key,
    value,  // of the file
    text,
    blob,
    elements,
    container,
    list_node,  // of values
    node_id,
    node,
    stream,
    group,
    group_tail,
    pending,  // of streams
    consumers,
    consumer,
    consumer_tail,
    owned,  //
    module_id,
    module_part,
    module_text,
    checksum,
    done,  //
  };
  enum class Step : std::uint8_t { told, again, more, failed };
  struct Straight {  // a string that is being received into its block
    bool is_open = false;
    std::size_t size = 0;
    std::uint64_t inflated = 0;  // its size, if it is compressed
  };

  // Steps: each reads what belongs together, or nothing.
  Step step();
  bool tell_small_string();
  Step read_magic();
  Step read_record();
  Step read_opcode(RdbOpcode opcode);
  Step read_aux();
  Step read_key();
  Step begin_value();
  Step begin_elements(State state);
  Step read_blob();
  Step read_element();
  Step read_container();
  Step read_list_node();
  Step read_checksum();
  Step finish_value(Event event);
  // parser_stream.cpp
  Step read_node_id();
  Step read_node();
  Step read_stream();
  Step read_group();
  Step read_group_tail();
  Step read_pending();
  Step read_consumer();
  Step read_consumer_tail();
  Step read_owned();
  // parser_module.cpp
  Step read_module_id();
  Step read_module_part();
  Step read_module_text();

  // Takes; false: trouble_ says why not. parser_takes.cpp
  bool has(std::size_t bytes);
  template <class Number>
  bool take(Number& number);
  bool take_length(std::uint64_t& length);
  bool take_signed(std::int64_t& number);
  bool take_id(StreamId& id);      // two lengths
  bool take_raw_id(StreamId& id);  // 16 bytes
  bool take_text(PackedElement& text, int slot);
  bool take_bytes(ByteView& bytes);  // a text that is no integer
  bool take_special(unsigned kind, PackedElement& text, int slot);
  bool open_straight(std::uint64_t size, std::uint64_t inflated, PackedElement& text, int slot);
  bool fill_straight(PackedElement& text, int slot);
  bool inflate(ByteView from, std::uint64_t size, PackedElement& text, int slot);
  bool take_score(double& score, bool as_text);
  bool take_second();
  void hold_first();

  void commit() { token_ = at_; }
  Step tell(Event event) {
    event_ = event;
    return Step::told;
  }
  Step fail_with(ByteView what);
  bool wrong(ByteView what);
  bool has_first_version_of_streams() const { return key_.type == RdbType::stream_listpacks; }

  // The window is a piece of the chunk that was fed, or of what was carried over from those before.
  bool widen();
  void look_at(const char* at, const char* end) {
    at_ = token_ = at;
    end_ = end;
  }
  void look_at_chunk(std::size_t from) {
    in_carry_ = false;
    look_at(chunk_.data() + from, chunk_.data() + chunk_.size());
    chunk_used_ = chunk_.size();
  }
  void append_to_carry();
  std::int64_t chunk_offset(const char* at) const;
  void fold_checksum(std::size_t upto);

  Options options_;
  State state_ = State::magic;
  Event event_ = Event::none;
  Step trouble_ = Step::more;
  bool is_value_only_ = false;
  bool is_told_ = true;  // the key's value: its attributes are the next one's
  bool has_first_ = false;
  bool has_field_expiry_ = false;
  bool in_carry_ = false;
  int version_ = 0;

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  const char* token_ = nullptr;  // where the current step goes on, or begins again
  ByteView chunk_;
  std::size_t chunk_used_ = 0;  // of it, in the window or behind it
  std::uint64_t base_ = 0;      // bytes of the chunks before
  Bytes carry_;

  std::size_t folded_ = 0;  // of the chunk, into the checksum
  std::uint64_t checksum_ = 0;

  RdbKey key_;
  Told told_;
  Bytes name_;         // of a key whose value is told in pieces
  Bytes held_;         // the first of two, while the second has not arrived
  Bytes inflated_[2];  // compressed strings
  SharedBytes block_, first_block_;
  Straight straight_;
  UnixMs field_base_ = 0;
  std::uint64_t left_ = 0;  // elements, nodes, pending entries
  std::uint64_t groups_left_ = 0;
  std::uint64_t consumers_left_ = 0;
  RdbContainer container_ = RdbContainer::packed;
  bool in_module_aux_ = false;
  Bytes module_;
  Error failure_{Error::Kind::corrupt, {}};
};

}  // namespace replserver
