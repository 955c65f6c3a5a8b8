// Syntax — what may follow a command's name: a line in our tables, a tree for clients (COMMAND DOCS).
//
//   key value [condition(NX|XX)@2.6.12] [GET@6.2.0] [expiration(EX seconds:integer|KEEPTTL)]
//   data(key value)...                          destination:key#1 [DB destination-db:integer]
//   [TYPE client-type(NORMAL|PUBSUB)@5.0.0]     [ID client-id:integer...]   [GET pattern...+]
//
//   word            an argument; its type is string, if it is not called key or pattern
//   word:integer    of that type; keys: word:key#1, when the command's second KeySpec finds it
//   word{text}      shown as text instead of its name
//   WORD            a word to write as it is, also before an argument that needs it
//   name=WORD       with another name than the word in lower case
//   name(a|b)       one of several        name(a b)  a block: several that belong together
//   [ ]             may be left out
//   ...  ...+       may be repeated; the word before it, too
//   @1.2.3  ~1.2.3  since this version; discouraged since that one
#pragma once

#include <vector>

#include "base/bytes.hpp"

namespace replserver {

struct Argument {
  Bytes name;
  ByteView type;   // "string", "integer", …, "pure-token", "oneof", "block"
  Bytes display;   // none for oneof and block
  ByteView token;  // the word before it, or which it is
  ByteView since, deprecated_since;
  int key_spec = -1;  // of the command's specifications, the one that finds it
  bool optional = false, multiple = false, multiple_token = false;
  std::vector<Argument> arguments;  // of oneof and block
};

// Of a line in our own tables: what is wrong in it is our mistake. The tree views into the line.
std::vector<Argument> parse_syntax(ByteView syntax);

}  // namespace replserver
