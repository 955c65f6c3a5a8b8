// name_thread — so that `top -H`, a debugger and a report of leaks can tell whose thread it is.
//
// Whoever makes a thread names it: it has its name before it first runs.
#pragma once

#include <pthread.h>

#include <thread>

#include "base/bytes.hpp"

namespace replserver::net {

// The kernel keeps 15 characters: "rs-node:65535" has its place.
inline void name_thread(std::thread& thread, const Bytes& name) {
  ::pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
}

}  // namespace replserver::net
