#include "command/docs.hpp"

namespace replserver {

FoundDocs docs_of(ByteView row_name) {
  const DocsGroup groups[] = {
      {"string", string_docs()},         {"generic", generic_docs()},
      {"connection", connection_docs()}, {"transactions", transaction_docs()},
      {"pubsub", pubsub_docs()},         {"server", server_docs()},
  };
  for (const DocsGroup& group : groups) {
    for (const CommandDocs& docs : group.commands) {
      if (docs.name == row_name) return {group.name, &docs};
    }
  }
  return {};
}

}  // namespace replserver
