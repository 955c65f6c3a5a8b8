#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace replserver {

using Bytes = std::string;          // owned, binary safe
using ByteView = std::string_view;  // borrowed: valid until its owner next changes
using Words = std::vector<Bytes>;   // one command, name first

}  // namespace replserver
