// Mutant — a bug that servers had, or that one could have, to be put back where our code avoids it.
//
//   if (wanted.offset > offset() && !mutated(Mutant::resumes_past_the_end)) return Sync::full;
//
// One test program compiles the files with such places a second time, brings one mutant to life in
// each run, and expects the checks to find it: a check that finds none is not yet a check. Everywhere
// else mutated() is false to the compiler, and nothing of this is left in what it makes.
#pragma once

#include <cstdint>

namespace replserver {

enum class Mutant : std::uint8_t {
  none,

  // Who may resume.
  refuses_the_end,                 // a replica that lacks nothing
  refuses_the_beginning,           // one that lacks all that the backlog holds
  resumes_past_the_end,            // one that has bytes we never wrote
  forgets_the_former_history,      // at a promotion
  shares_one_byte_too_many,        // of the former history
  former_history_never_ends,       // what was written since the two parted is shared, too
  shares_history_after_full_sync,  // with those that knew the data from before it
  keeps_its_name_when_promoted,    // one history is written by two

  // The place in the history.
  takes_position_before_data,        // as soon as a full sync is announced
  keeps_position_after_failed_load,  // of data that were flushed for it
  moves_offset_inside_multi,
  hands_on_half_transactions,  // whose EXEC never came
  counts_no_getack,
  forgets_last_ping,  // when it follows another one
  saves_an_older_position,

  // The database of the stream.
  repeats_no_select,             // after a full sync
  forgets_the_streams_database,  // at a restart

  // Data and acknowledgements.
  expires_on_replicas,
  tells_nobody_of_expiry,
  shows_expired_keys_of_replicas,
  skips_writes_during_a_full_sync,
  hands_on_relative_expiry,  // which begins anew wherever it is executed
  hands_on_random_draws,
  counts_closed_replicas,
  takes_sent_for_acknowledged,

  count,  // of the above
};

#ifdef REPLSERVER_MUTANTS
inline namespace with_mutants {
bool mutated(Mutant mutant);  // the test program says which one lives
}
#else
constexpr bool mutated(Mutant) { return false; }
#endif

}  // namespace replserver
