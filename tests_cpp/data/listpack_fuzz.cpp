// Any bytes are refused, or a listpack that can be read both ways, searched and edited, and that
// holds the same elements once it is written anew.
#include <cstdint>
#include <cstdlib>

#include "base/random.hpp"
#include "data/listpack.hpp"

namespace replserver {
namespace {

void expect(bool condition) {
  if (!condition) std::abort();
}

Words texts_of(ListpackView view) {
  Words texts;
  for (const PackedElement element : view) texts.push_back(element.copy());
  return texts;
}

void expect_readable(ListpackView view) {
  const Words forwards = texts_of(view);
  expect(view.count() == forwards.size());
  std::size_t index = forwards.size();
  for (auto at = view.end(); at != view.begin();) expect((*--at).copy() == forwards[--index]);
  expect(index == 0);
  for (const Bytes& text : forwards) expect((*view.find(text)).copy() == text);
  expect(view.at(static_cast<std::ptrdiff_t>(forwards.size())) == view.end());
}

void expect_editable(ListpackView view, Random& random) {
  Arena arena;
  Listpack edited = Listpack::copy_of(arena, view);
  Words model = texts_of(view);
  for (int step = 0; step < 20; ++step) {
    const std::size_t index = random.below(model.size() + 1);
    const auto place = edited.view().at(static_cast<std::ptrdiff_t>(index));
    const auto model_place = model.begin() + static_cast<std::ptrdiff_t>(index);
    const Bytes text(random.below(200), static_cast<char>('0' + random.below(10)));
    if (index == model.size() || random.below(3) == 0) {
      edited.insert(place, text);
      model.insert(model_place, text);
    } else if (random.below(2) == 0) {
      edited.replace(place, text);
      *model_place = text;
    } else {
      edited.erase(place);
      model.erase(model_place);
    }
    if (random.below(3) == 0) edited = Listpack::adopt(arena, edited.release());
  }
  expect(texts_of(edited.view()) == model);
  expect(ListpackView::check(edited.view().bytes(), PackedCheck::whole).has_value());
}

void expect_rewritable(ListpackView view) {
  Arena arena;
  Listpack anew(arena);
  for (const Bytes& text : texts_of(view)) anew.append(text);
  expect(texts_of(anew.view()) == texts_of(view));
  expect(anew.view().size() <= view.size());  // nothing shorter holds the same
}

}  // namespace
}  // namespace replserver

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  if (size < 2) return 0;
  // The first byte chooses the check, the second seeds the changes.
  const ByteView bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  const auto view = ListpackView::check(bytes, PackedCheck::whole, data[0] % 4);
  (void)ListpackView::check(bytes, PackedCheck::header);
  if (!view) return 0;
  Random random(data[1]);
  expect_readable(*view);
  expect_editable(*view, random);
  expect_rewritable(*view);
  return 0;
}
