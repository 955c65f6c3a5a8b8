// How commands reach a hash whose fields may have expired.
//
// A primary takes an expired field away as soon as a command names it, tells its replicas, and goes
// on as if it had never been there. A replica hides it from its clients, and shows it to its
// primary, which will say when it is gone.
#pragma once

#include "command/context.hpp"
#include "data/hash.hpp"

namespace replserver {

// What a command names: every step-th word from the first on.
struct FieldWords {
  Args words;
  std::size_t step = 1;
};

// The hash, nullptr or WRONGTYPE, without those of the named fields that have expired.
Result<const Entry*> find_hash(Context& context, ByteView key, const FieldWords& fields);
Result<const Entry*> find_hash_to_change(Context& context, ByteView key, const FieldWords& fields);

inline HashView view_of(const Context& context, const Entry& entry) {
  return HashView(entry, context.from_primary ? HashView::kHidesNothing : context.now_ms());
}

inline void reply_element(resp::Writer& reply, const PackedElement& element) {
  if (element.is_integer()) return reply.bulk_integer(element.integer());
  reply.bulk(element.bytes());
}

}  // namespace replserver
