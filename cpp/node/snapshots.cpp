#include "node/snapshots.hpp"

#include <algorithm>

namespace replserver {
namespace {

constexpr Snapshot::Budget kBetweenLooks{.entries = 16, .bytes = 4 * 1024};
// Without a meter a slice is so much, and counts as this long.
constexpr Snapshot::Budget kUnmeteredSlice{};
constexpr std::uint64_t kUnmeteredNanoseconds = 100'000;
constexpr Snapshot::Budget kSlowedSlice{.entries = 16};

}  // namespace

std::optional<Snapshots::Id> Snapshots::start(Keyspace& keyspace, std::vector<SnapshotSink*> sinks,
                                              Progress progress) {
  std::unique_ptr<Snapshot> snapshot = keyspace.start_snapshot(std::move(sinks));
  if (snapshot == nullptr) return std::nullopt;
  const Id id{++last_id_};
  runs_.push_back({id, std::move(snapshot), std::move(progress)});
  return id;
}

void Snapshots::abort(Id id) {
  runs_.remove_if([&](const Run& run) { return run.id == id; });
}

Snapshot* Snapshots::find(Id id) {
  const auto run =
      std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) { return run.id == id; });
  return run == runs_.end() ? nullptr : run->snapshot.get();
}

void Snapshots::drained() {
  for (Run& run : runs_) run.window_is_full = false;
}

bool Snapshots::can_go_on() const {
  return std::any_of(runs_.begin(), runs_.end(),
                     [](const Run& run) { return !run.window_is_full; });
}

Instant Snapshots::due() const { return can_go_on() ? due_ : kNever; }

Snapshot::Pause Snapshots::walk(Snapshot& snapshot, Duration slice) const {
  if (is_slowed_) return snapshot.walk(kSlowedSlice);
  if (meter_ == nullptr) return snapshot.walk(kUnmeteredSlice);
  const std::uint64_t enough = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(slice).count());
  const std::uint64_t started = meter_();
  Snapshot::Pause pause;
  do {
    pause = snapshot.walk(kBetweenLooks);
  } while (pause == Snapshot::Pause::budget && meter_() - started < enough);
  return pause;
}

void Snapshots::work(Instant now, const Pace& pace) {
  const auto next =
      std::find_if(runs_.begin(), runs_.end(), [](const Run& run) { return !run.window_is_full; });
  if (next == runs_.end()) return;
  runs_.splice(runs_.end(), runs_, next);  // the others before it is its turn again
  Run& run = runs_.back();

  is_slowed_ = pace.per_key > Duration();
  const std::uint64_t told = run.snapshot->told();
  const std::uint64_t started = meter_ != nullptr ? meter_() : 0;
  const Snapshot::Pause pause = walk(*run.snapshot, pace.slice);
  const std::uint64_t took = meter_ != nullptr ? meter_() - started : kUnmeteredNanoseconds;
  ++slices_;
  nanoseconds_ += took;
  const auto share = static_cast<std::uint64_t>(pace.cpu_share);
  due_ = now + std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(took * 100 / share)) +
         pace.per_key * static_cast<std::int64_t>(run.snapshot->told() - told);

  run.window_is_full = pause == Snapshot::Pause::window;
  const Progress progress = run.progress;  // it may abort the run
  if (pause != Snapshot::Pause::finished) return progress(Step::more);
  std::list<Run> over;  // gone from runs_ before its owner hears of it
  over.splice(over.end(), runs_, std::prev(runs_.end()));
  progress(Step::last);
}

}  // namespace replserver
