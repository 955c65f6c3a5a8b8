// Has a cache line fetched from memory ahead of its use.
//
// __builtin_prefetch alone is not enough: g++ 12 takes a function that does nothing else for one
// without effects, and leaves its calls out. A lookup in a big table then costs two cache misses.
#pragma once

namespace replserver {

inline void prefetch_line(const void* address) {
#if defined(__x86_64__)
  asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char*>(address)));
#elif defined(__aarch64__)
  asm volatile("prfm pldl1keep, %0" : : "Q"(*static_cast<const char*>(address)));
#else
  __builtin_prefetch(address);
#endif
}

}  // namespace replserver
