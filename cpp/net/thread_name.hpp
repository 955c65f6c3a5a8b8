// name_this_thread — so that `top -H`, a debugger and a report of leaks can tell whose thread it is.
#pragma once

#include <pthread.h>

#include "base/bytes.hpp"

namespace replserver::net {

// The kernel keeps 15 characters: "rs-node:65535" has its place.
inline void name_this_thread(const Bytes& name) {
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
}

}  // namespace replserver::net
