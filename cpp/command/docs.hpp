// CommandDocs — what COMMAND DOCS and COMMAND INFO tell about a command beyond its row: what it is
// for, since when, how long it takes, what may follow its name. redis-cli's hints come from here.
//
// Families keep their tables in docs_<group>.cpp, in the order of the rows.
#pragma once

#include <span>

#include "base/bytes.hpp"

namespace replserver {

struct CommandDocs {
  ByteView name;  // of the row: "client|list"
  ByteView since;
  ByteView complexity;
  ByteView summary;
  ByteView syntax;                 // see syntax.hpp
  ByteView tips = {};              // for clients of clusters and testers: words
  ByteView deprecated_since = {};  // with what to use instead
  ByteView replaced_by = {};
  bool is_internal = false;  // nothing for applications: "syscmd"
};

struct DocsGroup {
  ByteView name;  // as Redis calls it: "string", "sorted-set", …
  std::span<const CommandDocs> commands;
};

std::span<const CommandDocs> string_docs();
std::span<const CommandDocs> bitmap_docs();
std::span<const CommandDocs> hyperloglog_docs();
std::span<const CommandDocs> list_docs();
std::span<const CommandDocs> set_docs();
std::span<const CommandDocs> sorted_set_docs();
std::span<const CommandDocs> geo_docs();
std::span<const CommandDocs> stream_docs();
std::span<const CommandDocs> generic_docs();
std::span<const CommandDocs> hash_docs();
std::span<const CommandDocs> connection_docs();
std::span<const CommandDocs> transaction_docs();
std::span<const CommandDocs> pubsub_docs();
std::span<const CommandDocs> server_docs();

std::span<const DocsGroup> docs_groups();  // all of them

struct FoundDocs {
  ByteView group;
  const CommandDocs* docs = nullptr;  // nullptr: there are none
};
FoundDocs docs_of(ByteView row_name);

}  // namespace replserver
