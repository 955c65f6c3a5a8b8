#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr ByteView kPerClient = "O(N), N being the number of connections";
constexpr ByteView kEverywhere = "request_policy:all_nodes response_policy:all_succeeded";
constexpr ByteView kVaries = "nondeterministic_output";

constexpr CommandDocs kDocs[] = {
    {"auth", "1.0.0", "O(N), N being the passwords of the user", "Logs the connection in",
     "[username@6.0.0] password"},
    {"client", "2.4.0", "Depends on the subcommand",
     "Connections: who is there, and what to do with them", ""},
    {"client|getname", "2.6.9", "O(1)", "Tells the name of this connection", ""},
    {"client|getredir", "6.0.0", "O(1)",
     "Tells which connection gets the invalidations of this one", ""},
    {"client|help", "5.0.0", "O(1)", "Lists the subcommands", ""},
    {"client|id", "5.0.0", "O(1)", "Tells the number of this connection", ""},
    {"client|info", "6.2.0", "O(1)", "Describes this connection", "", kVaries},
    {"client|kill", "2.4.0", kPerClient, "Closes connections",
     "filter(old-format{ip:port}~2.8.12|new-format([ID client-id:integer@2.8.12]"
     "|[TYPE client-type(NORMAL|MASTER@3.2.0|SLAVE|REPLICA@5.0.0|PUBSUB)@2.8.12]|[USER username]"
     "|[ADDR addr{ip:port}]|[LADDR laddr{ip:port}@6.2.0]|[SKIPME skipme(YES|NO)])...)"},
    {"client|list", "2.4.0", kPerClient, "Describes connections",
     "[TYPE client-type(NORMAL|MASTER|REPLICA|PUBSUB)@5.0.0] [ID client-id:integer...@6.2.0]",
     kVaries},
    {"client|no-evict", "7.0.0", "O(1)", "Spares this connection when clients use too much memory",
     "enabled(ON|OFF)"},
    {"client|no-touch", "7.2.0", "O(1)",
     "Lets this connection use keys without marking them as used", "enabled(ON|OFF)"},
    {"client|pause", "3.0.0", "O(1)", "Holds back the commands of clients for a while",
     "timeout:integer [mode(WRITE|ALL)@6.2.0]"},
    {"client|reply", "3.2.0", "O(1)", "Turns the replies to this connection on or off",
     "action(ON|OFF|SKIP)"},
    {"client|setinfo", "7.2.0", "O(1)", "Notes which client library this connection uses",
     "attr(LIB-NAME libname|LIB-VER libver)", kEverywhere},
    {"client|setname", "2.6.9", "O(1)", "Names this connection", "connection-name", kEverywhere},
    {"client|unblock", "5.0.0", "O(log N), N being the number of connections",
     "Ends the waiting of a blocked connection", "client-id:integer [unblock-type(TIMEOUT|ERROR)]"},
    {"client|unpause", "6.2.0", "O(N), N being the paused connections",
     "Ends a pause of all clients", ""},
    {"echo", "1.0.0", "O(1)", "Returns its argument", "message"},
    {"hello", "6.0.0", "O(1)",
     "Agrees on the protocol, and logs in or names the connection on the way",
     "[arguments(protover:integer [AUTH auth(username password)] [SETNAME clientname])]"},
    {"ping", "1.0.0", "O(1)", "Tells that the server is there", "[message]",
     "request_policy:all_shards response_policy:all_succeeded"},
    {"quit", "1.0.0", "O(1)", "Closes this connection", "", "", "7.2.0",
     "just closing the connection"},
    {"reset", "6.2.0", "O(1)", "Makes this connection as it was when it was new", ""},
    {"select", "1.0.0", "O(1)", "Chooses the database that commands work on", "index:integer"},
};

}  // namespace

std::span<const CommandDocs> connection_docs() { return kDocs; }

}  // namespace replserver
