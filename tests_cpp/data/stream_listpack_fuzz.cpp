// Any bytes are refused, or a node of a stream as an RDB file has it: a node of ours that is made of
// it tells the same entries, and so does what that one is written as.
#include <cstdint>
#include <cstdlib>

#include "data/stream_listpack.hpp"

namespace replserver {
namespace {

void expect(bool condition) {
  if (!condition) std::abort();
}

struct Told {
  StreamId id;
  bool is_deleted;
  Words words;
  bool operator==(const Told&) const = default;
};

std::vector<Told> told_by(const StreamListpackView& node) {
  std::vector<Told> all;
  for (auto at = node.begin(); at != node.end();) {
    const StreamListpackView::Entry entry = node.entry(at);
    all.push_back({entry.id, entry.is_deleted, {}});
    auto name = node.first_name(), value = entry.values;
    for (std::size_t field = 0; field < entry.fields; ++field) {
      all.back().words.push_back(entry.has_own_names ? (*value++).copy() : (*name++).copy());
      all.back().words.push_back((*value++).copy());
    }
    at = entry.behind();
  }
  return all;
}

std::vector<Told> told_by(const StreamNodeView& node) {
  std::vector<Told> all;
  node.walk([&](const StreamEntry& entry) {
    all.push_back({entry.id, entry.is_deleted, {}});
    entry.for_each_field([&](const PackedElement& name, const PackedElement& value) {
      all.back().words.push_back(name.copy());
      all.back().words.push_back(value.copy());
    });
    return true;
  });
  return all;
}

void expect_removable(StreamNode& node) {
  const std::size_t live = node.view().live();
  std::size_t removed = 0;
  node.view().walk([&](const StreamEntry& entry) {
    if (entry.is_deleted) return true;
    node.remove(entry);
    ++removed;
    return true;
  });
  expect(removed == live && node.view().live() == 0);
}

}  // namespace
}  // namespace replserver

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  if (size < 2) return 0;
  const StreamId first{data[0], data[1] < 128 ? data[1] : UINT64_MAX - data[1]};
  // Most bytes are no listpack: its frame is put around them, and only they are left to chance.
  Bytes bytes(6, '\0');
  bytes.append(reinterpret_cast<const char*>(data + 2), size - 2);
  bytes.push_back('\xff');
  const auto total = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(bytes.data(), &total, sizeof total);
  bytes[4] = bytes[5] = '\xff';  // too many to tell
  const auto view = ListpackView::check(bytes, PackedCheck::whole);
  if (!view || !StreamListpackView::check(*view)) return 0;
  const StreamListpackView node(first, bytes.data());
  const std::vector<Told> told = told_by(node);
  Arena arena;
  StreamNode ours = stream_node_of(arena, node);
  expect(told_by(ours.view()) == told);
  expect(ours.view().live() == node.live() && ours.view().deleted() == node.deleted());
  const Bytes again = stream_listpack_of(ours.view());
  expect(again.size() == ours.view().packed_size());
  const auto view_again = ListpackView::check(again, PackedCheck::whole);
  expect(view_again.has_value() && StreamListpackView::check(*view_again).has_value());
  expect(told_by(StreamListpackView(first, again.data())) == told);
  expect_removable(ours);
  return 0;
}
