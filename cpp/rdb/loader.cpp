#include "rdb/loader.hpp"

#include <algorithm>
#include <string>

#include "base/ascii.hpp"
#include "base/numbers.hpp"

namespace replserver {
namespace {

// Fed in pieces that the cache holds, so that the checksum reads what was just parsed.
constexpr std::size_t kPiece = 256 * 1024;
constexpr std::uint64_t kKeySizeMin = 3;  // type, length, value: no key takes less
// Where nobody knows how long the stream will be.
constexpr std::uint64_t kPresizedMax = std::uint64_t{1} << 20;

Bytes shown(ByteView key) {
  constexpr std::size_t kShown = 64;
  return quoted(key.substr(0, kShown)) + (key.size() > kShown ? "..." : "");
}

}  // namespace

RdbLoader::RdbLoader(Keyspace& keyspace, const Options& options)
    : keyspace_(keyspace),
      options_(options),
      databases_(keyspace.make_databases()),
      parser_({.checksum = options.checksum,
               .deep = options.deep,
               .skip_modules = options.skip_modules,
               .size = options.size}) {}

tl::unexpected<Error> RdbLoader::refused(ByteView what, ByteView key) const {
  return fail(Error::Kind::corrupt, "rdb: " + Bytes(what) + " " + shown(key) +
                                        " that ends at byte " + std::to_string(parser_.consumed()));
}

Result<void> RdbLoader::feed(ByteView bytes) {
  while (!bytes.empty()) {
    if (is_finished_) {
      return fail(Error::Kind::corrupt,
                  "rdb: bytes behind the end at byte " + std::to_string(parser_.consumed()));
    }
    const std::size_t size = std::min(bytes.size(), kPiece);
    if (auto fed = feed_piece(bytes.substr(0, size)); !fed) return fed;
    if (is_finished_) {
      if (parser_.unread() == 0) {
        bytes.remove_prefix(size);
        continue;
      }
      return fail(Error::Kind::corrupt,
                  "rdb: bytes behind the end at byte " + std::to_string(parser_.consumed()));
    }
    bytes.remove_prefix(size);
  }
  return {};
}

Result<void> RdbLoader::feed_piece(ByteView bytes) {
  piece_ = bytes;
  parser_.feed(bytes);
  while (true) {
    const RdbParser::Event event = parser_.next();
    if (event == RdbParser::Event::string) [[likely]] {
      if (auto taken = take_string(); !taken) return taken;
      continue;
    }
    if (event == RdbParser::Event::none) return flush();
    if (auto taken = take_event(event); !taken) return taken;
    if (event == RdbParser::Event::finished) return {};
  }
}

Result<void> RdbLoader::end() {
  if (is_finished_) return {};
  return fail(Error::Kind::corrupt,
              "rdb: unexpected end at byte " + std::to_string(parser_.consumed()));
}

Keyspace::Databases RdbLoader::take() {
  RS_ASSERT(is_finished_);
  return std::move(databases_);
}

Result<void> RdbLoader::take_event(RdbParser::Event event) {
  switch (event) {
    case RdbParser::Event::failed:
      return tl::unexpected(parser_.failure());
    case RdbParser::Event::finished:
      facts_.version = parser_.version();
      is_finished_ = true;
      return flush();
    case RdbParser::Event::aux:
      take_aux();
      return {};
    case RdbParser::Event::function: {
      PackedElement::Scratch scratch;
      facts_.functions.emplace_back(parser_.told().first.text(scratch));
      return {};
    }
    case RdbParser::Event::select:
      return take_select();
    case RdbParser::Event::resize:
      take_resize();
      return {};
    case RdbParser::Event::skipped:
      ++facts_.modules_skipped;
      return {};
    default:
      return take_value(event);
  }
}

// ---- what a file tells of itself ----

Result<void> RdbLoader::take_select() {
  if (auto flushed = flush(); !flushed) return flushed;
  const int wanted = parser_.key().database;
  if (wanted >= keyspace_.databases()) {
    return fail(Error::Kind::corrupt,
                "rdb: database " + std::to_string(wanted) + " is beyond the " +
                    std::to_string(keyspace_.databases()) + " there are at byte " +
                    std::to_string(parser_.consumed()));
  }
  database_ = wanted;
  return {};
}

// The count is only a claim: all databases together get room for no more than the file can hold.
void RdbLoader::take_resize() {
  if (waiting_ > 0 || database().is_presized()) return;
  const std::uint64_t plausible = options_.size > 0 ? options_.size / kKeySizeMin : kPresizedMax;
  const std::uint64_t keys = std::min(parser_.told().count, plausible - presized_);
  presized_ += keys;
  database().presize(static_cast<std::size_t>(keys));
}

void RdbLoader::take_aux() {
  PackedElement::Scratch scratches[2];
  const ByteView name = parser_.told().first.text(scratches[0]);
  const ByteView value = parser_.told().second.text(scratches[1]);
  const auto replication = [&]() -> RdbReplication& {
    if (!facts_.replication) facts_.replication.emplace();
    return *facts_.replication;
  };
  if (name == "repl-id") {
    replication().id = value;
  } else if (name == "repl-offset") {
    replication().offset = parse_unsigned(value).value_or(0);
  } else if (name == "repl-stream-db") {
    replication().stream_db = static_cast<int>(parse_integer(value).value_or(-1));
  } else if (name == "ctime") {
    facts_.created_s = parse_integer(value).value_or(0);
  } else if (name == "used-mem") {
    facts_.used_memory = static_cast<std::size_t>(parse_unsigned(value).value_or(0));
  }
  facts_.aux.emplace_back(name, value);
}

// ---- strings ----

Database::Loading RdbLoader::loading_of(const RdbKey& key) const {
  return {.key = databases_[static_cast<std::size_t>(database_)]->make_key(key.name),
          .expiry = key.expiry,
          .idle_s = key.idle_s,
          .frequency = key.frequency};
}

Result<void> RdbLoader::take_string() {
  const RdbKey& key = parser_.key();
  if (is_expired(key)) [[unlikely]] {
    ++facts_.expired_skipped;
    return {};
  }
  const auto lies_in_piece = [&](ByteView bytes) {
    return bytes.data() >= piece_.data() && bytes.data() < piece_.data() + piece_.size();
  };
  const PackedElement& value = parser_.told().first;
  const Database::Loading loading = loading_of(key);
  database().prefetch_bucket(loading.key.hash);
  ++facts_.keys;
  const bool is_lasting =
      lies_in_piece(key.name) && (value.is_integer() || lies_in_piece(value.bytes()));
  if (!is_lasting) return insert_long(loading);
  batch_[waiting_++] = {loading, value};
  return waiting_ == kBatch ? flush() : Result<void>();
}

// One that would not last, or came in a block of its own. Those that wait are before it.
Result<void> RdbLoader::insert_long(const Database::Loading& loading) {
  if (auto flushed = flush(); !flushed) return flushed;
  const PackedElement& value = parser_.told().first;
  const Entry* entry = nullptr;
  if (value.is_integer()) {
    entry = database().load_integer(loading, value.integer());
  } else if (SharedBytes block = parser_.take_block()) {
    entry = database().load_string(loading, std::move(block));
  } else {
    entry = database().load_string(loading, value.bytes());
  }
  if (entry == nullptr) return repeated(loading.key.bytes);
  return {};
}

Result<void> RdbLoader::flush() {
  const std::size_t count = std::exchange(waiting_, 0);
  for (std::size_t index = 0; index < count; ++index) {
    database().prefetch_for_load(batch_[index].loading.key.hash);
  }
  for (std::size_t index = 0; index < count; ++index) {
    const auto& [loading, value] = batch_[index];
    const Entry* entry = value.is_integer() ? database().load_integer(loading, value.integer())
                                            : database().load_string(loading, value.bytes());
    if (entry == nullptr) return repeated(loading.key.bytes);
  }
  return {};
}

// ---- collections ----

Result<void> RdbLoader::take_value(RdbParser::Event event) {
  if (is_skipping_) {
    is_skipping_ = event != RdbParser::Event::end;
    return {};
  }
  const RdbKey& key = parser_.key();
  if (!builder_) {
    if (is_expired(key)) {
      ++facts_.expired_skipped;
      is_skipping_ = event != RdbParser::Event::blob;
      return {};
    }
    builder_.emplace(database().value_context(), options_.deep);
  }
  const Result<bool> taken = builder_->take(event, parser_);
  if (!taken) return refused(taken.error().text + " in the value of key", key.name);
  return *taken ? finish_value() : Result<void>();
}

Result<void> RdbLoader::finish_value() {
  const RdbKey& key = parser_.key();
  if (builder_->is_empty()) {
    ++facts_.empty_skipped;
    builder_->drop();
    builder_.reset();
    return {};
  }
  const Database::Loading loading = loading_of(key);
  const Entry* entry = nullptr;
  builder_->hand_over([&](auto& value) {
    entry = database().load(loading, value);
    if (entry == nullptr) database().drop(value);
  });
  builder_.reset();
  if (entry == nullptr) return repeated(key.name);
  ++facts_.keys;
  return {};
}

}  // namespace replserver
