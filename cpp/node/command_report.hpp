// What COMMAND INFO and COMMAND DOCS answer for one command, its subcommands included.
#pragma once

#include "node/registry.hpp"
#include "resp/writer.hpp"

namespace replserver {

void report_info(resp::Writer& reply, const RegisteredCommand& command);
void report_docs(resp::Writer& reply, const RegisteredCommand& command);
void report_key_use(resp::Writer& reply, std::uint32_t use);  // "RO", "access", …

}  // namespace replserver
