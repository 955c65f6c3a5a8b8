// What every socket of ours is told, and how its ends are written.
#pragma once

#include <asio/ip/tcp.hpp>

#include "node/session.hpp"

namespace replserver::net {

Bytes text_of(const asio::ip::tcp::endpoint& endpoint);  // "127.0.0.1:7000", "[::1]:7000"
// A program that our process starts is no business of our sockets'. Asio does not say so to the kernel.
void close_on_exec(int socket);
void keep_alive(int socket, int seconds);
void gather_writes(int socket);  // small ones wait for more: the opposite of TCP_NODELAY
// Takes a connected socket out of Asio's hands, ready for a HotSet.
int release(asio::ip::tcp::socket socket, int keepalive_seconds, Peer& peer);

}  // namespace replserver::net
