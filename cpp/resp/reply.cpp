#include "resp/reply.hpp"

#include <cmath>
#include <type_traits>

namespace replserver::resp {
namespace {

template <class Value>
concept HasElements = requires(const Value& value) {
  value.elements;
};

}  // namespace

ByteView Reply::text() const {
  return std::visit(
      [](const auto& it) -> ByteView {
        if constexpr (requires { it.text; }) return it.text;
        if constexpr (requires { it.bytes; }) return it.bytes;
        if constexpr (requires { it.digits; }) return it.digits;
        return {};
      },
      value);
}

const std::vector<Reply>* Reply::elements() const {
  return std::visit(
      [](const auto& it) -> const std::vector<Reply>* {
        if constexpr (HasElements<std::decay_t<decltype(it)>>) return &it.elements;
        return nullptr;
      },
      value);
}

bool operator==(const Reply& left, const Reply& right) {
  if (left.value.index() != right.value.index()) return false;
  if (const auto* elements = left.elements()) return *elements == *right.elements();
  if (const auto* number = std::get_if<double>(&left.value)) {
    const double other = std::get<double>(right.value);
    return *number == other || (std::isnan(*number) && std::isnan(other));
  }
  if (const auto* integer = std::get_if<std::int64_t>(&left.value)) {
    return *integer == std::get<std::int64_t>(right.value);
  }
  if (const auto* truth = std::get_if<bool>(&left.value)) {
    return *truth == std::get<bool>(right.value);
  }
  if (const auto* verbatim = std::get_if<Reply::Verbatim>(&left.value)) {
    if (verbatim->format != std::get<Reply::Verbatim>(right.value).format) return false;
  }
  return left.text() == right.text();
}

}  // namespace replserver::resp
