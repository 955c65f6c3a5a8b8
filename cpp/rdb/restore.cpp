#include "rdb/restore.hpp"

#include <cstring>
#include <utility>

#include "rdb/crc64.hpp"
#include "rdb/value_builder.hpp"

namespace replserver {
namespace {

constexpr std::size_t kVersionSize = 2;
constexpr std::size_t kFooterSize = kVersionSize + kRdbChecksumSize;

template <class Number>
Number load(ByteView bytes, std::size_t at) {
  Number number;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

auto bad_data() { return fail(Error::Kind::command, "ERR Bad data format"); }

// The checksum and the version.
bool is_dump_payload(ByteView payload) {
  if (payload.size() < kFooterSize) return false;
  const std::size_t footer = payload.size() - kFooterSize;
  if (load<std::uint16_t>(payload, footer) > kRdbVersionMax) return false;
  const auto stored = load<std::uint64_t>(payload, footer + kVersionSize);
  return stored == crc64(0, payload.substr(0, footer + kVersionSize));
}

const Entry* store_string(Database& database, const Key& key, std::optional<UnixMs> expiry,
                          RdbParser& parser) {
  const PackedElement& value = parser.told().first;
  if (SharedBytes block = parser.take_block()) {
    return database.set_string(key, std::move(block), expiry);
  }
  PackedElement::Scratch scratch;
  return database.set_string(key, value.text(scratch), expiry);
}

// Hands what the payload holds to one of the two, once all of it is checked: a string, which the
// parser has, or a collection, which the builder has.
template <class TakeString, class TakeCollection>
Result<void> read_value(ByteView payload, Database& database, bool deep, TakeString take_string,
                        TakeCollection take_collection) {
  if (!is_dump_payload(payload)) {
    return fail(Error::Kind::command, "ERR DUMP payload version or checksum are wrong");
  }
  const std::size_t footer = payload.size() - kFooterSize;
  if (footer == 0) return bad_data();
  const auto type = static_cast<RdbType>(payload.front());
  RdbParser parser = RdbParser::of_value({.checksum = false, .deep = deep, .size = payload.size()},
                                         type, load<std::uint16_t>(payload, footer));
  parser.feed(payload.substr(1, footer - 1));
  RdbValueBuilder builder(database.value_context(), deep);
  while (true) {
    const RdbParser::Event event = parser.next();
    if (event == RdbParser::Event::string) {
      if (parser.unread() > 0) return bad_data();
      take_string(parser);
      return {};
    }
    const bool is_lost = event == RdbParser::Event::failed || event == RdbParser::Event::none;
    const Result<bool> taken = is_lost ? bad_data() : builder.take(event, parser);
    if (taken && !*taken) continue;
    if (taken && parser.unread() == 0 && !builder.is_empty()) break;
    builder.drop();
    return bad_data();
  }
  take_collection(builder);
  return {};
}

}  // namespace

Result<const Entry*> restore_value(ByteView payload, Database& database, const Key& key,
                                   std::optional<UnixMs> expiry, bool deep) {
  const Entry* entry = nullptr;
  const auto store = [&](auto& value) { entry = database.store(key, value); };
  const auto read = read_value(
      payload, database, deep,
      [&](RdbParser& parser) { entry = store_string(database, key, expiry, parser); },
      [&](RdbValueBuilder& builder) {
        builder.hand_over(store);
        if (expiry) entry = database.set_expiry(key, expiry);
      });
  if (!read) return tl::unexpected(read.error());
  return entry;
}

Result<void> check_value(ByteView payload, Database& database, bool deep) {
  return read_value(
      payload, database, deep, [](RdbParser&) {}, [](RdbValueBuilder& builder) { builder.drop(); });
}

}  // namespace replserver
