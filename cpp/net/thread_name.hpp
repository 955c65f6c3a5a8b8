// named — so that `top -H`, a debugger and a report of leaks can tell whose thread it is.
#pragma once

#include <pthread.h>

#include <thread>

#include "base/bytes.hpp"

namespace replserver::net {

// By whoever starts it, so that it has its name before anybody can look. The kernel keeps 15
// characters: "rs-node:65535" has its place.
inline std::thread named(const Bytes& name, std::thread thread) {
  ::pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
  return thread;
}

}  // namespace replserver::net
