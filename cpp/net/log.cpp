#include "net/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/syslog_sink.h>
#include <syslog.h>
#include <unistd.h>

#include <chrono>
#include <ctime>

namespace replserver::net {
namespace {

constexpr char kMarks[] = ".-*#";

spdlog::level::level_enum severity(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::verbose:
      return spdlog::level::info;
    case LogLevel::notice:
      return spdlog::level::info;
    default:
      return spdlog::level::warn;
  }
}

int facility_code(SyslogFacility facility) {
  if (facility == SyslogFacility::user) return LOG_USER;
  const int number = static_cast<int>(facility) - static_cast<int>(SyslogFacility::local0);
  constexpr int kLocals[] = {LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3,
                             LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7};
  return kLocals[number];
}

std::shared_ptr<spdlog::logger> plain_logger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("replserver", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

WallTime wall_now() {
  return WallTime(
      std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()));
}

}  // namespace

Bytes log_time(WallTime at) {
  const std::int64_t milliseconds_total = unix_ms(at);
  const std::time_t whole = static_cast<std::time_t>(milliseconds_total / 1000);
  std::tm local{};
  ::localtime_r(&whole, &local);
  char text[64];
  std::size_t size = std::strftime(text, sizeof text, "%d %b %Y %H:%M:%S", &local);
  size += static_cast<std::size_t>(std::snprintf(text + size, sizeof text - size, ".%03d",
                                                 static_cast<int>(milliseconds_total % 1000)));
  return Bytes(text, size);
}

struct ServerLog::Sinks {
  std::shared_ptr<spdlog::logger> lines =
      plain_logger(std::make_shared<spdlog::sinks::stdout_sink_mt>());
  std::shared_ptr<spdlog::logger> system;  // syslog, if asked
};

ServerLog::ServerLog() : sinks_(std::make_unique<Sinks>()) {}
ServerLog::~ServerLog() = default;

std::optional<Error> ServerLog::open(const NodeConfig& config) {
  level_ = config.loglevel;
  try {
    if (config.logfile.empty()) {
      sinks_->lines = plain_logger(std::make_shared<spdlog::sinks::stdout_sink_mt>());
    } else {
      sinks_->lines =
          plain_logger(std::make_shared<spdlog::sinks::basic_file_sink_mt>(config.logfile));
    }
    sinks_->system.reset();
    if (config.syslog_enabled) {
      sinks_->system = plain_logger(std::make_shared<spdlog::sinks::syslog_sink_mt>(
          config.syslog_ident, LOG_PID, facility_code(config.syslog_facility), false));
    }
  } catch (const spdlog::spdlog_ex& problem) {
    return Error{Error::Kind::io, "Can't open the log file: " + Bytes(problem.what())};
  }
  return std::nullopt;
}

void ServerLog::write(const LogRecord& record, WallTime at) {
  const char mark = kMarks[static_cast<int>(record.level)];
  sinks_->lines->log(spdlog::level::info, "{}:{} {} {} {}", ::getpid(), record.role, log_time(at),
                     mark, record.text);
  if (sinks_->system) sinks_->system->log(severity(record.level), "{}", record.text);
}

void ServerLog::say(LogLevel level, ByteView text, char role) {
  if (level >= level_) write({level, role, Bytes(text)}, wall_now());
}

}  // namespace replserver::net
