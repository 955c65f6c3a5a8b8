// The connection commands, but for CLIENT: PING, ECHO, HELLO, AUTH, SELECT, QUIT, RESET.
#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "base/until_nul.hpp"
#include "node/client_name.hpp"
#include "node/monitor.hpp"
#include "node/transaction.hpp"
#include "node/version.hpp"

namespace replserver {
namespace {

constexpr ByteView kNoPassword =
    "ERR AUTH <password> called without any password configured for the default user. Are you sure "
    "your configuration is correct?";
constexpr ByteView kWrongPassword = "WRONGPASS invalid username-password pair or user is disabled.";
constexpr ByteView kHelloUnauthenticated =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
    "<proto> "
    "AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol "
    "version at the same time";

void ping(NodeContext& context, Args args) {
  if (args.size() > 2) {
    return context.reply.error("ERR wrong number of arguments for 'ping' command");
  }
  const ClientSession& session = *context.session;
  if (session.protocol == 2 && session.in_pubsub()) {
    // Such a client expects nothing but arrays, as messages come in.
    context.reply.array(2);
    context.reply.bulk("pong");
    return context.reply.bulk(args.size() == 2 ? args[1] : ByteView());
  }
  if (args.size() == 2) return context.reply.bulk(args[1]);
  context.reply.simple("PONG");
}

void echo(NodeContext& context, Args args) { context.reply.bulk(args[1]); }

// Takes as long for a near miss as for any other guess. `secret` must not be empty.
bool equal_in_constant_time(ByteView guess, ByteView secret) {
  std::size_t difference = guess.size() ^ secret.size();
  for (std::size_t at = 0; at < guess.size(); ++at) {
    difference |= static_cast<unsigned char>(guess[at] ^ secret[at % secret.size()]);
  }
  return difference == 0;
}

// False: the client was told WRONGPASS, and stays who it was.
bool authenticate(NodeContext& context, ByteView user, ByteView password) {
  const Bytes& secret = context.node.config->requirepass;
  if (user == "default" && (secret.empty() || equal_in_constant_time(password, secret))) {
    context.session->user = "default";
    context.session->authenticated = true;
    return true;
  }
  ++context.node.stats.auth_failures;
  context.reply.error(kWrongPassword);
  return false;
}

void auth(NodeContext& context, Args args) {
  if (args.size() > 3) return context.reply.error(kSyntaxError);
  if (args.size() == 2 && context.node.config->requirepass.empty()) {
    return context.reply.error(kNoPassword);
  }
  const ByteView user = args.size() == 3 ? args[1] : ByteView("default");
  if (authenticate(context, user, args.back())) context.reply.ok();
}

struct Hello {
  std::optional<int> protocol;
  std::optional<ByteView> user, password, name;
};

// Nothing: the client was told what is wrong.
std::optional<Hello> read_hello(NodeContext& context, Args args) {
  Hello hello;
  if (args.size() >= 2) {
    const auto version = parse_integer(args[1]);
    if (!version) {
      context.reply.error("ERR Protocol version is not an integer or out of range");
      return std::nullopt;
    }
    if (*version != 2 && *version != 3) {
      context.reply.error("NOPROTO unsupported protocol version");
      return std::nullopt;
    }
    hello.protocol = static_cast<int>(*version);
  }
  for (std::size_t at = 2; at < args.size(); ++at) {
    const std::size_t more = args.size() - 1 - at;
    if (equal_ignoring_case(args[at], "auth") && more >= 2) {
      hello.user = args[at + 1];
      hello.password = args[at + 2];
      at += 2;
    } else if (equal_ignoring_case(args[at], "setname") && more >= 1) {
      if (!is_client_name(args[at + 1])) {
        context.reply.error(kBadClientName);
        return std::nullopt;
      }
      hello.name = args[++at];
    } else {
      context.reply.error("ERR Syntax error in HELLO option '" + Bytes(until_nul(args[at])) + "'");
      return std::nullopt;
    }
  }
  return hello;
}

void hello(NodeContext& context, Args args) {
  const std::optional<Hello> wanted = read_hello(context, args);
  if (!wanted) return;
  ClientSession& session = *context.session;
  if (wanted->user && !authenticate(context, *wanted->user, *wanted->password)) return;
  if (!session.authenticated) return context.reply.error(kHelloUnauthenticated);

  if (wanted->name) session.name = *wanted->name;
  if (wanted->protocol) session.protocol = *wanted->protocol;
  context.reply.retarget(context.reply.output(), session.protocol);

  resp::Writer& reply = context.reply;
  reply.map(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(kRedisVersion);
  reply.bulk("proto");
  reply.integer(session.protocol);
  reply.bulk("id");
  reply.integer(static_cast<std::int64_t>(session.id));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk(context.node.is_replica() ? "replica" : "master");
  reply.bulk("modules");
  reply.array(0);
}

void select(NodeContext& context, Args args) {
  const Result<int> index = context.database_index(args[1]);
  if (!index) return context.reply.error(index.error());
  context.session->db = *index;
  context.db = *index;  // the next command of the same EXEC runs there
  context.reply.ok();
}

void quit(NodeContext& context, Args) {
  context.reply.ok();
  context.node.close_after_output(*context.session);
}

// As if the client had just connected, but for its id and its library's name.
void reset(NodeContext& context, Args) {
  NodeState& node = context.node;
  ClientSession& session = *context.session;
  if (session.monitoring) stop_monitoring(node, session);
  discard_transaction(node, session);
  node.pubsub.forget(session);
  session.db = context.db = 0;
  session.protocol = 2;
  session.name.clear();
  session.user = "default";
  session.authenticated = session.in_process || node.config->requirepass.empty();
  session.no_evict = false;
  session.no_touch = context.no_touch = false;
  // A reply that CLIENT REPLY SKIP has done away with is not brought back: this one.
  if (session.reply_mode != ReplyMode::skipping) {
    session.reply_mode = ReplyMode::on;
    context.reply.retarget(session.output, session.protocol);
  }
  context.reply.simple("RESET");
}

constexpr std::uint32_t kAlways = kNoScript | kLoading | kStale;
constexpr std::uint32_t kUnauthenticated = kAlways | kFast | kNoAuth | kAllowBusy;
constexpr Command kCommands[] = {
    // name, arity, flags, keys, categories, handler
    {"auth", -2, kUnauthenticated | kSentinel, {}, kConnectionCategory, as_node<auth>},
    {"echo", 2, kLoading | kStale | kFast, {}, kConnectionCategory, as_node<echo>},
    {"hello", -1, kUnauthenticated | kSentinel, {}, kConnectionCategory, as_node<hello>},
    {"ping", -1, kFast | kSentinel, {}, kConnectionCategory, as_node<ping>},
    {"quit", -1, kUnauthenticated, {}, kConnectionCategory, as_node<quit>},
    {"reset", 1, kUnauthenticated, {}, kConnectionCategory, as_node<reset>},
    {"select", 2, kLoading | kStale | kFast, {}, kConnectionCategory, as_node<select>},
};

}  // namespace

std::span<const Command> connection_commands() { return kCommands; }

}  // namespace replserver
