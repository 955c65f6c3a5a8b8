#include "net/listeners.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <asio/ip/v6_only.hpp>
#include <cerrno>

#include "net/sockets.hpp"

namespace replserver::net {
namespace {

using asio::ip::tcp;
using asio::local::stream_protocol;

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

Bytes address_of(const Bytes& word) {
  if (word == "*") return "0.0.0.0";
  if (word == "::*") return "::";
  return word;
}

}  // namespace

Listeners::Listeners(asio::io_context& io, Accepted accepted)
    : io_(io), accepted_(std::move(accepted)) {}

Listeners::~Listeners() { close(); }

// A child that our process has forked holds every socket, too, as long as it lives: shut down, none
// of them takes connections any more.
Listeners::Tcp::~Tcp() { ::shutdown(acceptor.native_handle(), SHUT_RDWR); }

Listeners::Unix::~Unix() {
  ::shutdown(acceptor.native_handle(), SHUT_RDWR);
  ::unlink(path.c_str());
}

void Listeners::close() {
  tcp_.clear();
  unix_.reset();
}

std::optional<Error> Listeners::listen(const NodeConfig& config) {
  auto port = static_cast<std::uint16_t>(config.port);
  // What we listen at already cannot be bound a second time, and must not be missing for a moment.
  const bool same_port = port != 0 && port == port_;
  std::vector<Bytes> kept;
  std::vector<std::unique_ptr<Tcp>> opened;
  for (const Bytes& word : config.bind) {
    const bool optional = word.starts_with('-');
    const Bytes address = address_of(optional ? word.substr(1) : word);
    if (same_port && listens_at(address)) {
      kept.push_back(address);
    } else if (auto error = open_address(address, optional, config.tcp_backlog, opened, port)) {
      return error;
    }
  }
  if (opened.empty() && kept.empty() && !config.bind.empty()) {
    return Error{Error::Kind::io,
                 "Failed listening on port " + std::to_string(config.port) + " (tcp): no address"};
  }
  std::erase_if(tcp_, [&](const auto& listener) {
    return std::find(kept.begin(), kept.end(), listener->address) == kept.end();
  });
  for (auto& listener : opened) {
    accept(*listener);
    tcp_.push_back(std::move(listener));
  }
  port_ = port;
  keepalive_seconds_ = config.tcp_keepalive;
  return open_unix(config);
}

bool Listeners::listens_at(const Bytes& address) const {
  return std::any_of(tcp_.begin(), tcp_.end(),
                     [&](const auto& listener) { return listener->address == address; });
}

std::optional<Error> Listeners::open_address(const Bytes& address, bool optional, int backlog,
                                             std::vector<std::unique_ptr<Tcp>>& into,
                                             std::uint16_t& port) {
  asio::error_code error;
  tcp::resolver resolver(io_);
  const auto found =
      resolver.resolve(address, std::to_string(port),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (!error) {
    auto listener = std::make_unique<Tcp>(io_, address);
    tcp::endpoint endpoint = *found.begin();
    endpoint.port(port);
    tcp::acceptor& acceptor = listener->acceptor;
    acceptor.open(endpoint.protocol(), error);
    close_on_exec(acceptor.native_handle());
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(backlog, error);
    if (!error) {
      port = acceptor.local_endpoint().port();
      into.push_back(std::move(listener));
      return std::nullopt;
    }
  }
  const bool unavailable = error == asio::error::address_family_not_supported ||
                           error.value() == EADDRNOTAVAIL || error.value() == EPFNOSUPPORT ||
                           error.value() == EPROTONOSUPPORT || error.value() == EAFNOSUPPORT;
  if (optional && (unavailable || error.category() != asio::system_category())) return std::nullopt;
  return Error{Error::Kind::io, "Could not create server TCP listening socket " + address + ":" +
                                    std::to_string(port) + ": bind: " + error.message()};
}

std::optional<Error> Listeners::open_unix(const NodeConfig& config) {
  if (unix_ && unix_->path == config.unixsocket) return std::nullopt;
  unix_.reset();
  if (config.unixsocket.empty()) return std::nullopt;

  ::unlink(config.unixsocket.c_str());
  auto listener = std::make_unique<Unix>(io_, config.unixsocket);
  asio::error_code error;
  listener->acceptor.open(stream_protocol(), error);
  close_on_exec(listener->acceptor.native_handle());
  if (!error) listener->acceptor.bind(stream_protocol::endpoint(config.unixsocket), error);
  if (!error) listener->acceptor.listen(config.tcp_backlog, error);
  if (!error && config.unixsocketperm != 0 &&
      ::chmod(config.unixsocket.c_str(), static_cast<mode_t>(config.unixsocketperm)) != 0) {
    error = asio::error_code(errno, asio::system_category());
  }
  if (error) {
    return Error{Error::Kind::io, "Failed opening Unix socket: bind: " + error.message()};
  }
  unix_ = std::move(listener);
  accept(*unix_);
  return std::nullopt;
}

template <class Listener>
void Listeners::accept_later(Listener& listener) {
  listener.retry.expires_after(kAcceptRetry);
  listener.retry.async_wait([this, &listener](const asio::error_code& error) {
    if (!error) accept(listener);
  });
}

void Listeners::accept(Tcp& listener) {
  listener.acceptor.async_accept(
      [this, &listener](const asio::error_code& error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;  // closed: the listener is gone
        if (error) return accept_later(listener);
        Peer peer;
        const int descriptor = release(std::move(socket), keepalive_seconds_, peer);
        accepted_(descriptor, std::move(peer));
        accept(listener);
      });
}

void Listeners::accept(Unix& listener) {
  listener.acceptor.async_accept(
      [this, &listener](const asio::error_code& error, stream_protocol::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (error) return accept_later(listener);
        asio::error_code ignored;
        socket.non_blocking(true, ignored);
        const int descriptor = socket.release(ignored);
        close_on_exec(descriptor);
        Peer peer;
        peer.address = peer.local_address = listener.path + ":0";
        peer.is_unix = true;
        peer.descriptor = descriptor;
        accepted_(descriptor, std::move(peer));
        accept(listener);
      });
}

std::vector<Bytes> Listeners::describe() const {
  std::vector<Bytes> lines;
  for (const auto& listener : tcp_) {
    lines.push_back("name=tcp,bind=" + listener->address + ",port=" + std::to_string(port_));
  }
  if (unix_) lines.push_back("name=unix,bind=" + unix_->path + ",port=0");
  return lines;
}

}  // namespace replserver::net
