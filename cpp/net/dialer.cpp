#include "net/dialer.hpp"

#include <asio/post.hpp>

#include "net/sockets.hpp"

namespace replserver::net {

using asio::ip::tcp;

Dialer::Dialer(asio::io_context& io, Opened opened, Failed failed)
    : io_(io), opened_(std::move(opened)), failed_(std::move(failed)) {}

void Dialer::dial(const Dial& what, const Bytes& source, int keepalive_seconds) {
  const LinkId link = what.link;
  Attempt& attempt = *(attempts_[link] = std::make_unique<Attempt>(io_));
  attempt.source = source;
  attempt.keepalive_seconds = keepalive_seconds;
  asio::error_code error;
  const auto address = asio::ip::make_address(what.endpoint.host, error);
  if (!error) return connect(link, attempt, tcp::endpoint(address, what.endpoint.port));
  attempt.resolver.async_resolve(
      what.endpoint.host, std::to_string(what.endpoint.port),
      [this, link](const asio::error_code& error, const tcp::resolver::results_type& found) {
        const auto attempt = attempts_.find(link);
        if (attempt == attempts_.end()) return;  // cancelled
        if (error) return fail(link, error);
        connect(link, *attempt->second, *found.begin());
      });
}

void Dialer::connect(LinkId link, Attempt& attempt, const tcp::endpoint& to) {
  asio::error_code error;
  attempt.socket.open(to.protocol(), error);
  if (!error) close_on_exec(attempt.socket.native_handle());
  if (!error && !attempt.source.empty()) {
    const auto source = asio::ip::make_address(attempt.source, error);
    if (!error) attempt.socket.bind(tcp::endpoint(source, 0), error);
  }
  if (error) {
    asio::post(io_, [this, link, error] { fail(link, error); });
    return;
  }
  attempt.socket.async_connect(to, [this, link](const asio::error_code& error) {
    auto attempt = attempts_.extract(link);
    if (attempt.empty()) return;  // cancelled
    if (error) return failed_(link, error.message());
    Peer peer;
    const int socket =
        release(std::move(attempt.mapped()->socket), attempt.mapped()->keepalive_seconds, peer);
    opened_(link, socket, std::move(peer));
  });
}

void Dialer::fail(LinkId link, const asio::error_code& error) {
  if (attempts_.erase(link) > 0) failed_(link, error.message());
}

}  // namespace replserver::net
