// CLIENT: what a connection is told about itself and others, and what it may do to them.
#include <algorithm>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "base/until_nul.hpp"
#include "command/help.hpp"
#include "node/blocking.hpp"
#include "node/client_name.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

void refuse_shape(NodeContext& context, Args args) {
  context.reply.error("ERR unknown subcommand or wrong number of arguments for '" +
                      Bytes(until_nul(args[1])) + "'. Try CLIENT HELP.");
}

// ON or OFF. Nothing: it was neither, and the client was told.
std::optional<bool> read_switch(NodeContext& context, ByteView word) {
  if (equal_ignoring_case(word, "on")) return true;
  if (equal_ignoring_case(word, "off")) return false;
  context.reply.error(kSyntaxError);
  return std::nullopt;
}

// ---- The connection itself ----------------------------------------------------------------------

void client_id(NodeContext& context, Args) {
  context.reply.integer(static_cast<std::int64_t>(context.session->id));
}

void client_info(NodeContext& context, Args) {
  context.reply.verbatim("txt", context.node.client_info(*context.session) + "\n");
}

void client_getname(NodeContext& context, Args) {
  if (context.session->name.empty()) return context.reply.null();
  context.reply.bulk(context.session->name);
}

void client_setname(NodeContext& context, Args args) {
  if (!is_client_name(args[2])) return context.reply.error(kBadClientName);
  context.session->name = args[2];
  context.reply.ok();
}

void client_setinfo(NodeContext& context, Args args) {
  const bool is_name = equal_ignoring_case(args[2], "lib-name");
  if (!is_name && !equal_ignoring_case(args[2], "lib-ver")) {
    return context.reply.error("ERR Unrecognized option '" + Bytes(until_nul(args[2])) + "'");
  }
  if (!is_client_name(args[3])) {
    return context.reply.error("ERR " + Bytes(args[2]) +
                               " cannot contain spaces, newlines or special characters.");
  }
  (is_name ? context.session->library_name : context.session->library_version) = args[3];
  context.reply.ok();
}

void client_getredir(NodeContext& context, Args) { context.reply.integer(-1); }  // no tracking

void client_no_evict(NodeContext& context, Args args) {
  const auto on = read_switch(context, args[2]);
  if (!on) return;
  context.session->no_evict = *on;
  context.reply.ok();
}

void client_no_touch(NodeContext& context, Args args) {
  const auto on = read_switch(context, args[2]);
  if (!on) return;
  context.session->no_touch = context.no_touch = *on;
  context.reply.ok();
}

void client_reply(NodeContext& context, Args args) {
  ClientSession& session = *context.session;
  if (session.in_process) {
    return context.reply.error("ERR CLIENT REPLY is for connections, a call always has its reply");
  }
  if (equal_ignoring_case(args[2], "skip")) {
    if (session.reply_mode != ReplyMode::off) session.reply_mode = ReplyMode::skip_next;
    return;
  }
  const auto on = read_switch(context, args[2]);
  if (!on) return;
  session.reply_mode = *on ? ReplyMode::on : ReplyMode::off;
  // From this very reply on, also among the replies of an EXEC.
  context.reply.retarget(*on ? session.output : context.node.unwanted, session.protocol);
  if (*on) context.reply.ok();
}

// ---- Others: LIST, KILL -------------------------------------------------------------------------

struct ClientType {
  ByteView name;
  std::optional<ClientClass> kind;  // none: our primary, which is no client of ours
};
constexpr ClientType kClientTypes[] = {
    {"normal", ClientClass::normal},   {"slave", ClientClass::replica},
    {"replica", ClientClass::replica}, {"pubsub", ClientClass::pubsub},
    {"master", std::nullopt},
};

std::optional<ClientClass> class_of(const ClientSession& session) {
  if (session.is_primary) return std::nullopt;
  return session.client_class();
}

// nullptr: there is no such type, and the client was told.
const ClientType* read_type(NodeContext& context, ByteView word) {
  for (const ClientType& type : kClientTypes) {
    if (equal_ignoring_case(type.name, word)) return &type;
  }
  context.reply.error("ERR Unknown client type '" + Bytes(until_nul(word)) + "'");
  return nullptr;
}

// Killed in this turn: it is gone for everybody, although its link is closed at the turn's end.
bool is_gone(const NodeState& node, const ClientSession& session) {
  if (!session.closing) return false;
  return std::find(node.leaving.begin(), node.leaving.end(), session.link) != node.leaving.end();
}

void append_info(Bytes& lines, const NodeState& node, const ClientSession& session) {
  if (is_gone(node, session)) return;
  lines += node.client_info(session);
  lines += '\n';
}

void list_ids(NodeContext& context, Args ids) {
  Bytes lines;
  for (const ByteView word : ids) {
    const auto id = parse_integer(word);
    if (!id) return context.reply.error("ERR Invalid client ID");
    const ClientSession* const session =
        *id > 0 ? context.node.sessions.find_id(static_cast<std::uint64_t>(*id)) : nullptr;
    if (session != nullptr) append_info(lines, context.node, *session);
  }
  context.reply.verbatim("txt", lines);
}

void client_list(NodeContext& context, Args args) {
  const ClientType* type = nullptr;
  if (args.size() == 4 && equal_ignoring_case(args[2], "type")) {
    type = read_type(context, args[3]);
    if (type == nullptr) return;
  } else if (args.size() > 3 && equal_ignoring_case(args[2], "id")) {
    return list_ids(context, args.subspan(3));
  } else if (args.size() != 2) {
    return context.reply.error(kSyntaxError);
  }
  Bytes lines;
  for (const auto& [id, session] : context.node.sessions.by_id()) {
    if (!session->is_listed()) continue;
    if (type != nullptr && class_of(*session) != type->kind) continue;
    append_info(lines, context.node, *session);
  }
  context.reply.verbatim("txt", lines);
}

struct Victims {
  std::optional<std::uint64_t> id;
  const ClientType* type = nullptr;
  std::optional<ByteView> user, address, local_address;
  bool skip_me = true;

  bool include(const ClientSession& session) const {
    return (!id || session.id == *id) && (type == nullptr || class_of(session) == type->kind) &&
           (!user || session.user == *user) && (!address || session.peer.address == *address) &&
           (!local_address || session.peer.local_address == *local_address);
  }
};

// One filter and its value. False: they are wrong, and the client was told.
bool read_filter(NodeContext& context, ByteView filter, ByteView value, Victims& victims) {
  if (equal_ignoring_case(filter, "id")) {
    const auto id = parse_integer(value);
    if (!id || *id < 1) {
      context.reply.error("ERR client-id should be greater than 0");
      return false;
    }
    victims.id = static_cast<std::uint64_t>(*id);
  } else if (equal_ignoring_case(filter, "type")) {
    victims.type = read_type(context, value);
    return victims.type != nullptr;
  } else if (equal_ignoring_case(filter, "addr")) {
    victims.address = value;
  } else if (equal_ignoring_case(filter, "laddr")) {
    victims.local_address = value;
  } else if (equal_ignoring_case(filter, "user")) {
    if (value != "default") {
      context.reply.error("ERR No such user '" + Bytes(until_nul(value)) + "'");
      return false;
    }
    victims.user = value;
  } else if (equal_ignoring_case(filter, "skipme") && equal_ignoring_case(value, "yes")) {
    victims.skip_me = true;
  } else if (equal_ignoring_case(filter, "skipme") && equal_ignoring_case(value, "no")) {
    victims.skip_me = false;
  } else {
    context.reply.error(kSyntaxError);
    return false;
  }
  return true;
}

void client_kill(NodeContext& context, Args args) {
  Victims victims;
  const bool by_address = args.size() == 3;  // the old form: one address, perhaps our own
  if (by_address) {
    victims.address = args[2];
    victims.skip_me = false;
  }
  for (std::size_t at = 2; !by_address && at < args.size(); at += 2) {
    if (at + 1 == args.size()) return context.reply.error(kSyntaxError);
    if (!read_filter(context, args[at], args[at + 1], victims)) return;
  }

  std::int64_t killed = 0;
  bool also_me = false;
  for (const auto& [id, session] : context.node.sessions.by_id()) {
    if (is_gone(context.node, *session) || !session->is_listed()) continue;
    if (!victims.include(*session)) continue;
    if (session == context.session) {
      if (victims.skip_me) continue;
      also_me = true;
    } else {
      context.node.close_now(*session);
    }
    ++killed;
  }
  if (!by_address) {
    context.reply.integer(killed);
  } else if (killed > 0) {
    context.reply.ok();
  } else {
    context.reply.error("ERR No such client");
  }
  if (also_me) context.node.close_after_output(*context.session);
}

// ---- Others: PAUSE, UNPAUSE, UNBLOCK ------------------------------------------------------------

// A wait of so many milliseconds. Nothing: there is none like that, and the client was told.
std::optional<Instant> read_timeout(NodeContext& context, ByteView word) {
  const auto timeout_ms = parse_integer(word);
  if (!timeout_ms) {
    context.reply.error("ERR timeout is not an integer or out of range");
  } else if (*timeout_ms < 0) {
    context.reply.error("ERR timeout is negative");
  } else if (*timeout_ms > INT64_MAX - context.now_ms()) {
    context.reply.error("ERR timeout is out of range");
  } else {
    const auto most = std::chrono::duration_cast<milliseconds>(kNever - context.now.mono);
    const milliseconds timeout(*timeout_ms);
    return timeout < most ? context.now.mono + timeout : kNever;
  }
  return std::nullopt;
}

// Two pauses at a time make one that is as strict and as long as either.
void client_pause(NodeContext& context, Args args) {
  if (args.size() > 4) return refuse_shape(context, args);
  const bool writes_only = args.size() == 4 && equal_ignoring_case(args[3], "write");
  if (args.size() == 4 && !writes_only && !equal_ignoring_case(args[3], "all")) {
    return context.reply.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
  }
  const auto until = read_timeout(context, args[2]);
  if (!until) return;
  Pause pause{*until, writes_only};
  if (const std::optional<Pause>& other = context.node.pause) {
    pause.until = std::max(pause.until, other->until);
    pause.writes_only = pause.writes_only && other->writes_only;
  }
  context.node.pause = pause;
  context.reply.ok();
}

void client_unpause(NodeContext& context, Args) {
  context.node.end_pause();
  context.reply.ok();
}

void client_unblock(NodeContext& context, Args args) {
  if (args.size() > 4) return refuse_shape(context, args);
  const bool as_error = args.size() == 4 && equal_ignoring_case(args[3], "error");
  if (args.size() == 4 && !as_error && !equal_ignoring_case(args[3], "timeout")) {
    return context.reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  const auto id = Context::integer(args[2]);
  if (!id) return context.reply.error(id.error());
  ClientSession* const session =
      *id > 0 ? context.node.sessions.find_id(static_cast<std::uint64_t>(*id)) : nullptr;
  if (session == nullptr || session->suspension != Suspension::blocked) {
    return context.reply.integer(0);
  }
  unblock(context.node, *session,
          as_error ? "UNBLOCKED client unblocked via CLIENT UNBLOCK" : ByteView());
  context.reply.integer(1);
}

void client_help(NodeContext& context, Args) {
  static constexpr ByteView kLines[] = {
      "GETREDIR",
      "    Return the client ID we are redirecting to when tracking is enabled.",
      "GETNAME",
      "    Return the name of the current connection.",
      "ID",
      "    Return the ID of the current connection.",
      "INFO",
      "    Return information about the current client connection.",
      "KILL <ip:port>",
      "    Kill connection made from <ip:port>.",
      "KILL <option> <value> [<option> <value> [...]]",
      "    Kill connections. Options are:",
      "    * ADDR (<ip:port>|<unixsocket>:0)",
      "      Kill connections made from the specified address",
      "    * LADDR (<ip:port>|<unixsocket>:0)",
      "      Kill connections made to specified local address",
      "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
      "      Kill connections by type.",
      "    * USER <username>",
      "      Kill connections authenticated by <username>.",
      "    * SKIPME (YES|NO)",
      "      Skip killing current connection (default: yes).",
      "LIST [options ...]",
      "    Return information about client connections. Options:",
      "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
      "      Return clients of specified type.",
      "UNPAUSE",
      "    Stop the current client pause, resuming traffic.",
      "PAUSE <timeout> [WRITE|ALL]",
      "    Suspend all, or just write, clients for <timeout> milliseconds.",
      "REPLY (ON|OFF|SKIP)",
      "    Control the replies sent to the current connection.",
      "SETNAME <name>",
      "    Assign the name <name> to the current connection.",
      "SETINFO <option> <value>",
      "    Set client meta attr. Options are:",
      "    * LIB-NAME: the client lib name.",
      "    * LIB-VER: the client lib version.",
      "UNBLOCK <clientid> [TIMEOUT|ERROR]",
      "    Unblock the specified blocked client.",
      "NO-EVICT (ON|OFF)",
      "    Protect current client connection from eviction.",
      "NO-TOUCH (ON|OFF)",
      "    Will not touch LRU/LFU stats when this mode is on.",
  };
  reply_help(context.reply, "client", kLines);
}

constexpr std::uint32_t kHelp = kLoading | kStale | kSentinel;
constexpr std::uint32_t kOwn = kHelp | kNoScript;
constexpr std::uint32_t kOthers = kOwn | kAdmin;
constexpr std::uint32_t kNotInSentinel = kNoScript | kLoading | kStale;
constexpr Command kCommands[] = {
    // name, arity, flags, keys, categories, handler
    {"client", -2, kSentinel, {}, kNoCategory, nullptr},
    {"client|getname", 2, kOwn, {}, kConnectionCategory, as_node<client_getname>},
    {"client|getredir", 2, kOwn, {}, kConnectionCategory, as_node<client_getredir>},
    {"client|help", 2, kHelp, {}, kConnectionCategory, as_node<client_help>},
    {"client|id", 2, kOwn, {}, kConnectionCategory, as_node<client_id>},
    {"client|info", 2, kOwn, {}, kConnectionCategory, as_node<client_info>},
    {"client|kill", -3, kOthers, {}, kConnectionCategory, as_node<client_kill>},
    {"client|list", -2, kOthers, {}, kConnectionCategory, as_node<client_list>},
    {"client|no-evict", 3, kOthers, {}, kConnectionCategory, as_node<client_no_evict>},
    {"client|no-touch", 3, kNotInSentinel, {}, kConnectionCategory, as_node<client_no_touch>},
    {"client|pause", -3, kOthers, {}, kConnectionCategory, as_node<client_pause>},
    {"client|reply", 3, kOwn, {}, kConnectionCategory, as_node<client_reply>},
    {"client|setinfo", 4, kOwn, {}, kConnectionCategory, as_node<client_setinfo>},
    {"client|setname", 3, kOwn, {}, kConnectionCategory, as_node<client_setname>},
    {"client|unblock", -3, kOthers, {}, kConnectionCategory, as_node<client_unblock>},
    {"client|unpause", 2, kOthers, {}, kConnectionCategory, as_node<client_unpause>},
};

}  // namespace

std::span<const Command> client_commands() { return kCommands; }

}  // namespace replserver
