#include "resp/reply_parser.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/ascii.hpp"
#include "base/assert.hpp"
#include "base/numbers.hpp"

namespace replserver::resp {
namespace {

// A length is only a promise: memory for more than this is taken when the bytes come.
constexpr std::size_t kReservedAtOnce = 64 * 1024;

std::vector<Reply>& elements_of(Reply& reply) {
  if (auto* array = std::get_if<Reply::Array>(&reply.value)) return array->elements;
  if (auto* set = std::get_if<Reply::Set>(&reply.value)) return set->elements;
  if (auto* map = std::get_if<Reply::Map>(&reply.value)) return map->elements;
  auto* push = std::get_if<Reply::Push>(&reply.value);
  RS_ASSERT(push != nullptr);
  return push->elements;
}

Reply empty_aggregate(char kind) {
  switch (kind) {
    case '*':
      return {Reply::Array{}};
    case '~':
      return {Reply::Set{}};
    case '>':
      return {Reply::Push{}};
    default:
      return {Reply::Map{}};
  }
}

}  // namespace

bool ReplyParser::at_border() const {
  return open_.empty() && held_.empty() && bulk_kind_ == 0 && position_ == 0;
}

ReplyParser::Status ReplyParser::next(ByteView& bytes, Reply& reply) {
  for (;;) {
    Step step;
    if (bulk_kind_ != 0) {
      step = read_bulk(bytes, reply);
    } else {
      const auto line = take_line(bytes);
      if (!line) {
        if (held_.size() <= limits_.line_max + 1) return Status::incomplete;  // perhaps with its CR
        fail("a line is too long");
        return Status::error;
      }
      step = read_line(*line, reply);
    }
    if (step == Step::error) return Status::error;
    if (step == Step::value && place(reply)) return Status::reply;
    if (bytes.empty()) return Status::incomplete;
  }
}

// The next line without its end; nothing, and everything is held, when it has not ended yet.
std::optional<ByteView> ReplyParser::take_line(ByteView& bytes) {
  const std::size_t found = bytes.find('\n');
  const std::size_t taken = found == ByteView::npos ? bytes.size() : found + 1;
  const ByteView piece = bytes.substr(0, taken);
  bytes.remove_prefix(taken);
  position_ += taken;
  if (found == ByteView::npos) {
    held_ += piece;
    return std::nullopt;
  }
  if (held_.empty()) return piece.substr(0, found);
  line_ = std::exchange(held_, {});
  line_ += piece.substr(0, found);
  return line_;
}

ReplyParser::Step ReplyParser::read_line(ByteView line, Reply& value) {
  if (!line.ends_with('\r')) return fail("a line does not end in CR LF");
  line.remove_suffix(1);
  if (line.size() > limits_.line_max) return fail("a line is too long");
  if (line.empty()) return fail("an empty line");
  if (position_ > limits_.size_max) return fail("the reply is too big");

  const char kind = line.front();
  const ByteView text = line.substr(1);
  switch (kind) {
    case '+':
      value.value = Reply::Simple{Bytes(text)};
      return Step::value;
    case '-':
      value.value = Reply::Failure{Bytes(text)};
      return Step::value;
    case '(':
      value.value = Reply::BigNumber{Bytes(text)};
      return Step::value;
    case ':':
    case ',':
    case '#':
    case '_':
      return read_number(kind, text, value);
    case '$':
    case '=':
    case '!':
      return read_bulk_header(kind, text, value);
    case '*':
    case '~':
    case '>':
    case '%':
    case '|':
      return read_aggregate_header(kind, text, value);
    default:
      return fail(Bytes("unknown type ") + quoted(line.substr(0, 1)));
  }
}

ReplyParser::Step ReplyParser::read_number(char kind, ByteView text, Reply& value) {
  if (kind == ':') {
    const auto integer = parse_integer(text);
    if (!integer) return fail("not an integer");
    value.value = *integer;
    return Step::value;
  }
  if (kind == ',') {
    const auto number = equal_ignoring_case(text, "nan") || equal_ignoring_case(text, "-nan")
                            ? std::numeric_limits<double>::quiet_NaN()
                            : parse_double(text);
    if (!number) return fail("not a double");
    value.value = *number;
    return Step::value;
  }
  if (kind == '#') {
    if (text != "t" && text != "f") return fail("not a boolean");
    value.value = text == "t";
    return Step::value;
  }
  if (!text.empty()) return fail("not a null");
  value.value = Reply::Nil{};
  return Step::value;
}

ReplyParser::Step ReplyParser::read_bulk_header(char kind, ByteView text, Reply& value) {
  if (kind == '$' && text == "-1") {
    value.value = Reply::Nil{};
    return Step::value;
  }
  const auto size = parse_unsigned(text);
  if (!size) return fail("not a bulk length");
  if (*size > limits_.size_max) return fail("the bulk is too big");
  if (kind == '=' && *size < 4) return fail("a verbatim string without its format");
  bulk_kind_ = kind;
  bulk_size_ = *size;
  held_.reserve(std::min(bulk_size_ + 2, kReservedAtOnce));
  return Step::nothing;
}

ReplyParser::Step ReplyParser::read_aggregate_header(char kind, ByteView text, Reply& value) {
  if (kind == '*' && text == "-1") {
    value.value = Reply::Nil{};
    return Step::value;
  }
  const auto count = parse_unsigned(text);
  if (!count) return fail("not a length of an aggregate");
  if (*count > limits_.elements_max) return fail("too many elements");
  const bool has_pairs = kind == '%' || kind == '|';
  const std::size_t elements = has_pairs ? 2 * *count : *count;
  elements_ += elements;
  if (elements_ > limits_.elements_max) return fail("too many elements");

  Reply aggregate = empty_aggregate(kind);
  if (elements == 0) {
    if (kind == '|') return Step::nothing;
    value = std::move(aggregate);
    return Step::value;
  }
  if (open_.size() == limits_.nesting_max) return fail("aggregates nested too deeply");
  elements_of(aggregate).reserve(std::min(elements, kReservedAtOnce / sizeof(Reply)));
  open_.push_back({std::move(aggregate), elements, kind == '|'});
  return Step::nothing;
}

ReplyParser::Step ReplyParser::read_bulk(ByteView& bytes, Reply& value) {
  const std::size_t wanted = bulk_size_ + 2 - held_.size();
  const ByteView piece = bytes.substr(0, wanted);
  held_ += piece;
  bytes.remove_prefix(piece.size());
  position_ += piece.size();
  if (position_ > limits_.size_max) return fail("the reply is too big");
  if (piece.size() < wanted) return Step::nothing;

  if (!held_.ends_with("\r\n")) return fail("a bulk does not end in CR LF");
  held_.resize(bulk_size_);
  Bytes text = std::exchange(held_, {});
  switch (std::exchange(bulk_kind_, 0)) {
    case '$':
      value.value = Reply::Bulk{std::move(text)};
      break;
    case '!':
      value.value = Reply::Failure{std::move(text)};
      break;
    default:
      if (text[3] != ':') return fail("a verbatim string without its format");
      value.value = Reply::Verbatim{text.substr(0, 3), text.substr(4)};
  }
  return Step::value;
}

// Puts a value where it belongs; what it completes moves up in turn.
bool ReplyParser::place(Reply& value) {
  while (!open_.empty()) {
    Aggregate& innermost = open_.back();
    elements_of(innermost.reply).push_back(std::move(value));
    if (--innermost.remaining > 0) return false;
    const bool is_attribute = innermost.is_attribute;
    value = std::move(innermost.reply);
    open_.pop_back();
    if (is_attribute) return false;
  }
  position_ = 0;
  elements_ = 0;
  return true;
}

ReplyParser::Step ReplyParser::fail(ByteView what) {
  error_.text = Bytes("reply: ").append(what) + " before byte " + std::to_string(position_);
  return Step::error;
}

}  // namespace replserver::resp
