#include "net/callers.hpp"

namespace replserver::net {

LinkId Callers::open() {
  const LinkId link = node_.accepted_in_process(clock_.now());
  sessions_.emplace(link, Session{});
  return link;
}

void Callers::close(LinkId link) {
  if (!sessions_.contains(link)) return;
  hung_up(link);
  node_.closed(link, clock_.now());
}

void Callers::ask(LinkId link, Words words, Promise promise) {
  const auto found = sessions_.find(link);
  if (found == sessions_.end()) return;  // it has ended: the promise is broken
  enqueue(link, found->second, std::move(words), std::move(promise));
}

void Callers::ask(Words words, Promise promise) {
  const LinkId link = open();
  Session& session = sessions_.at(link);
  session.ends = true;
  enqueue(link, session, std::move(words), std::move(promise));
}

void Callers::enqueue(LinkId link, Session& session, Words words, Promise promise) {
  session.asked.push_back({std::move(words), std::move(promise)});
  ++busy_;
  serve(link, session);
}

void Callers::wish(ReplicationWish wish, Promise promise) {
  if (node_.holds(wish)) {
    return promise.keep({.reply = {}, .status = node_.replication(clock_.now())});
  }
  // They tell it every second by themselves.
  if (wish.acknowledged) node_.ask_for_acknowledgements(clock_.now());
  wishes_.push_back({std::move(wish), std::move(promise)});
}

void Callers::flush(LinkId link) {
  const auto found = sessions_.find(link);
  // What it is told while it blocks, such as messages, is for the node to count and to limit.
  if (found != sessions_.end() && !node_.is_suspended(link)) collect(link, found->second);
}

void Callers::collect(LinkId link, Session& session) {
  std::vector<ByteView> pieces;
  while (node_.has_output(link)) {
    pieces.clear();
    node_.output(link, pieces);
    std::size_t size = 0;
    for (const ByteView piece : pieces) {
      // What is told to a session that has asked for nothing, such as a message, nobody reads.
      if (session.executing) session.reply += piece;
      size += piece.size();
    }
    node_.sent(link, size, clock_.now());
  }
}

void Callers::hung_up(LinkId link) {
  const auto found = sessions_.find(link);
  if (found == sessions_.end()) return;
  Session session = std::move(found->second);
  sessions_.erase(found);
  busy_ -= session.asked.size();
  // Its last words, if it has any, as QUIT does.
  if (session.executing && !session.reply.empty()) {
    session.asked.front().promise.keep({.reply = std::move(session.reply), .status = {}});
  }
}

bool Callers::serve() {
  bool has_effects = false;
  if (busy_ > 0) {
    std::vector<LinkId> links;
    for (const auto& [link, session] : sessions_) {
      if (!session.asked.empty()) links.push_back(link);
    }
    for (const LinkId link : links) {
      const auto found = sessions_.find(link);
      if (found != sessions_.end()) has_effects |= serve(link, found->second);
    }
  }
  if (!has_effects && !wishes_.empty()) grant();
  return has_effects;
}

bool Callers::serve(LinkId link, Session& session) {
  if (!session.asked.front().promise.is_wanted()) {  // hangs up, as a client does that gives up
    close(link);
    return true;
  }
  if (session.executing) {
    if (node_.is_busy_with(link)) return false;
    collect(link, session);
    session.executing = false;
    --busy_;
    Promise promise = std::move(session.asked.front().promise);
    session.asked.pop_front();
    const bool ends = session.ends;
    Bytes reply = std::exchange(session.reply, {});
    if (ends) close(link);
    promise.keep({.reply = std::move(reply), .status = {}});
    if (ends || session.asked.empty()) return ends;
  }
  session.executing = true;
  const Words& words = session.asked.front().words;
  node_.asked(link, std::vector<ByteView>(words.begin(), words.end()), clock_.now());
  return true;
}

void Callers::grant() {
  std::erase_if(wishes_, [this](Wished& wished) {
    if (!wished.promise.is_wanted()) return true;
    if (!node_.holds(wished.wish)) return false;
    wished.promise.keep({.reply = {}, .status = node_.replication(clock_.now())});
    return true;
  });
}

void Callers::abandon() {
  sessions_.clear();
  wishes_.clear();
  busy_ = 0;
}

}  // namespace replserver::net
