// Listeners — the addresses at which a node takes connections: bind × port, and a unix socket.
//
// Owned by a Driver. Listening anew keeps the old sockets when the new ones cannot be had.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "node/config.hpp"
#include "node/session.hpp"

namespace replserver::net {

class Listeners {
 public:
  // A new connection: its socket, non-blocking and now the caller's, and who is there.
  using Accepted = std::function<void(int socket, Peer peer)>;

  Listeners(asio::io_context& io, Accepted accepted);
  ~Listeners();

  // The error names the address. Port 0 takes a free one, the same for all addresses.
  std::optional<Error> listen(const NodeConfig& config);
  void close();

  std::uint16_t port() const { return port_; }
  std::vector<Bytes> describe() const;  // for INFO: "name=tcp,bind=127.0.0.1,port=7000"

 private:
  struct Tcp {
    Tcp(asio::io_context& io, Bytes where) : acceptor(io), address(std::move(where)), retry(io) {}
    ~Tcp();
    asio::ip::tcp::acceptor acceptor;
    Bytes address;
    asio::steady_timer retry;  // out of descriptors: accepts later
  };
  struct Unix {
    Unix(asio::io_context& io, Bytes where) : acceptor(io), path(std::move(where)), retry(io) {}
    ~Unix();
    asio::local::stream_protocol::acceptor acceptor;
    Bytes path;
    asio::steady_timer retry;
  };

  bool listens_at(const Bytes& address) const;
  std::optional<Error> open_address(const Bytes& address, bool optional, int backlog,
                                    std::vector<std::unique_ptr<Tcp>>& into, std::uint16_t& port);
  std::optional<Error> open_unix(const NodeConfig& config);
  void accept(Tcp& tcp);
  void accept(Unix& local);
  template <class Listener>
  void accept_later(Listener& listener);  // out of descriptors: not in a tight loop

  asio::io_context& io_;
  Accepted accepted_;
  std::vector<std::unique_ptr<Tcp>> tcp_;
  std::unique_ptr<Unix> unix_;
  std::uint16_t port_ = 0;
  int keepalive_seconds_ = 0;
};

}  // namespace replserver::net
