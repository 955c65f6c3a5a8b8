// Dialer — connections that a node asked for, until they are made or have failed.
//
//   dial(link) ──> resolve ──> connect ──> opened(link, socket)      cancel(link): neither is said
//                     └───────────┴──────> failed(link, why)
//
// Runs on the driver's thread; only a name that is no address is looked up elsewhere, by Asio.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <functional>
#include <map>
#include <memory>

#include "node/effects.hpp"
#include "node/session.hpp"

namespace replserver::net {

class Dialer {
 public:
  using Opened = std::function<void(LinkId link, int socket, Peer peer)>;
  using Failed = std::function<void(LinkId link, const Bytes& why)>;

  Dialer(asio::io_context& io, Opened opened, Failed failed);

  // `source`: the address to dial from, any when empty. Nothing is told before this has returned.
  void dial(const Dial& what, const Bytes& source, int keepalive_seconds);
  void cancel(LinkId link) { attempts_.erase(link); }
  void cancel_all() { attempts_.clear(); }

 private:
  struct Attempt {
    explicit Attempt(asio::io_context& io) : resolver(io), socket(io) {}
    asio::ip::tcp::resolver resolver;
    asio::ip::tcp::socket socket;
    Bytes source;
    int keepalive_seconds = 0;
  };

  void connect(LinkId link, Attempt& attempt, const asio::ip::tcp::endpoint& to);
  void fail(LinkId link, const asio::error_code& error);

  asio::io_context& io_;
  Opened opened_;
  Failed failed_;
  std::map<LinkId, std::unique_ptr<Attempt>> attempts_;
};

}  // namespace replserver::net
