#include "command/categories.hpp"

#include "base/ascii.hpp"

namespace replserver {
namespace {

constexpr NamedCategory kCategories[] = {
    {"keyspace", kKeyspaceCategory},
    {"read", kReadCategory},
    {"write", kWriteCategory},
    {"set", kSetCategory},
    {"sortedset", kSortedSetCategory},
    {"list", kListCategory},
    {"hash", kHashCategory},
    {"string", kStringCategory},
    {"bitmap", kBitmapCategory},
    {"hyperloglog", kHyperLogLogCategory},
    {"geo", kGeoCategory},
    {"stream", kStreamCategory},
    {"pubsub", kPubsubCategory},
    {"admin", kAdminCategory},
    {"fast", kFastCategory},
    {"slow", kSlowCategory},
    {"blocking", kBlockingCategory},
    {"dangerous", kDangerousCategory},
    {"connection", kConnectionCategory},
    {"transaction", kTransactionCategory},
    {"scripting", kScriptingCategory},
};

}  // namespace

std::span<const NamedCategory> all_categories() { return kCategories; }

std::uint32_t category_named(ByteView name) {
  for (const NamedCategory& category : kCategories) {
    if (equal_ignoring_case(category.name, name)) return category.bit;
  }
  return 0;
}

std::uint32_t acl_categories(const Command& command) {
  const std::uint32_t flags = command.flags;
  std::uint32_t categories = command.categories;
  // A script that only reads is no @read: it runs code, and who may read need not be allowed that.
  if ((flags & kReadonly) && !(categories & kScriptingCategory)) categories |= kReadCategory;
  if (flags & kWrite) categories |= kWriteCategory;
  if (flags & kAdmin) categories |= kAdminCategory | kDangerousCategory;
  if (flags & kPubsub) categories |= kPubsubCategory;
  if (flags & kBlocking) categories |= kBlockingCategory;
  return categories | (flags & kFast ? kFastCategory : kSlowCategory);
}

}  // namespace replserver
