// Any bytes are refused, or an intset that agrees with a std::set of its values, also when changed.
#include <cstdint>
#include <cstdlib>
#include <set>

#include "data/intset.hpp"

namespace replserver {
namespace {

void expect(bool condition) {
  if (!condition) std::abort();
}

void expect_same(IntsetView view, const std::set<std::int64_t>& model) {
  expect(view.count() == model.size());
  std::size_t index = 0;
  for (const std::int64_t value : model) {
    expect(view.contains(value) && view.lower_bound(value) == index);
    expect(view.at(index++) == value);
  }
}

}  // namespace
}  // namespace replserver

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  if (size < 1) return 0;
  const ByteView bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  (void)IntsetView::check(bytes, PackedCheck::header);
  const auto view = IntsetView::check(bytes, PackedCheck::whole);
  if (!view) return 0;
  std::set<std::int64_t> model;
  for (std::size_t index = 0; index < view->count(); ++index) model.insert(view->at(index));
  expect_same(*view, model);

  Arena arena;
  Random random(data[0]);
  Intset edited = Intset::copy_of(arena, *view);
  for (int step = 0; step < 30; ++step) {
    const bool known = !model.empty() && random.below(2) == 0;
    const auto shift = static_cast<unsigned>(random.below(64));
    const std::int64_t value =
        known ? edited.view().random(random) : static_cast<std::int64_t>(random.next()) >> shift;
    if (random.below(2) == 0) {
      expect(edited.add(value) == model.insert(value).second);
    } else {
      expect(edited.remove(value) == (model.erase(value) == 1));
    }
    if (random.below(3) == 0) edited = Intset::adopt(arena, edited.release());
  }
  expect_same(edited.view(), model);
  return 0;
}
