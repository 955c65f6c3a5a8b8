// BoundPending — a net::Pending, and whose it is.
#pragma once

#include <memory>

#include "base/bytes.hpp"
#include "net/pending.hpp"

namespace replserver {

struct BoundPending {
  Bytes node;
  std::shared_ptr<net::Pending> pending;
};

}  // namespace replserver
