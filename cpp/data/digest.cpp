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

void mix_number(Fingerprint& fingerprint, std::uint32_t number) {
  mix_in(fingerprint, std::uint64_t{number});
}

// A Sum is a Digest or a Fingerprint: the same walk, a hash that is standard or one that is fast.
template <class Sum>
ByteView bytes_of(const Sum& sum) {
  return ByteView(reinterpret_cast<const char*>(&sum), sizeof sum);
}

// The fields are in no order: each gives a sum of its own.
template <class Sum>
void mix_hash(Sum& sum, const HashView& hash) {
  PackedElement::Scratch scratch;
  hash.for_each([&](const HashView::Field& field) {
    Sum one{};
    mix_in(one, field.name.text(scratch));
    mix_in(one, field.value.text(scratch));
    if (field.expiry) xor_in(one, ByteView("!!hexpire!!"));
    xor_in(sum, bytes_of(one));
  });
}

template <class Sum>
void mix_stream(Sum& sum, const StreamView& stream) {
  PackedElement::Scratch scratch;
  stream.walk({}, StreamId::max(), [&](const StreamEntry& entry) {
    Bytes id(StreamIdText(entry.id));
    id[id.find('-')] = '.';  // here, and only here, Redis writes it so
    mix_in(sum, id);
    entry.for_each_field([&](const PackedElement& name, const PackedElement& value) {
      mix_in(sum, name.text(scratch));
      mix_in(sum, value.text(scratch));
    });
    return true;
  });
}

template <class Sum>
void mix_value(Sum& sum, const Entry& entry) {
  mix_number(sum, static_cast<std::uint32_t>(entry.type()));
  switch (entry.type()) {
    case Type::string: {
      char scratch[32];
      mix_in(sum, Database::string_view(entry, scratch));
      break;
    }
    case Type::list:
      ListView(entry).for_each([&](const PackedElement& element) {
        PackedElement::Scratch scratch;
        mix_in(sum, element.text(scratch));
      });
      break;
    case Type::hash:
      mix_hash(sum, HashView(entry));
      break;
    case Type::set:
      SetView(entry).for_each([&](ByteView member) { xor_in(sum, member); });
      break;
    case Type::sorted_set:
      SortedSetView(entry).for_each([&](ByteView member, double score) {
        Sum one{};
        mix_in(one, member);
        mix_in(one, format_double(score));
        xor_in(sum, bytes_of(one));
      });
      break;
    case Type::stream:
      mix_stream(sum, StreamView(entry));
      break;
    default:
      RS_ASSERT(!"a type without a digest");
  }
}

// DEBUG DIGEST tells that a key expires, not when: a replica of old was told a little later.
void mix_expiry(Digest& sum, UnixMs) { xor_in(sum, ByteView("!!expire!!")); }

void mix_expiry(Fingerprint& sum, UnixMs expiry) {
  mix_in(sum, static_cast<std::uint64_t>(expiry));
}

template <class Sum>
void mix_entry(Sum& sum, const Entry& entry) {
  mix_value(sum, entry);
  if (const auto expiry = entry.expiry()) mix_expiry(sum, *expiry);
}

template <class Sum>
Sum dataset_sum(const Keyspace& keyspace) {
  Sum all{};
  for (int index = 0; index < keyspace.databases(); ++index) {
    const Database& database = keyspace.database(index);
    if (database.empty()) continue;
    mix_number(all, static_cast<std::uint32_t>(index));
    database.for_each([&](const Entry& entry) {
      Sum one{};
      mix_in(one, entry.key());
      mix_entry(one, entry);
      xor_in(all, bytes_of(one));
    });
  }
  return all;
}

}  // namespace

Digest value_digest(const Entry& entry) {
  Digest digest{};
  mix_entry(digest, entry);
  return digest;
}

Fingerprint value_fingerprint(const Entry& entry) {
  Fingerprint fingerprint;
  mix_value(fingerprint, entry);
  return fingerprint;
}

Digest dataset_digest(const Keyspace& keyspace) { return dataset_sum<Digest>(keyspace); }

Fingerprint dataset_fingerprint(const Keyspace& keyspace) {
  return dataset_sum<Fingerprint>(keyspace);
}

}  // namespace replserver
