#pragma once

#include <cstdio>
#include <cstdlib>

// On in every build: a node that no longer understands its own state must stop before it tells its
// replicas. For our mistakes only; what a peer or a client can cause is an Error.
#define RS_ASSERT(condition)                                                                       \
  do {                                                                                             \
    if (!(condition)) [[unlikely]] {                                                               \
      std::fprintf(stderr, "%s:%d: assertion failed: %s\n", __FILE__, __LINE__, #condition);       \
      std::abort();                                                                                \
    }                                                                                              \
  } while (false)
