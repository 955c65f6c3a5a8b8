// The rules of links and what happened on them, between C++ and Python; for live links and simulated ones.
#pragma once

#include <optional>
#include <vector>

#include "convert.hpp"
#include "repl/link_rules.hpp"

namespace replserver {

// kind, way, number, step; what, refuses, mask, size: the names of LinkPlace's and LinkAction's members.
LinkRule to_link_rule(const py::dict& rule);

std::vector<LinkWay> to_link_ways(const std::optional<Bytes>& way);  // none: both
LinkRules::Gate to_link_gate(const Bytes& name);                     // open, held, silent
LinkRules::Acks to_link_acks(const Bytes& name);                     // pass, drop, twice, manual

// what, conversation, detail, bytes up, bytes down, offset
py::tuple to_tuple(const LinkEvent& event);

}  // namespace replserver
