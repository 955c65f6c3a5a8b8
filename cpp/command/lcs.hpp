// LCS — the longest common subsequence of two strings: itself, its length, or where it lies in both.
#pragma once

#include "command/command.hpp"

namespace replserver {

void lcs(Context& context, Args args);

}  // namespace replserver
