#include "net/sockets.hpp"

#include <fcntl.h>
#include <netinet/tcp.h>

#include <algorithm>

namespace replserver::net {

using asio::ip::tcp;

Bytes text_of(const tcp::endpoint& endpoint) {
  const Bytes address = endpoint.address().to_string();
  const Bytes port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

void close_on_exec(int socket) { ::fcntl(socket, F_SETFD, FD_CLOEXEC); }

void keep_alive(int socket, int seconds) {
  if (seconds <= 0) return;
  const int on = 1, interval = std::max(1, seconds / 3), count = 3;
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

void gather_writes(int socket) {
  const int off = 0;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &off, sizeof off);
}

int release(tcp::socket socket, int keepalive_seconds, Peer& peer) {
  asio::error_code ignored;
  const tcp::endpoint remote = socket.remote_endpoint(ignored);
  const tcp::endpoint local = socket.local_endpoint(ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
  const int descriptor = socket.release(ignored);
  close_on_exec(descriptor);
  keep_alive(descriptor, keepalive_seconds);
  peer.address = text_of(remote);
  peer.local_address = text_of(local);
  peer.is_local = remote.address().is_loopback();
  peer.descriptor = descriptor;
  return descriptor;
}

}  // namespace replserver::net
