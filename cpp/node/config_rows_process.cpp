#include "node/config_rows.hpp"

namespace replserver::config_rows {
namespace {

using N = NodeConfig;

constexpr std::array kSupervisions = {
    named("upstart", Supervision::upstart), named("systemd", Supervision::systemd),
    named("auto", Supervision::automatic), named("no", Supervision::no)};

constexpr std::array kLogLevels = {
    named("debug", LogLevel::debug), named("verbose", LogLevel::verbose),
    named("notice", LogLevel::notice), named("warning", LogLevel::warning),
    named("nothing", LogLevel::nothing)};

constexpr std::array kFacilities = {
    named("user", SyslogFacility::user),     named("local0", SyslogFacility::local0),
    named("local1", SyslogFacility::local1), named("local2", SyslogFacility::local2),
    named("local3", SyslogFacility::local3), named("local4", SyslogFacility::local4),
    named("local5", SyslogFacility::local5), named("local6", SyslogFacility::local6),
    named("local7", SyslogFacility::local7)};

// The first name of a value is the one that is shown: "yes" for relative, as in Redis.
constexpr std::array kOomScoreAdj = {
    named("no", OomScoreAdj::no), named("yes", OomScoreAdj::relative),
    named("relative", OomScoreAdj::relative), named("absolute", OomScoreAdj::absolute)};

constexpr std::array kShutdownFlags = {
    named("default", kShutdownDefault), named("save", kShutdownSave),
    named("nosave", kShutdownNosave), named("now", kShutdownNow), named("force", kShutdownForce)};

constexpr std::array kCompats = {named("no", Compat::no), named("redis", Compat::redis)};

std::optional<Bytes> check_shutdown(unsigned flags) {
  if ((flags & kShutdownSave) && (flags & kShutdownNosave)) {
    return "shutdown options SAVE and NOSAVE can't be used simultaneously";
  }
  return std::nullopt;
}

std::optional<Bytes> check_title(ByteView form) {
  constexpr ByteView kVariables[] = {"title",    "listen-addr", "server-mode", "port",
                                     "tls-port", "unixsocket",  "config-file"};
  constexpr const char* kWrong = "template format is invalid or contains unknown variables";
  bool is_blank = true;
  for (std::size_t at = 0; at < form.size(); ++at) {
    is_blank = is_blank && form[at] == ' ';
    if (form[at] != '{') continue;
    const std::size_t end = form.find('}', at);
    if (end == ByteView::npos) return kWrong;
    const ByteView name = form.substr(at + 1, end - at - 1);
    bool known = false;
    for (const ByteView variable : kVariables) known = known || name == variable;
    if (!known) return kWrong;
    at = end;
  }
  if (is_blank) return kWrong;
  return std::nullopt;
}

constexpr Directive kProcess[] = {
    {"daemonize", "", flag(&N::daemonize), kImmutable, "Run in the background."},
    {"supervised", "", choice<&N::supervised>(kSupervisions), kImmutable,
     "The service manager that is told when the node is ready."},
    {"pidfile", "", text(&N::pidfile), kImmutable, "File that holds the process id."},
    {"dir", "", text(&N::dir), kGuarded | kDenyLoading,
     "Working directory: data files and relative paths lie in it."},
    {"loglevel", "", choice<&N::loglevel>(kLogLevels), 0, "The least important log lines kept."},
    {"logfile", "", text(&N::logfile), kImmutable, "File the log goes to; empty: standard output."},
    {"syslog-enabled", "", flag(&N::syslog_enabled), kImmutable, "Log to the system's log too."},
    {"syslog-ident", "", text(&N::syslog_ident), kImmutable, "Our name in the system's log."},
    {"syslog-facility", "", choice<&N::syslog_facility>(kFacilities), kImmutable,
     "Facility of the system's log."},
    {"always-show-logo", "", flag(&N::always_show_logo), kImmutable,
     "Draw the banner even where the log is not a terminal."},
    {"set-proc-title", "", flag(&N::set_proc_title), kImmutable,
     "Show the node's address in the list of processes."},
    {"proc-title-template", "", text(&N::proc_title_template, check_title), 0,
     "Form of the process title, with {title}, {listen-addr}, {port} and the like."},
    {"crash-log-enabled", "", flag(&N::crash_log_enabled), 0, "Write a report when crashing."},
    {"crash-memcheck-enabled", "", flag(&N::crash_memcheck_enabled), 0,
     "Test the memory when crashing."},
    {"use-exit-on-panic", "", flag(&N::use_exit_on_panic), kHidden,
     "Exit instead of abort on a broken invariant."},
    {"watchdog-period", "", number(&N::watchdog_period, 0, kIntMax), kHidden,
     "Milliseconds after which a stuck event loop is reported; 0: never."},
    {"disable-thp", "", flag(&N::disable_thp), kImmutable,
     "Turn transparent huge pages off for this process."},
    {"oom-score-adj", "", choice<&N::oom_score_adj>(kOomScoreAdj), 0,
     "Tell the kernel which process to kill first when memory runs out."},
    {"oom-score-adj-values", "", &grammar::kOomScoreAdjValues, kMultiWord,
     "The scores of a primary, a replica and a background process."},
    {"server-cpulist", "server_cpulist", text(&N::server_cpulist), kImmutable,
     "Processors the node runs on, as 0-7:2."},
    {"bio-cpulist", "bio_cpulist", text(&N::bio_cpulist), kImmutable,
     "Processors of background threads."},
    {"aof-rewrite-cpulist", "aof_rewrite_cpulist", text(&N::aof_rewrite_cpulist), kImmutable,
     "Processors of an AOF rewrite."},
    {"bgsave-cpulist", "bgsave_cpulist", text(&N::bgsave_cpulist), kImmutable,
     "Processors of a background save."},
    {"ignore-warnings", "", text(&N::ignore_warnings), 0,
     "Start-up warnings about the machine that are not to be given."},
    {"locale-collate", "", text(&N::locale_collate), 0, "Locale that SORT ALPHA compares by."},
    {"req-res-logfile", "", text(&N::req_res_logfile), kImmutable | kHidden,
     "File that receives all requests and replies."},
    {"shutdown-on-sigint", "", choice<&N::shutdown_on_sigint>(kShutdownFlags, check_shutdown),
     kMultiWord, "How SIGINT shuts the node down."},
    {"shutdown-on-sigterm", "", choice<&N::shutdown_on_sigterm>(kShutdownFlags, check_shutdown),
     kMultiWord, "How SIGTERM shuts the node down."},
    {"shutdown-timeout", "", number(&N::shutdown_timeout, 0, kIntMax), 0,
     "Seconds a shutdown waits for replicas to catch up."},
    {"compat", "", choice<&N::compat>(kCompats), 0,
     "redis: also keep the waits that Redis has only because it forks."},
};

constexpr Directive kWork[] = {
    {"databases", "", number(&N::databases, 1, kIntMax), kImmutable,
     "How many databases SELECT can choose from."},
    {"hz", "", number(&N::hz, 0, kIntMax), 0,
     "How often a second background work is done; between 1 and 500."},
    {"dynamic-hz", "", flag(&N::dynamic_hz), 0, "More often while there are many clients."},
    {"activerehashing", "", flag(&N::activerehashing), 0,
     "Spend idle time on reorganizing the tables."},
    {"busy-reply-threshold", "lua-time-limit", number(&N::busy_reply_threshold, 0, kLongMax), 0,
     "Milliseconds after which a script lets others know that it is busy."},
    {"slowlog-log-slower-than", "", number(&N::slowlog_log_slower_than, -1, kLongMax), 0,
     "Microseconds from which a command is in the slow log; -1: none is."},
    {"slowlog-max-len", "", number(&N::slowlog_max_len, 0, kLongMax), 0,
     "How many commands the slow log keeps."},
    {"latency-monitor-threshold", "", number(&N::latency_monitor_threshold, 0, kLongMax), 0,
     "Milliseconds from which an event is in the latency record; 0: none is."},
    {"latency-tracking", "", flag(&N::latency_tracking), 0,
     "Measure each command's latency for INFO latencystats."},
    {"latency-tracking-info-percentiles", "", &grammar::kPercentiles, kMultiWord,
     "The percentiles that INFO latencystats tells."},
};

}  // namespace

std::span<const Directive> process() { return kProcess; }
std::span<const Directive> work() { return kWork; }

}  // namespace replserver::config_rows
