// HSCAN and HRANDFIELD.
#include <algorithm>
#include <unordered_set>

#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "command/hash_access.hpp"
#include "command/random_members.hpp"
#include "command/scan_options.hpp"

namespace replserver {
namespace {

using Field = HashView::Field;

void hscan(Context& context, Args args) {
  std::uint64_t cursor = 0;
  ScanOptions scan;
  const Entry* entry = nullptr;
  if (!begin_scan(context, args, Type::hash, {.no_values = true}, cursor, scan, entry)) return;
  std::vector<Field> fields;
  const auto take = [&](const Field& field) {
    PackedElement::Scratch scratch;
    if (scan.matches(field.name.text(scratch))) fields.push_back(field);
  };
  const auto next =
      view_of(context, *entry).scan(cursor, static_cast<std::size_t>(scan.count), take);
  reply_scanned(context.reply, next, fields.size() * (scan.no_values ? 1 : 2));
  for (const Field& field : fields) {
    reply_element(context.reply, field.name);
    if (!scan.no_values) reply_element(context.reply, field.value);
  }
}

// ---- HRANDFIELD --------------------------------------------------------------------------------

class Drawing {
 public:
  Drawing(Context& context, const HashView& view, bool with_values)
      : context_(context), view_(view), with_values_(with_values) {}

  // Each draw is on its own.
  void repeat(std::size_t count) {
    if (!view_.may_hide()) {
      begin(count);
      while (count-- > 0) reply(*view_.random(context_.random));
      return;
    }
    const std::vector<Field> fields = all();
    if (fields.empty()) return begin(0);
    begin(count);
    while (count-- > 0) reply(fields[context_.random.below(fields.size())]);
  }

  // No field twice.
  void distinct(std::size_t count) {
    const std::size_t size = view_.visible();
    if (count >= size) {
      begin(size);
      return view_.for_each([&](const Field& field) { reply(field); });
    }
    begin(count);
    // Where few are wanted, those that come again are drawn anew; else it is sooner to lay out all.
    const bool draws = !view_.is_packed() && !view_.may_hide() && count < size / 3;
    draws ? draw_new(count) : choose(count, size);
  }

 private:
  std::vector<Field> all() const {
    std::vector<Field> fields;
    view_.for_each([&](const Field& field) { fields.push_back(field); });
    return fields;
  }

  void draw_new(std::size_t count) {
    std::unordered_set<const char*> drawn;
    while (count > 0) {
      const Field field = *view_.random(context_.random);
      if (!drawn.insert(field.name.bytes().data()).second) continue;
      reply(field);
      --count;
    }
  }

  // In one pass: each is taken with the chance that the rest of the choice falls on it.
  void choose(std::size_t count, std::size_t size) {
    view_.for_each([&](const Field& field) {
      if (context_.random.below(size--) >= count) return;
      --count;
      reply(field);
    });
  }

  void begin(std::size_t count) {
    const bool is_flat = with_values_ && context_.reply.version() == 2;
    context_.reply.array(is_flat ? 2 * count : count);
  }
  void reply(const Field& field) {
    if (with_values_ && context_.reply.version() > 2) context_.reply.array(2);
    reply_element(context_.reply, field.name);
    if (with_values_) reply_element(context_.reply, field.value);
  }

  Context& context_;
  HashView view_;
  bool with_values_;
};

void draw_one(Context& context, ByteView key) {
  const auto found = context.find(key, Type::hash);
  if (!found) return context.reply.error(found.error());
  if (!*found) return context.reply.null();
  const auto field = view_of(context, **found).random(context.random);
  field ? reply_element(context.reply, field->name) : context.reply.null();
}

void hrandfield(Context& context, Args args) {
  if (args.size() == 2) return draw_one(context, args[1]);
  const auto count = read_draws(context, args, "WITHVALUES");
  if (!count) return;
  const auto found = context.find(args[1], Type::hash);
  if (!found) return context.reply.error(found.error());
  if (!*found) return context.reply.array(0);

  if (*count < -kRepetitionsMax) return context.reply.error(kTooManyDraws);
  Drawing drawing(context, view_of(context, **found), args.size() == 4);
  if (*count >= 0) return drawing.distinct(static_cast<std::size_t>(*count));
  drawing.repeat(static_cast<std::size_t>(-*count));
}

constexpr KeyRange kOneKey = {1, 1, 1};

constexpr Command kCommands[] = {
    // name       arity  flags      keys     categories     handler
    {"hrandfield", -2, kReadonly, kOneKey, kHashCategory, hrandfield},
    {"hscan", -3, kReadonly, kOneKey, kHashCategory, hscan},
};

}  // namespace

std::span<const Command> hash_scan_commands() { return kCommands; }

}  // namespace replserver
