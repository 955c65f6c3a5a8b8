#include "data/listpack.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "data/hex.hpp"

namespace replserver {
namespace {

Words texts_of(ListpackView view) {
  Words texts;
  for (const PackedElement element : view) texts.push_back(element.copy());
  return texts;
}

Words texts_backwards(ListpackView view) {
  Words texts;
  for (auto at = view.end(); at != view.begin();) texts.push_back((*--at).copy());
  return texts;
}

Listpack listpack_of(Arena& arena, const Words& words) {
  Listpack pack(arena);
  for (const Bytes& word : words) pack.append(word);
  return pack;
}

Bytes bytes_of(const Words& words) {
  Arena arena;
  return Bytes(listpack_of(arena, words).view().bytes());
}

std::ptrdiff_t index_of(ListpackView view, ListpackView::Iterator place) {
  return std::ranges::distance(view.begin(), place);
}

bool is_sound(ListpackView view) {
  return ListpackView::check(view.bytes(), PackedCheck::whole).has_value();
}

TEST(Listpack, IsEmptyAtFirst) {
  Arena arena;
  const Listpack pack(arena);
  EXPECT_EQ(pack.view().bytes(), from_hex("070000000000ff"));
  EXPECT_TRUE(pack.view().empty());
  EXPECT_EQ(pack.view().begin(), pack.view().end());
  EXPECT_EQ(pack.view().at(0), pack.view().end());
  EXPECT_EQ(pack.view().at(-1), pack.view().end());
  EXPECT_EQ(pack.view().find(""), pack.view().end());
}

TEST(Listpack, IsReadInBothDirections) {
  Arena arena;
  const Words words = {"one", "2", Bytes(63, 'x'), Bytes(200, 'y'), "-70000", Bytes(5000, 'z'), ""};
  const Listpack pack = listpack_of(arena, words);
  EXPECT_EQ(texts_of(pack.view()), words);
  EXPECT_EQ(texts_backwards(pack.view()), Words(words.rbegin(), words.rend()));
  EXPECT_EQ(pack.view().count(), 7u);
}

TEST(Listpack, KeepsCanonicalIntegersAsIntegersOnly) {
  Arena arena;
  const Listpack pack = listpack_of(arena, {"17", "017", "-0", "9223372036854775808"});
  auto at = pack.view().begin();
  EXPECT_TRUE((*at).is_integer());
  EXPECT_EQ((*at).integer(), 17);
  while (++at != pack.view().end()) {
    EXPECT_FALSE((*at).is_integer()) << (*at).copy();
  }
}

TEST(Listpack, TellsAnEntryByItsIndexFromEitherEnd) {
  for (std::ptrdiff_t count = 1; count <= 6; ++count) {
    Arena arena;
    Listpack pack(arena);
    for (std::int64_t number = 0; number < count; ++number) pack.append(number);
    const ListpackView view = pack.view();
    for (std::ptrdiff_t index = 0; index < count; ++index) {
      EXPECT_EQ((*view.at(index)).integer(), index);
      EXPECT_EQ((*view.at(index - count)).integer(), index);
    }
    EXPECT_EQ(view.at(count), view.end());
    EXPECT_EQ(view.at(-count - 1), view.end());
  }
}

TEST(Listpack, FindsTextAndIntegersByTheirText) {
  Arena arena;
  for (std::size_t size = 0; size <= 100; ++size) {
    // Texts that differ from the wanted one in one byte only, at each place.
    Listpack pack(arena);
    const Bytes wanted(size, 'w');
    for (std::size_t at = 0; at < size; ++at) {
      Bytes other = wanted;
      other[at] = 'v';
      pack.append(other);
    }
    EXPECT_EQ(pack.view().find(wanted), pack.view().end());
    pack.append(wanted);
    EXPECT_EQ(index_of(pack.view(), pack.view().find(wanted)), static_cast<std::ptrdiff_t>(size));
  }
  const Listpack numbers = listpack_of(arena, {"5", "-5", "300", "70000", "5000000000", "05"});
  EXPECT_EQ(index_of(numbers.view(), numbers.view().find("5")), 0);
  EXPECT_EQ(index_of(numbers.view(), numbers.view().find("300")), 2);
  EXPECT_EQ(index_of(numbers.view(), numbers.view().find("5000000000")), 4);
  EXPECT_EQ(index_of(numbers.view(), numbers.view().find("05")), 5);
  EXPECT_EQ(numbers.view().find("6"), numbers.view().end());
}

TEST(Listpack, FindsAnIntegerThatAnotherWriterKeptAsText) {
  const Bytes bytes = from_hex(
      "0a0000000100"
      "8135"
      "02"
      "ff");
  const auto view = ListpackView::check(bytes, PackedCheck::whole);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->find("5"), view->begin());
  EXPECT_EQ((*view->begin()).as_integer(), 5);
}

TEST(Listpack, LooksForFieldsAndNotForValues) {
  Arena arena;
  const Listpack pack = listpack_of(arena, {"a", "b", "b", "a", "c", "c"});
  EXPECT_EQ(index_of(pack.view(), pack.view().find("b", 2)), 2);
  EXPECT_EQ(index_of(pack.view(), pack.view().find("b", std::next(pack.view().begin()), 2)), 1);
  EXPECT_EQ(pack.view().find("d", 2), pack.view().end());
  EXPECT_EQ(index_of(pack.view(), pack.view().find("c", 3)), -1 + 7);  // none: the end
}

TEST(Listpack, IsReadByPairs) {
  Arena arena;
  const Listpack pack = listpack_of(arena, {"name", "Ada", "born", "1815"});
  Bytes told;
  for (const auto [field, value] : pack.view().pairs()) {
    told += field.copy() + "=" + value.copy() + " ";
  }
  EXPECT_EQ(told, "name=Ada born=1815 ");
}

TEST(Listpack, IsChangedAtAnyPlace) {
  Arena arena;
  Listpack pack = listpack_of(arena, {"b", "d"});
  pack.prepend("a");
  EXPECT_EQ((*pack.insert(pack.view().at(2), "c")).copy(), "c");
  EXPECT_EQ((*pack.insert_after(pack.view().at(-1), "e")).copy(), "e");
  EXPECT_EQ(texts_of(pack.view()), (Words{"a", "b", "c", "d", "e"}));
  EXPECT_EQ((*pack.replace(pack.view().at(1), Bytes(300, 'B'))).copy(), Bytes(300, 'B'));
  EXPECT_EQ((*pack.erase(pack.view().at(1))).copy(), "c");
  const auto behind = pack.erase(pack.view().at(2), 2);
  EXPECT_EQ(behind, pack.view().end());
  EXPECT_EQ(texts_of(pack.view()), (Words{"a", "c"}));
  pack.append({"f", std::int64_t{6}});
  EXPECT_EQ((*pack.insert(pack.view().begin(), {"0", "1"})).integer(), 0);
  EXPECT_EQ(texts_of(pack.view()), (Words{"0", "1", "a", "c", "f", "6"}));
  EXPECT_TRUE(is_sound(pack.view()));
  pack.erase(pack.view().begin(), 6);
  EXPECT_EQ(pack.view().bytes(), from_hex("070000000000ff"));
}

// From DUMP of redis-server 7.0.15.
TEST(Listpack, HasTheBytesThatRedisGivesIt) {
  EXPECT_EQ(bytes_of({"0",
                      "127",
                      "128",
                      "-1",
                      "4095",
                      "-4096",
                      "4096",
                      "-4097",
                      "32767",
                      "-32768",
                      "32768",
                      "-32769",
                      "8388607",
                      "-8388608",
                      "8388608",
                      "-8388609",
                      "2147483647",
                      "-2147483648",
                      "2147483648",
                      "-2147483649",
                      "9223372036854775807",
                      "-9223372036854775808"}),
            from_hex("7b000000160000017f01c08002dfff02cfff02d00002f1001003f1ffef03f1ff7f03f1008003"
                     "f200800004f2ff7fff04f2ffff7f04f200008004f30000800005f3ffff7fff05f3ffffff7f05"
                     "f30000008005f4000000800000000009f4ffffff7fffffffff09f4ffffffffffffff7f09f400"
                     "0000000000008009ff"));
  EXPECT_EQ(bytes_of({"", "a", "-0", "01", "+1", " 1", "1 ", "-", "9223372036854775808",
                      "-9223372036854775809", "1.0", Bytes(63, 'x')})
                .substr(0, 84),
            from_hex("940000000c008001816102822d300382303103822b31038220310382312003812d0293393232"
                     "3333373230333638353437373538303814942d39323233333732303336383534373735383039"
                     "1583312e3004bf78"));
  EXPECT_EQ(bytes_of({"name", "Ada", "born", "1815", "", "empty"}),
            from_hex("240000000600846e616d6505834164610484626f726e05c71702800185656d70747906ff"));
  EXPECT_EQ(bytes_of({"17", "-3", "one", "1", "two and a half", "2.5", "last", "inf"}),
            from_hex("3300000008001101dffd02836f6e650401018e74776f20616e6420612068616c660f83322e35"
                     "04846c6173740583696e6604ff"));
}

// Size of the text, first bytes and last bytes of the listpack; from DUMP of redis-server 7.0.15.
// At 16378 and 2097146 bytes the back-length is one byte longer than its value needs.
TEST(Listpack, HasTheLengthsThatRedisGivesALongText) {
  struct Golden {
    std::size_t size;
    const char* begin;
    const char* end;
  };
  const Golden goldens[] = {
      {64, "4a0000000100e04078", "78787878787842ff"},
      {125, "870000000100e07d78", "7878787878787fff"},
      {126, "890000000100e07e78", "78787878780180ff"},
      {127, "8a0000000100e07f78", "78787878780181ff"},
      {4095, "0a1000000100efff78", "78787878782081ff"},
      {4096, "0e1000000100f00010000078", "78787878782085ff"},
      {16377, "074000000100f0f93f000078", "78787878787ffeff"},
      {16378, "094000000100f0fa3f000078", "7878787800ffffff"},
      {16379, "0a4000000100f0fb3f000078", "78787878018080ff"},
      {2097145, "080020000100f0f9ff1f0078", "787878787ffffeff"},
      {2097146, "0a0020000100f0faff1f0078", "78787800ffffffff"},
      {2097147, "0b0020000100f0fbff1f0078", "78787801808080ff"},
  };
  for (const Golden& golden : goldens) {
    SCOPED_TRACE(golden.size);
    const Bytes bytes = bytes_of({Bytes(golden.size, 'x')});
    EXPECT_TRUE(bytes.starts_with(from_hex(golden.begin)));
    EXPECT_TRUE(bytes.ends_with(from_hex(golden.end)));
    const auto view = ListpackView::check(bytes, PackedCheck::whole);
    ASSERT_TRUE(view);
    EXPECT_EQ((*view->begin()).bytes(), Bytes(golden.size, 'x'));
    EXPECT_EQ(view->at(-1), view->begin());
    EXPECT_EQ(std::next(view->begin()), view->end());
  }
}

Bytes refusal(ByteView hex, PackedCheck check = PackedCheck::whole, std::size_t step = 0) {
  const Bytes bytes = from_hex(hex);
  const auto view = ListpackView::check(bytes, check, step);
  return view ? "none" : view.error().text;
}

TEST(Listpack, RefusesBytesThatAreNone) {
  EXPECT_EQ(refusal("080000000100"
                    "01"
                    "01"
                    "ff"),
            "listpack: size is not that of the bytes at byte 0");
  EXPECT_EQ(refusal("090000000100"
                    "01"
                    "01"
                    "ff"),
            "none");
  EXPECT_EQ(refusal("090000000100"), "listpack: header is cut off at byte 6");
  EXPECT_EQ(refusal(""), "listpack: header is cut off at byte 0");
  EXPECT_EQ(refusal("090000000100"
                    "01"
                    "01"
                    "fe"),
            "listpack: end mark is missing at byte 8");
  EXPECT_EQ(refusal("090000000200"
                    "01"
                    "01"
                    "ff"),
            "listpack: count is wrong at byte 4");
  EXPECT_EQ(refusal("090000000100"
                    "01"
                    "02"
                    "ff"),
            "listpack: back-length is not the entry's at byte 7");
  EXPECT_EQ(refusal("090000000100"
                    "ff"
                    "01"
                    "ff"),
            "listpack: no such encoding at byte 6");
  EXPECT_EQ(refusal("090000000100"
                    "f5"
                    "01"
                    "ff"),
            "listpack: no such encoding at byte 6");
  EXPECT_EQ(refusal("090000000100"
                    "82"
                    "01"
                    "ff"),
            "listpack: entry runs past the end at byte 6");
  EXPECT_EQ(refusal("080000000100"
                    "01"
                    "ff"),
            "listpack: entry runs past the end at byte 6");
  EXPECT_EQ(refusal("080000000100"
                    "e0"
                    "ff"),
            "listpack: no such encoding at byte 6");
  EXPECT_EQ(refusal("0b0000000100"
                    "f0ffffff"
                    "ff"),
            "listpack: no such encoding at byte 6");
  EXPECT_EQ(refusal("0d0000000100"
                    "f0ffffffff"
                    "01"
                    "ff"),
            "listpack: entry runs past the end at byte 6");
  EXPECT_EQ(refusal("0d0000000100"
                    "f401020304"
                    "05"
                    "ff"),
            "listpack: entry runs past the end at byte 6");
}

TEST(Listpack, ChecksOnlyTheFrameOfBytesItIsToldToTrust) {
  EXPECT_EQ(refusal("090000000100"
                    "01"
                    "02"
                    "ff",
                    PackedCheck::header),
            "none");
  EXPECT_NE(refusal("090000000100"
                    "01"
                    "02"
                    "fe",
                    PackedCheck::header),
            "none");
}

TEST(Listpack, RefusesDuplicatesWhereThereMayBeNone) {
  const auto told = [](const Words& words, std::size_t step) {
    const Bytes bytes = bytes_of(words);
    const auto view = ListpackView::check(bytes, PackedCheck::whole, step);
    return view ? "none" : view.error().text;
  };
  EXPECT_EQ(told({"a", "b", "a"}, 0), "none");
  EXPECT_EQ(told({"a", "b", "c"}, 1), "none");
  EXPECT_EQ(told({"a", "b", "a"}, 1), "listpack: element is there twice at byte 12");
  EXPECT_EQ(told({"a", "1", "b", "1"}, 2), "none");
  EXPECT_EQ(told({"a", "1", "a", "2"}, 2), "listpack: element is there twice at byte 11");
  EXPECT_EQ(told({"a", "1", "b"}, 2), "listpack: last group is not complete at byte 14");
  EXPECT_EQ(told({"", "0", "00"}, 1), "none");
  EXPECT_EQ(told({}, 2), "none");
  // The integer 5 and the text "5".
  EXPECT_EQ(refusal("0c0000000200"
                    "0501"
                    "8135"
                    "02"
                    "ff",
                    PackedCheck::whole, 1),
            "listpack: element is there twice at byte 8");
}

TEST(Listpack, CountsBeyondWhatItsHeaderCanSay) {
  Arena arena;
  Listpack pack(arena);
  pack.reserve(2 * 70000);
  for (std::int64_t number = 0; number < 65534; ++number) pack.append(number % 100);
  EXPECT_EQ(load_packed<std::uint16_t>(
                reinterpret_cast<const unsigned char*>(pack.view().bytes().data() + 4)),
            65534u);
  for (std::int64_t number = 65534; number < 70000; ++number) pack.append(number % 100);
  EXPECT_EQ(pack.view().count(), 70000u);
  EXPECT_EQ((*pack.view().at(69999)).integer(), 99);
  EXPECT_EQ((*pack.view().at(-69999)).integer(), 1);
  EXPECT_EQ(pack.view().at(70000), pack.view().end());
  EXPECT_EQ(pack.view().at(-70001), pack.view().end());
  EXPECT_TRUE(is_sound(pack.view()));
  pack.erase(pack.view().begin(), 69990);
  EXPECT_EQ(pack.view().count(), 10u);
  EXPECT_EQ((*pack.view().at(-10)).integer(), 90);
  EXPECT_TRUE(is_sound(pack.view()));
}

TEST(Listpack, TakesFromItsArenaWhatItsSizeAsksFor) {
  Arena arena;
  for (const std::size_t elements : {0u, 1u, 20u, 500u, 3000u}) {
    Listpack pack(arena);
    pack.reserve(100000);
    for (std::size_t number = 0; number < elements; ++number) pack.append("element");
    void* kept = pack.release();
    EXPECT_EQ(arena.used(), PackedBuffer::memory(ListpackView(kept).size()));
    { Listpack::adopt(arena, kept); }
    EXPECT_EQ(arena.used(), 0u);
  }
}

TEST(PackedBuffer, HasACapacityThatTheSizeAloneTells) {
  std::size_t before = 0;
  for (std::size_t size = 1; size < 100000; size += size < 9000 ? 1 : 7) {
    const std::size_t capacity = PackedBuffer::capacity(size);
    ASSERT_GE(capacity, size);
    ASSERT_LE(capacity, size + size / 8 + 8);
    ASSERT_GE(capacity, before);
    ASSERT_EQ(PackedBuffer::capacity(capacity), capacity) << size;
    before = capacity;
  }
}

// Of every encoding, and around the limits of each.
Bytes any_text(Random& random) {
  switch (random.below(10)) {
    case 0: {
      const unsigned bits = static_cast<unsigned>(random.below(64));
      const auto near = random.below(5) - 2;
      return std::to_string(static_cast<std::int64_t>((std::uint64_t{1} << bits) + near));
    }
    case 1:
      return std::to_string(-static_cast<std::int64_t>(random.next() >> (1 + random.below(63))));
    case 2:
      return Bytes(62 + random.below(4), 'm');
    case 3:
      return Bytes(random.below(20) ? 122 + random.below(8) : 4090 + random.below(10), 'l');
    case 4:
      return random.below(30) ? Bytes() : Bytes(16370 + random.below(12), 'h');
    case 5:
      return std::to_string(random.below(300));
    default:
      return Bytes(random.below(30), static_cast<char>('a' + random.below(3)));
  }
}

void change(Random& random, Listpack& pack, Words& model) {
  const std::size_t index = random.below(model.size() + 1);
  const auto place = pack.view().at(static_cast<std::ptrdiff_t>(index));
  const auto model_place = model.begin() + static_cast<std::ptrdiff_t>(index);
  const Bytes text = any_text(random);
  ListpackView::Iterator written = place;
  switch (random.below(model.size() > 60 ? 9 : 6)) {
    case 0:
      pack.append(text);
      model.push_back(text);
      return;
    case 1:
      pack.prepend(text);
      model.insert(model.begin(), text);
      return;
    case 2: {
      const Bytes second = any_text(random);
      written = pack.insert(place, {text, second});
      model.insert(model_place, {text, second});
      break;
    }
    case 3:
      if (index == model.size()) return;
      written = pack.insert_after(place, text);
      ASSERT_EQ(index_of(pack.view(), written), static_cast<std::ptrdiff_t>(index + 1));
      model.insert(model_place + 1, text);
      return;
    case 4:
      if (index == model.size()) return;
      written = pack.replace(place, text);
      *model_place = text;
      break;
    case 5:
      if (index == model.size()) return;
      written = pack.erase(place);
      model.erase(model_place);
      break;
    default: {
      const std::size_t count = random.below(std::min<std::size_t>(model.size() - index + 1, 10));
      written = pack.erase(place, count);
      model.erase(model_place, model_place + static_cast<std::ptrdiff_t>(count));
    }
  }
  ASSERT_EQ(index_of(pack.view(), written), static_cast<std::ptrdiff_t>(index));
}

TEST(Listpack, AgreesWithAVectorThroughRandomChanges) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Arena arena;
    Listpack pack(arena);
    Words model;
    for (int step = 0; step < 400; ++step) {
      ASSERT_NO_FATAL_FAILURE(change(random, pack, model));
      if (random.below(4) == 0) pack = Listpack::adopt(arena, pack.release());
      if (random.below(50) == 0) pack.reserve(random.below(5000));
      const Bytes wanted = model.empty() || random.below(4) == 0
                               ? any_text(random)
                               : model[random.below(model.size())];
      ASSERT_EQ(index_of(pack.view(), pack.view().find(wanted)),
                std::find(model.begin(), model.end(), wanted) - model.begin());
      if (step % 10 != 0) continue;
      ASSERT_EQ(pack.view().count(), model.size());
      ASSERT_EQ(texts_of(pack.view()), model);
      ASSERT_TRUE(is_sound(pack.view()));
    }
    ASSERT_EQ(texts_backwards(pack.view()), Words(model.rbegin(), model.rend()));
    // However it came about, the same elements are the same bytes.
    ASSERT_EQ(pack.view().bytes(), bytes_of(model));
    ASSERT_EQ(Listpack::copy_of(arena, pack.view()).view().bytes(), pack.view().bytes());
  }
}

}  // namespace
}  // namespace replserver
