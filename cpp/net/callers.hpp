// Callers — the threads of this process as clients of the node: sessions without a socket, whose commands
// may block as those of any client, and wishes that come true one day.
//
//   ask() ──> received … turn ──> (effects) ──> flush() collects ──> answered: the promise is kept
//   wish() ──> asked anew after every input ──────────────────────> it holds: the promise is kept
//
// A session executes one command after the other. Owned by the Driver, on whose thread it lives.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "net/clock.hpp"
#include "net/pending.hpp"
#include "node/node.hpp"

namespace replserver::net {

class Callers {
 public:
  Callers(Node& node, const Clock& clock) : node_(node), clock_(clock) {}

  LinkId open();
  void close(LinkId link);
  void ask(LinkId link, Words words, Promise promise);  // in a session that open() made
  void ask(Words words, Promise promise);               // in one that ends with this command
  void wish(ReplicationWish wish, Promise promise);

  void flush(LinkId link);    // takes what the node has for it, if it is one of ours
  void hung_up(LinkId link);  // the node has forgotten it
  // After an input's effects are carried out. True: there are more effects now.
  bool serve();
  void abandon();  // nothing will come any more: whoever waits is told so

 private:
  struct Asked {
    Words words;
    Promise promise;
  };
  struct Session {
    std::deque<Asked> asked;  // the first one may be executing
    bool executing = false, ends = false;
    Bytes reply;
  };
  struct Wished {
    ReplicationWish wish;
    Promise promise;
  };

  void enqueue(LinkId link, Session& session, Words words, Promise promise);
  void collect(LinkId link, Session& session);
  bool serve(LinkId link, Session& session);
  void grant();

  Node& node_;
  const Clock& clock_;
  std::map<LinkId, Session> sessions_;
  std::size_t busy_ = 0;  // commands that are not answered yet
  std::vector<Wished> wishes_;
};

}  // namespace replserver::net
