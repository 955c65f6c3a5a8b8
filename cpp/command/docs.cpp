#include "command/docs.hpp"

#include <array>

namespace replserver {

std::span<const DocsGroup> docs_groups() {
  static const std::array kGroups = {
      DocsGroup{"string", string_docs()},
      DocsGroup{"bitmap", bitmap_docs()},
      DocsGroup{"hyperloglog", hyperloglog_docs()},
      DocsGroup{"list", list_docs()},
      DocsGroup{"hash", hash_docs()},
      DocsGroup{"set", set_docs()},
      DocsGroup{"sorted-set", sorted_set_docs()},
      DocsGroup{"geo", geo_docs()},
      DocsGroup{"stream", stream_docs()},
      DocsGroup{"generic", generic_docs()},
      DocsGroup{"connection", connection_docs()},
      DocsGroup{"transactions", transaction_docs()},
      DocsGroup{"pubsub", pubsub_docs()},
      DocsGroup{"server", server_docs()},
  };
  return kGroups;
}

FoundDocs docs_of(ByteView row_name) {
  for (const DocsGroup& group : docs_groups()) {
    for (const CommandDocs& docs : group.commands) {
      if (docs.name == row_name) return {group.name, &docs};
    }
  }
  return {};
}

}  // namespace replserver
