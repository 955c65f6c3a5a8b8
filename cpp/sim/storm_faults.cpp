// What befalls the nodes of a storm, and how it ends.
#include <algorithm>

#include "sim/storm.hpp"

namespace replserver::sim {
namespace {

void apply(const Fault& fault, LinkRules& rules) {
  using Gate = LinkRules::Gate;
  const auto say = [&](LinkEvent::What what) { rules.say({.what = what, .detail = "by a storm"}); };
  switch (fault.kind) {
    case Fault::Kind::cut:
      rules.add({{.kind = LinkPlace::Kind::bytes, .way = fault.way, .number = fault.bytes},
                 {.what = LinkAction::What::cut}});
      break;
    case Fault::Kind::stall:
      rules.set_gates(Gate::held);
      say(LinkEvent::What::held);
      break;
    case Fault::Kind::one_way:
      rules.set_gate(fault.way, Gate::silent);
      say(LinkEvent::What::silenced);
      break;
    case Fault::Kind::slow:
      rules.pace[0].bytes_per_second = rules.pace[1].bytes_per_second = fault.bytes;
      break;
    default:
      rules.set_gates(Gate::silent);
      say(LinkEvent::What::silenced);
  }
}

}  // namespace

void Storm::befall(const Fault& fault) {
  look();
  const Bytes name = fault.node.empty() ? primary_ : fault.node;
  tell(fault.told + " befalls " + name);
  if (!world_.is_running(name)) return;
  switch (fault.kind) {
    case Fault::Kind::promote:
      return fail_over();
    case Fault::Kind::crash:
    case Fault::Kind::restart:
      return take_down(fault, name);
    case Fault::Kind::sleep:
      world_.send(world_.connect(name),
                  "DEBUG SLEEP " + std::to_string(fault.lasts % 7) + ".5\r\n");
      return;
    case Fault::Kind::skew:
      world_.skew(name, fault.ahead);
      return end_later(fault, name, {});
    default:
      return befall_links(fault, name);
  }
}

void Storm::befall_links(const Fault& fault, const Bytes& name) {
  const bool is_apart = fault.kind == Fault::Kind::partition;
  std::vector<Link> links = is_apart ? all_links(name) : links_up(name);
  for (const auto& [dialer, listener] : links) apply(fault, world_.link(dialer, listener));
  world_.links_changed();
  if (fault.kind != Fault::Kind::cut) end_later(fault, name, std::move(links));
}

void Storm::take_down(const Fault& fault, const Bytes& name) {
  if (fault.kind == Fault::Kind::crash) {
    if (by_chance(50)) {
      world_.execute(name, {"BGSAVE"});
      pass(below(milliseconds(10)));
    }
    if (world_.is_running(name)) world_.crash(name);
  } else {
    world_.stop(name);
  }
  look();
  end_later(fault, name, {});
  if (name != primary_) return;
  fail_over();
  if (name == primary_) promises_.clear();  // there is nobody who could keep them
}

void Storm::bring_up(const Bytes& name) {
  if (world_.is_running(name)) return;
  start(name, name == primary_ ? nullptr : &primary_);
}

void Storm::end_later(const Fault& fault, const Bytes& name, std::vector<Link> links) {
  const std::uint64_t at = fault.at + fault.lasts;
  const auto place = std::find_if(endings_.begin(), endings_.end(),
                                  [&](const Ending& ending) { return ending.at > at; });
  endings_.insert(place, {at, fault, name, std::move(links)});
}

void Storm::end_what_is_over(std::uint64_t index) {
  while (!endings_.empty() && endings_.front().at <= index) {
    const Ending ending = std::move(endings_.front());
    endings_.erase(endings_.begin());
    tell(ending.fault.told + " is over");
    if (ending.fault.kind == Fault::Kind::skew) {
      world_.skew(ending.node, {});
    } else if (ending.links.empty()) {
      bring_up(ending.node);
    }
    for (const auto& [dialer, listener] : ending.links) world_.link(dialer, listener).heal();
    world_.links_changed();
  }
}

// To its primary; of a primary: its replicas' ones.
std::vector<Storm::Link> Storm::links_up(const Bytes& name) {
  const auto primary = world_.node(name).replication(world_.now()).primary;
  if (primary) {
    const Bytes* const listener = world_.listener(*primary);
    return {{name, listener == nullptr ? primary->host : *listener}};
  }
  std::vector<Link> links;
  for (const Bytes& other : plan_.names) {
    if (other != name) links.emplace_back(other, name);
  }
  return links;
}

std::vector<Storm::Link> Storm::all_links(const Bytes& name) const {
  std::vector<Link> links;
  for (const Bytes& other : plan_.names) {
    if (other == name) continue;
    links.emplace_back(name, other);
    links.emplace_back(other, name);
  }
  return links;
}

}  // namespace replserver::sim
