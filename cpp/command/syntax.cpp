#include "command/syntax.hpp"

#include "base/ascii.hpp"
#include "base/assert.hpp"

namespace replserver {
namespace {

constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool in_name(char c) {
  return c == '_' || is_lower(c) || is_digit(c) || c == '-' || c == '/';
}
constexpr bool in_token(char c) { return is_upper(c) || is_digit(c) || c == '-'; }
constexpr bool in_symbol(char c) {
  return in_token(c) || c == '=' || c == '~' || c == '*' || c == '$' || c == '"';
}
constexpr bool in_version(char c) { return is_digit(c) || c == '.'; }

class SyntaxReader {
 public:
  explicit SyntaxReader(ByteView text) : rest_(text) {}

  std::vector<Argument> arguments() {
    std::vector<Argument> found;
    if (rest_.empty()) return found;
    do {
      found.push_back(argument());
    } while (take(' '));
    return found;
  }

  bool at_end() const { return rest_.empty(); }

 private:
  Argument argument() {
    const bool optional = take('[');
    Argument read = is_upper(peek()) ? token_and_argument() : named();
    if (take("...")) {
      read.multiple = true;
      read.multiple_token = take('+');
    }
    if (take('@')) read.since = take_while(in_version);
    if (take('~')) read.deprecated_since = take_while(in_version);
    read.optional = optional;
    if (optional) RS_ASSERT(take(']'));
    return read;
  }

  // TOKEN, or TOKEN name: within an alternative or brackets, a token belongs to what follows.
  Argument token_and_argument() {
    const ByteView token = take_while(in_token);
    if (rest_.size() < 2 || rest_[0] != ' ' || !is_lower(rest_[1])) return pure(token);
    take(' ');
    Argument read = named();
    RS_ASSERT(read.token.empty());
    read.token = token;
    return read;
  }

  static Argument pure(ByteView token) {
    Argument read;
    read.name = read.display = lower(token);
    read.type = "pure-token";
    read.token = token;
    return read;
  }

  Argument named() {
    Argument read;
    const ByteView name = take_while(in_name);
    RS_ASSERT(!name.empty());
    if (take('=')) {
      read = pure(take_while(in_symbol));
      read.display = name;
    } else if (take('(')) {
      read = group();
    } else {
      read.type = take(':')                              ? take_while(in_name)
                  : (name == "key" || name == "pattern") ? name
                                                         : "string";
      if (read.type == "key") read.key_spec = 0;
      if (take('#')) read.key_spec = take_while(is_digit)[0] - '0';
      read.display = name;
      if (take('{')) {
        read.display = take_while([](char c) { return c != '}'; });
        RS_ASSERT(take('}'));
      }
    }
    read.name = name;
    return read;
  }

  Argument group() {
    Argument read;
    read.arguments = arguments();
    read.type = "block";
    while (take('|')) {
      read.type = "oneof";
      read.arguments.push_back(argument());
    }
    RS_ASSERT(take(')'));
    return read;
  }

  char peek() const { return rest_.empty() ? '\0' : rest_[0]; }

  bool take(char wanted) {
    if (peek() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take(ByteView wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }

  template <class Predicate>
  ByteView take_while(Predicate belongs) {
    std::size_t size = 0;
    while (size < rest_.size() && belongs(rest_[size])) ++size;
    const ByteView taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  ByteView rest_;
};

}  // namespace

std::vector<Argument> parse_syntax(ByteView syntax) {
  SyntaxReader reader(syntax);
  std::vector<Argument> arguments = reader.arguments();
  RS_ASSERT(reader.at_end());
  return arguments;
}

}  // namespace replserver
