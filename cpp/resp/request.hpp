// Commands as they go over a wire: the form of every replicated command, and of all that a replica
// says to its primary.
#pragma once

#include <initializer_list>
#include <span>

#include "base/bytes.hpp"

namespace replserver {

// Appends words as a RESP multibulk.
void append_command(Bytes& out, std::initializer_list<ByteView> words);
void append_command(Bytes& out, std::span<const ByteView> words);

}  // namespace replserver
