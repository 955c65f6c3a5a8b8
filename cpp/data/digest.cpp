#include "data/digest.hpp"

#include <cstdint>

#include "base/assert.hpp"
#include "base/numbers.hpp"
#include "data/database.hpp"
#include "data/hash.hpp"
#include "data/keyspace.hpp"
#include "data/list.hpp"
#include "data/set.hpp"
#include "data/sorted_set.hpp"
#include "data/stream.hpp"

namespace replserver {
namespace {

void mix_number(Digest& digest, std::uint32_t number) {
  const char bytes[] = {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
                        static_cast<char>(number >> 8), static_cast<char>(number)};
  mix_in(digest, ByteView(bytes, sizeof bytes));
}

// The fields are in no order: each gives a digest of its own.
void mix_hash(Digest& digest, const HashView& hash) {
  PackedElement::Scratch scratch;
  hash.for_each([&](const HashView::Field& field) {
    Digest one{};
    mix_in(one, field.name.text(scratch));
    mix_in(one, field.value.text(scratch));
    if (field.expiry) xor_in(one, ByteView("!!hexpire!!"));
    xor_in(digest, ByteView(reinterpret_cast<const char*>(one.data()), one.size()));
  });
}

void mix_stream(Digest& digest, const StreamView& stream) {
  PackedElement::Scratch scratch;
  stream.walk({}, StreamId::max(), [&](const StreamEntry& entry) {
    Bytes id(StreamIdText(entry.id));
    id[id.find('-')] = '.';  // here, and only here, Redis writes it so
    mix_in(digest, id);
    entry.for_each_field([&](const PackedElement& name, const PackedElement& value) {
      mix_in(digest, name.text(scratch));
      mix_in(digest, value.text(scratch));
    });
    return true;
  });
}

void mix_value(Digest& digest, const Entry& entry) {
  mix_number(digest, static_cast<std::uint32_t>(entry.type()));
  switch (entry.type()) {
    case Type::string: {
      char scratch[32];
      mix_in(digest, Database::string_view(entry, scratch));
      break;
    }
    case Type::list:
      ListView(entry).for_each([&](const PackedElement& element) {
        PackedElement::Scratch scratch;
        mix_in(digest, element.text(scratch));
      });
      break;
    case Type::hash:
      mix_hash(digest, HashView(entry));
      break;
    case Type::set:
      SetView(entry).for_each([&](ByteView member) { xor_in(digest, member); });
      break;
    case Type::sorted_set:
      SortedSetView(entry).for_each([&](ByteView member, double score) {
        Digest one{};
        mix_in(one, member);
        mix_in(one, format_double(score));
        xor_in(digest, ByteView(reinterpret_cast<const char*>(one.data()), one.size()));
      });
      break;
    case Type::stream:
      mix_stream(digest, StreamView(entry));
      break;
    default:
      RS_ASSERT(!"a type without a digest");
  }
  // That it expires counts, when does not: a replica may be told a little later.
  if (entry.has_expiry()) xor_in(digest, ByteView("!!expire!!"));
}

}  // namespace

Digest value_digest(const Entry& entry) {
  Digest digest{};
  mix_value(digest, entry);
  return digest;
}

Digest dataset_digest(const Keyspace& keyspace) {
  Digest all{};
  for (int index = 0; index < keyspace.databases(); ++index) {
    const Database& database = keyspace.database(index);
    if (database.empty()) continue;
    mix_number(all, static_cast<std::uint32_t>(index));
    database.for_each([&](const Entry& entry) {
      Digest one{};
      mix_in(one, entry.key());
      mix_value(one, entry);
      xor_in(all, ByteView(reinterpret_cast<const char*>(one.data()), one.size()));
    });
  }
  return all;
}

}  // namespace replserver
