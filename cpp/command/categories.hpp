// The ACL categories of a command: those that its row names and those that follow from its flags.
// COMMAND INFO shows them, COMMAND LIST filters by them, ACL rules are made of them.
#pragma once

#include <cstdint>
#include <span>

#include "command/command.hpp"

namespace replserver {

// Nobody writes these into a row; they follow from its flags.
enum DerivedCategory : std::uint32_t {
  kReadCategory = 1u << 16,
  kWriteCategory = 1u << 17,
  kPubsubCategory = 1u << 18,
  kFastCategory = 1u << 19,
  kSlowCategory = 1u << 20,  // whatever is not fast
  kBlockingCategory = 1u << 21,
};

struct NamedCategory {
  ByteView name;      // "sortedset", without the @
  std::uint32_t bit;  // of Category or DerivedCategory
};

std::span<const NamedCategory> all_categories();  // in the order in which replies show them
std::uint32_t category_named(ByteView name);      // in any case; 0: there is none
std::uint32_t acl_categories(const Command& command);

}  // namespace replserver
