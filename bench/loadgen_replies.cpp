#include "loadgen_replies.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace loadgen {
namespace {

constexpr std::size_t kLineMax = 1u << 16;

std::int64_t number_of(std::string_view line) {
  std::int64_t number = 0;
  const char* const end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data() + 1, end, number);
  if (error != std::errc() || rest != end) {
    throw std::runtime_error("not a length in a reply: " + std::string(line.substr(0, 40)));
  }
  return number;
}

bool is_null(std::string_view line) { return line == "$-1" || line == "*-1" || line == "_"; }

}  // namespace

std::size_t Replies::read(std::string_view bytes, const Tape& tape, ReplyCounts& counts) {
  const std::size_t size = bytes.size();
  while (!complete() && !bytes.empty()) {
    if (read_promised(bytes, tape, counts)) continue;
    if (!read_other(bytes, tape, counts)) break;
  }
  if (complete() && !bytes.empty()) throw std::runtime_error("more replies than requests");
  return size - bytes.size();
}

bool Replies::read_promised(std::string_view& bytes, const Tape& tape, ReplyCounts& counts) {
  const ReplyShape& shape = tape.shape(index_);
  if (open_ != 0 || shape.size == 0 || bytes.size() < shape.size) return false;
  if (std::memcmp(bytes.data(), shape.head.data(), shape.head.size()) != 0) return false;

  const bool has_value = shape.kind == ReplyShape::Kind::value;
  if (has_value && (counts.replies & (kSampleEvery - 1)) == 0) {
    const auto value = bytes.substr(shape.head.size(), shape.size - shape.head.size() - 2);
    ++counts.sampled;
    if (!script_->is_value_of(value, tape.number_digits(index_))) ++counts.wrong;
  }
  bytes.remove_prefix(shape.size);
  finish(counts);
  return true;
}

// One value's head, or a piece of a bulk's body. False: more bytes are needed.
bool Replies::read_other(std::string_view& bytes, const Tape& tape, ReplyCounts& counts) {
  if (body_left_ > 0) {
    const std::size_t taken = std::min(body_left_, bytes.size());
    bytes.remove_prefix(taken);
    body_left_ -= taken;
    if (body_left_ == 0 && open_ == 0) finish(counts);
    return true;
  }

  const std::size_t end = bytes.find('\n');
  if (end == bytes.npos) {
    if (bytes.size() > kLineMax) throw std::runtime_error("a reply's line has no end");
    return false;
  }
  if (end == 0 || bytes[end - 1] != '\r') throw std::runtime_error("a reply's line has no CR");
  const std::string_view line = bytes.substr(0, end - 1);
  if (line.empty()) throw std::runtime_error("an empty line instead of a reply");
  if (open_ == 0) {
    judge(line, tape.shape(index_), counts);
    open_ = 1;
  }
  --open_;
  if (std::string_view("$=!").find(line[0]) != std::string_view::npos) {
    const std::int64_t size = number_of(line);
    if (size >= 0) body_left_ = static_cast<std::size_t>(size) + 2;
  } else if (std::string_view("*~>%").find(line[0]) != std::string_view::npos) {
    const std::int64_t size = number_of(line);
    if (size > 0) open_ += static_cast<std::size_t>(size) * (line[0] == '%' ? 2 : 1);
  } else if (std::string_view("+-:_#,(").find(line[0]) == std::string_view::npos) {
    throw std::runtime_error("not a reply: " + std::string(line.substr(0, 40)));
  }
  bytes.remove_prefix(end + 1);
  if (body_left_ == 0 && open_ == 0) finish(counts);
  return true;
}

void Replies::judge(std::string_view line, const ReplyShape& shape, ReplyCounts& counts) const {
  using Kind = ReplyShape::Kind;
  if (line[0] == '-' || line[0] == '!') {
    if (counts.errors++ == 0) counts.first_error = line.substr(0, 200);
    return;
  }
  if (is_null(line)) {
    ++counts.misses;
    return;
  }
  const bool promised = shape.kind == Kind::any ||
                        (shape.kind == Kind::integer && line[0] == ':') ||
                        (shape.kind == Kind::value &&
                         line == std::string_view(shape.head).substr(0, shape.head.size() - 2));
  if (!promised) ++counts.wrong;
}

void Replies::finish(ReplyCounts& counts) {
  ++index_;
  ++counts.replies;
}

}  // namespace loadgen
