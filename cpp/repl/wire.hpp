// The words that primary and replica exchange besides commands: how positions and snapshots are
// announced. The wire names the next byte wanted, one more than the bytes gone by: that +1 exists here
// and nowhere else.
#pragma once

#include <optional>

#include "repl/position.hpp"

namespace replserver::wire {

inline constexpr std::size_t kHistoryIdSize = 40;
inline constexpr std::size_t kMarkSize = 40;  // ends a payload whose size is not known ahead

Bytes next_byte(Offset offset);  // as a PSYNC request and INFO's second_repl_offset give it
// "PSYNC <id> <next byte>": nothing when the numbers make no sense ("? -1" among them).
std::optional<Position> read_request(ByteView id, ByteView next_byte);

Bytes full_resync(const Position& position);  // "+FULLRESYNC <id> <offset>\r\n"
// Of a reply to PSYNC, without its line end.
bool is_full_resync(ByteView line);
std::optional<Position> read_full_resync(ByteView line);
Bytes continues(ByteView id);  // "+CONTINUE <id>\r\n"; an empty id: "+CONTINUE\r\n"
bool is_continue(ByteView line);
// The id of a "+CONTINUE <id>"; nothing when it names none.
std::optional<HistoryId> read_continue(ByteView line);

}  // namespace replserver::wire
