#include "sim/sessions.hpp"

#include <charconv>

namespace replserver::sim {
namespace {

constexpr ByteView kRegister = "session";

}  // namespace

void Sessions::write(const Bytes& primary) {
  if (!world_.is_running(primary)) return;
  const Bytes value = std::to_string(++written_);
  own_.reset();
  if (world_.execute(primary, {"SET", kRegister, value}) != "+OK\r\n") return;
  own_ = {primary, {watch_.life(primary), written_}};
}

void Sessions::read(const Bytes& name) {
  if (!world_.is_running(name)) return;
  const auto value = value_at(name);
  if (!value) return;
  watch_.listen();  // its life may just have ended
  const std::uint64_t life = watch_.life(name);
  Known& known = read_[name];
  if (known.life == life && *value < known.value) {
    watch_.wrong("reads are monotonic", name + " told " + std::to_string(*value) + " after " +
                                            std::to_string(known.value));
  }
  known = {life, *value};
  if (own_ && own_->first == name && own_->second.life == life && *value != own_->second.value) {
    watch_.wrong("a session reads its writes", name + " told " + std::to_string(*value) + ", not " +
                                                   std::to_string(own_->second.value));
  }
}

// $2\r\n17\r\n; nothing yet: _\r\n
std::optional<std::uint64_t> Sessions::value_at(const Bytes& name) {
  const Bytes reply = world_.execute(name, {"GET", kRegister});
  if (reply == "_\r\n") return 0;
  if (!reply.starts_with('$')) return std::nullopt;
  const char* const text = reply.data() + reply.find('\n') + 1;
  std::uint64_t value = 0;
  std::from_chars(text, reply.data() + reply.size(), value);
  return value;
}

}  // namespace replserver::sim
