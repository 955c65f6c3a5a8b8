// What older servers wrote, byte by byte: no server at hand writes it any more.
#include <gtest/gtest.h>

#include <cmath>

#include "rdb/file.hpp"
#include "rdb/packed.hpp"

namespace replserver {
namespace {

template <class Number>
Bytes little(Number number) {
  return Bytes(reinterpret_cast<const char*>(&number), sizeof number);
}
Bytes short_text(const Bytes& text) { return Bytes(1, static_cast<char>(text.size())) + text; }
Bytes number_text(const Bytes& digits) { return short_text(digits); }

// Of entries given as their encoding and data.
Bytes ziplist(const std::vector<Bytes>& entries) {
  Bytes body;
  std::size_t before = 0, last = 10;
  for (const Bytes& entry : entries) {
    last = 10 + body.size();
    const Bytes size = before < 254 ? Bytes(1, static_cast<char>(before))
                                    : "\xfe" + little(static_cast<std::uint32_t>(before));
    body += size + entry;
    before = size.size() + entry.size();
  }
  return little(static_cast<std::uint32_t>(body.size() + 11)) +
         little(static_cast<std::uint32_t>(last)) +
         little(static_cast<std::uint16_t>(entries.size())) + body + "\xff";
}

Bytes record(RdbType type, const Bytes& value) {
  return Bytes(1, static_cast<char>(type)) + short_text("key") + value;
}
Bytes blob(RdbType type, const Bytes& bytes) {
  Bytes length(1, '\x80');
  for (int shift = 24; shift >= 0; shift -= 8) length += static_cast<char>(bytes.size() >> shift);
  return record(type, length + bytes);
}

// In pieces of every kind; the words of the value.
template <class Read>
Words words_of(const Bytes& records, Read read, const Bytes& version = "0007") {
  Words words;
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{5}, SIZE_MAX}) {
    Loaded loaded;
    EXPECT_EQ(loaded.load(file_of(version, records), chunk), "");
    if (loaded.find("key") == nullptr) return {"(none)"};
    words.clear();
    read(*loaded.find("key"), words);
  }
  return words;
}

void read_hash(const Entry& entry, Words& words) {
  HashView(entry).for_each([&](const HashView::Field& field) {
    words.push_back(field.name.copy() + "=" + field.value.copy());
  });
  std::sort(words.begin(), words.end());
}
void read_list(const Entry& entry, Words& words) {
  ListView(entry).for_each([&](const PackedElement& element) { words.push_back(element.copy()); });
}
void read_sorted_set(const Entry& entry, Words& words) {
  SortedSetView(entry).for_each([&](ByteView member, double score) {
    words.push_back(Bytes(member) + "=" + format_double(score));
  });
}
void read_set(const Entry& entry, Words& words) {
  SetView(entry).for_each([&](ByteView member) { words.emplace_back(member); });
}

TEST(OldForms, ZiplistsHoldTextsAndIntegersOfEverySize) {
  const Bytes middle(70, 'm');
  const Bytes large(20'000, 'l');
  const Bytes list =
      ziplist({short_text("a"), Bytes("\x40\x46", 2) + middle, Bytes("\x80\0\0\x4e\x20", 5) + large,
               Bytes("\xfe\x80", 2), Bytes("\xc0\x18\xfc", 3), Bytes("\xf0\0\0\x80", 4),
               Bytes("\xd0\xff\xff\xff\x7f", 5), "\xe0" + little(INT64_MIN), Bytes("\xf1", 1),
               Bytes("\xfd", 1), Bytes(1, '\0')});
  const Words wanted{
      "a", middle, large, "-128", "-1000", "-8388608", "2147483647", "-9223372036854775808",
      "0", "12",   ""};
  EXPECT_EQ(words_of(blob(RdbType::list_ziplist, list), read_list), wanted);
  const Bytes node = blob(RdbType::list_ziplist, list).substr(5);
  Words twice = wanted;
  twice.insert(twice.end(), wanted.begin(), wanted.end());
  EXPECT_EQ(words_of(record(RdbType::list_quicklist, "\2" + node + node), read_list), twice);
}

TEST(OldForms, HashesWereZipmapsAndZiplists) {
  const Bytes zipmap("\2\1a\2\1xy?\3bcd\0\0\xff", 15);
  EXPECT_EQ(words_of(blob(RdbType::hash_zipmap, zipmap), read_hash), (Words{"a=xy", "bcd="}));
  const Bytes long_value(300, 'v');
  EXPECT_EQ(
      words_of(blob(RdbType::hash_zipmap, Bytes("\1\1a\xfe\x2c\1\0\0\0", 9) + long_value + "\xff"),
               read_hash),
      (Words{"a=" + long_value}));
  EXPECT_EQ(words_of(blob(RdbType::hash_ziplist,
                          ziplist({short_text("a"), Bytes("\xf3", 1), short_text("b"), "\1c"})),
                     read_hash),
            (Words{"a=2", "b=c"}));
}

TEST(OldForms, SortedSetsHadScoresAsText) {
  const Bytes members = "\4" + short_text("m") + number_text("2.5") + short_text("i") + "\xfe" +
                        short_text("n") + "\xff" + short_text("z") + number_text("-0");
  EXPECT_EQ(words_of(record(RdbType::zset, members), read_sorted_set),
            (Words{"n=-inf", "z=0", "m=2.5", "i=inf"}));
  EXPECT_EQ(words_of(blob(RdbType::zset_ziplist, ziplist({short_text("a"), Bytes("\xf2", 1),
                                                          short_text("b"), short_text("1.5")})),
                     read_sorted_set),
            (Words{"a=1", "b=1.5"}));
  EXPECT_EQ(Loaded().load(file_of("0007", record(RdbType::zset, "\1\1m\xfd"))),
            "rdb: a score that is no number at byte 18");
}

TEST(OldForms, SetsAndListsWereElementsInARow) {
  EXPECT_EQ(words_of(record(RdbType::set, Bytes("\2\xc0\5\xc0\3", 5)), read_set),
            (Words{"3", "5"}));
  EXPECT_EQ(words_of(record(RdbType::list, Bytes("\3\1a\xc0\5\0", 6)), read_list),
            (Words{"a", "5", ""}));
  const Bytes intset = little(std::uint32_t{2}) + little(std::uint32_t{2}) +
                       little(std::int16_t{-3}) + little(std::int16_t{8});
  EXPECT_EQ(words_of(blob(RdbType::set_intset, intset), read_set), (Words{"-3", "8"}));
}

TEST(OldForms, ExpiriesWereInSeconds) {
  Loaded loaded;
  ASSERT_EQ(loaded.load(file_of("0002", Bytes("\xfd\x10\0\0\0\0\1a\1b", 10)).substr(0, 20)), "");
  EXPECT_EQ(loaded.find("a")->expiry(), 16'000);
}

TEST(OldForms, FieldsOfPreReleasesExpireAtAnAbsoluteTime) {
  const Bytes fields("\2\0\1a\1x\x42\0\1b\1y", 12);
  for (const auto type : {RdbType::hash_metadata_pre_ga, RdbType::hash_metadata}) {
    Loaded loaded;
    const Bytes base = type == RdbType::hash_metadata ? little(std::int64_t{1'000'000}) : "";
    ASSERT_EQ(loaded.load(file_of("0012", record(type, base + fields)), 1), "");
    const HashView hash(*loaded.find("key"));
    EXPECT_EQ(hash.find("a")->expiry, std::nullopt);
    EXPECT_EQ(hash.find("b")->expiry, base.empty() ? 512 : 1'000'511);
  }
}

TEST(OldForms, PackedFieldsExpireAtAnAbsoluteTime) {
  Arena arena;
  Listpack fields(arena);
  fields.append({"b", "y", std::int64_t{512}});
  fields.append({"a", "x", std::int64_t{0}});
  const Bytes bytes(fields.view().bytes());
  for (const auto type : {RdbType::hash_listpack_ex_pre_ga, RdbType::hash_listpack_ex}) {
    const Bytes base = type == RdbType::hash_listpack_ex ? little(std::int64_t{512}) : "";
    for (const std::size_t chunk : {std::size_t{1}, SIZE_MAX}) {
      Loaded loaded;
      const Bytes value = base + Bytes(1, static_cast<char>(bytes.size())) + bytes;
      ASSERT_EQ(loaded.load(file_of("0012", record(type, value)), chunk, {.deep = true}), "");
      const HashView hash(*loaded.find("key"));
      EXPECT_EQ(hash.find("a")->expiry, std::nullopt);
      EXPECT_EQ(hash.find("b")->expiry, 512);
    }
  }
}

// Every byte of a blob gets every value: it is refused, or read without a harm (which the sanitizer
// tells).
TEST(OldForms, NoByteOfABlobIsBelieved) {
  const Bytes zip = ziplist({short_text("a"), Bytes("\xf3", 1), short_text(Bytes(60, 'b')),
                             Bytes("\x40\x46", 2) + Bytes(70, 'c')});
  const Bytes zipmap("\2\1a\2\1xy?\3bcd\0\0\xff", 15);
  std::size_t read = 0, refused = 0;
  for (const auto& [type, good] :
       {std::pair(RdbType::hash_ziplist, zip), std::pair(RdbType::zset_ziplist, zip),
        std::pair(RdbType::list_ziplist, zip), std::pair(RdbType::hash_zipmap, zipmap)}) {
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        Bytes bad = good;
        bad[at] = static_cast<char>(value);
        const auto copy = std::make_unique<char[]>(bad.size());  // the sanitizer knows its end
        std::copy(bad.begin(), bad.end(), copy.get());
        const ByteView view(copy.get(), bad.size());
        const bool is_read = check_packed(type, view, false).has_value();
        ++(is_read ? read : refused);
        if (is_read) for_each_packed(type, view, [](const PackedElement& each) { each.copy(); });
      }
    }
  }
  EXPECT_GT(read, 1000u);
  EXPECT_GT(refused, 1000u);
}

}  // namespace
}  // namespace replserver
