#include "loadgen_tape.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <numeric>
#include <stdexcept>

namespace loadgen {
namespace {

constexpr std::size_t kSlotsMax = 1u << 16;

struct FourDigits {
  FourDigits() {
    for (std::size_t number = 0; number < 10000; ++number) {
      char* at = text.data() + number * 4;
      at[0] = static_cast<char>('0' + number / 1000);
      at[1] = static_cast<char>('0' + number / 100 % 10);
      at[2] = static_cast<char>('0' + number / 10 % 10);
      at[3] = static_cast<char>('0' + number % 10);
    }
  }
  std::array<char, 40000> text;
};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = line.find_first_not_of(' ');
    if (begin == line.npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::vector<std::string> lines_of(const std::string& name) {
  const std::string set = "SET key:__rand__ __data__", get = "GET key:__rand__";
  const std::string wanted = upper(name);
  if (wanted == "SET") return {set};
  if (wanted == "GET") return {get};
  if (wanted == "INCR") return {"INCR cnt:__rand__"};
  if (wanted == "MIX") return {get, get, get, get, set};
  return {name};
}

ReplyShape shape_of(std::string_view command, std::size_t word_count, std::size_t value_size) {
  using Kind = ReplyShape::Kind;
  if (command == "SET" && word_count == 3) return {Kind::literal, "+OK\r\n", 5};
  if (command == "PING" && word_count == 1) return {Kind::literal, "+PONG\r\n", 7};
  if (command == "INCR" || command == "DECR") return {Kind::integer, "", 0};
  if (command == "GET") {
    const std::string head = "$" + std::to_string(value_size) + "\r\n";
    return {Kind::value, head, head.size() + value_size + 2};
  }
  return {};
}

}  // namespace

void write_digits(char* at, std::size_t width, std::uint64_t number) {
  static const FourDigits table;
  while (width >= 4) {
    width -= 4;
    std::memcpy(at + width, table.text.data() + number % 10000 * 4, 4);
    number /= 10000;
  }
  if (width > 0) {
    std::memcpy(at, table.text.data() + number % 10000 * 4 + (4 - width), width);
  }
}

Script::Script(const std::vector<std::string>& templates, std::size_t digits,
               std::size_t value_size)
    : digits_(digits), value_(value_size, '0'), value_holds_digits_(value_size >= digits) {
  // Letters drawn at random, so that a server which compresses gains nothing by it.
  Random letters(7);
  for (std::size_t i = value_holds_digits_ ? digits : 0; i < value_size; ++i) {
    value_[i] = static_cast<char>('a' + letters.below(26));
  }
  for (const std::string& name : templates) {
    for (const std::string& line : lines_of(name)) add(line);
  }
  if (requests_.empty()) throw std::invalid_argument("no command given");
}

void Script::add(std::string_view line) {
  const auto words = words_of(line);
  if (words.empty()) throw std::invalid_argument("an empty command");
  Request request;
  request.bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words) append_word(request, word);
  request.shape = shape_of(upper(words[0]), words.size(), value_.size());
  // A value with digits in it needs a number to copy; a command without one writes zeros.
  if (request.patches.empty() || request.patches.front().number == Request::Number::copied) {
    std::erase_if(request.patches,
                  [](const auto& patch) { return patch.number == Request::Number::copied; });
  }
  requests_.push_back(std::move(request));
}

void Script::append_word(Request& request, std::string_view word) const {
  using Number = Request::Number;
  struct Placeholder {
    std::string_view name;
    Number number;
  };
  constexpr Placeholder placeholders[] = {
      {"__rand__", Number::drawn}, {"__seq__", Number::counted}, {"__data__", Number::copied}};

  std::string text;
  std::vector<Request::Patch> patches;
  while (!word.empty()) {
    const auto* found = std::find_if(std::begin(placeholders), std::end(placeholders),
                                     [&](const auto& it) { return word.starts_with(it.name); });
    if (found == std::end(placeholders)) {
      text += word.front();
      word.remove_prefix(1);
      continue;
    }
    const bool is_value = found->number == Number::copied;
    if (!is_value || value_holds_digits_) patches.push_back({text.size(), found->number});
    text += is_value ? value_ : std::string(digits_, '0');
    word.remove_prefix(found->name.size());
  }

  request.bytes += "$" + std::to_string(text.size()) + "\r\n";
  for (const auto& patch : patches) {
    request.patches.push_back({request.bytes.size() + patch.offset, patch.number});
  }
  request.bytes += text + "\r\n";
}

bool Script::is_value_of(std::string_view value, std::string_view number_digits) const {
  if (value.size() != value_.size()) return false;
  const std::size_t skip = value_holds_digits_ ? digits_ : 0;
  if (value.substr(skip) != std::string_view(value_).substr(skip)) return false;
  return number_digits.empty() || skip == 0 || value.substr(0, skip) == number_digits;
}

Tape::Tape(const Script& script, std::size_t batch_size)
    : digits_(script.digits()), batch_size_(batch_size) {
  const auto& requests = script.requests();
  const std::size_t slot_count = std::lcm(batch_size, requests.size());
  if (slot_count > kSlotsMax) throw std::invalid_argument("pipeline times commands is too much");
  for (std::size_t i = 0; i < slot_count; ++i) {
    const Request& request = requests[i % requests.size()];
    slots_.push_back({bytes_.size(), bytes_.size() + request.bytes.size(), &request});
    shapes_.push_back(&request.shape);
    bytes_ += request.bytes;
  }
}

std::string_view Tape::next(std::size_t count, Numbers& numbers) {
  start_ = next_start_;
  next_start_ = (start_ + batch_size_) % slots_.size();
  for (std::size_t i = start_; i < start_ + count; ++i) {
    char* const bytes = bytes_.data() + slots_[i].begin;
    const auto& patches = slots_[i].request->patches;
    for (std::size_t p = 0; p < patches.size(); ++p) {
      char* const at = bytes + patches[p].offset;
      switch (patches[p].number) {
        case Request::Number::drawn:
          write_digits(at, digits_, numbers.random.below(numbers.keys));
          break;
        case Request::Number::counted:
          write_digits(at, digits_, numbers.next_in_sequence++);
          break;
        case Request::Number::copied:
          std::memcpy(at, bytes + patches.front().offset, digits_);
          break;
      }
    }
  }
  const std::size_t begin = slots_[start_].begin;
  return std::string_view(bytes_).substr(begin, slots_[start_ + count - 1].end - begin);
}

std::string_view Tape::number_digits(std::size_t i) const {
  const Slot& slot = slots_[start_ + i];
  if (slot.request->patches.empty()) return {};
  return std::string_view(bytes_).substr(slot.begin + slot.request->patches.front().offset,
                                         digits_);
}

}  // namespace loadgen
