#include "node/command_report.hpp"

#include "command/categories.hpp"
#include "command/docs.hpp"
#include "command/key_specs.hpp"
#include "command/syntax.hpp"
#include "command/words.hpp"

namespace replserver {
namespace {

struct NamedBit {
  std::uint32_t bit;
  ByteView name;
};

// Not all flags: what is missing is for the server alone.
constexpr NamedBit kShownFlags[] = {
    {kWrite, "write"},
    {kReadonly, "readonly"},
    {kDenyOom, "denyoom"},
    {kAdmin, "admin"},
    {kPubsub, "pubsub"},
    {kNoScript, "noscript"},
    {kBlocking, "blocking"},
    {kLoading, "loading"},
    {kStale, "stale"},
    {kSkipMonitor, "skip_monitor"},
    {kSkipSlowlog, "skip_slowlog"},
    {kFast, "fast"},
    {kNoAuth, "no_auth"},
    {kMayReplicate, "may_replicate"},
    {kNoMandatoryKeys, "no_mandatory_keys"},
    {kNoAsyncLoading, "no_async_loading"},
    {kNoMulti, "no_multi"},
    {kMovableKeys, "movablekeys"},
    {kAllowBusy, "allow_busy"},
};

constexpr NamedBit kShownUses[] = {
    {kKeyReadOnly, "RO"},
    {kKeyReadWrite, "RW"},
    {kKeyOverwrite, "OW"},
    {kKeyRemove, "RM"},
    {kKeyAccess, "access"},
    {kKeyUpdate, "update"},
    {kKeyInsert, "insert"},
    {kKeyDelete, "delete"},
    {kKeyNotKey, "not_key"},
    {kKeyIncomplete, "incomplete"},
    {kKeyVariable, "variable_flags"},
};

void report_bits(resp::Writer& reply, std::uint32_t bits, std::span<const NamedBit> names) {
  const auto late = reply.begin();
  std::size_t count = 0;
  for (const NamedBit& named : names) {
    if (!(bits & named.bit)) continue;
    reply.simple(named.name);
    ++count;
  }
  reply.end_set(late, count);
}

void report_categories(resp::Writer& reply, const Command& command) {
  const std::uint32_t categories = acl_categories(command);
  const auto late = reply.begin();
  std::size_t count = 0;
  for (const NamedCategory& category : all_categories()) {
    if (!(categories & category.bit)) continue;
    reply.simple("@" + Bytes(category.name));
    ++count;
  }
  reply.end_set(late, count);
}

void report_tips(resp::Writer& reply, ByteView tips) {
  const auto late = reply.begin();
  std::size_t count = 0;
  for (; !tips.empty(); ++count) reply.bulk(take_word(tips));
  reply.end_set(late, count);
}

// {"type": …, "spec": {…}}: the specification's numbers follow.
void begin_part(resp::Writer& reply, ByteView type, std::size_t numbers) {
  reply.map(2);
  reply.bulk("type");
  reply.bulk(type);
  reply.bulk("spec");
  reply.map(numbers);
}

void report_number(resp::Writer& reply, ByteView name, int number) {
  reply.bulk(name);
  reply.integer(number);
}

void report_start(resp::Writer& reply, const KeySpec& spec) {
  if (const auto* at = std::get_if<KeySpec::At>(&spec.start)) {
    begin_part(reply, "index", 1);
    report_number(reply, "index", at->position);
  } else if (const auto* after = std::get_if<KeySpec::After>(&spec.start)) {
    begin_part(reply, "keyword", 2);
    reply.bulk("keyword");
    reply.bulk(after->keyword);
    report_number(reply, "startfrom", after->from);
  } else {
    begin_part(reply, "unknown", 0);
  }
}

void report_extent(resp::Writer& reply, const KeySpec& spec) {
  if (const auto* range = std::get_if<KeySpec::Range>(&spec.extent)) {
    begin_part(reply, "range", 3);
    report_number(reply, "lastkey", range->last);
    report_number(reply, "keystep", range->step);
    report_number(reply, "limit", range->limit);
  } else if (const auto* counted = std::get_if<KeySpec::Counted>(&spec.extent)) {
    begin_part(reply, "keynum", 3);
    report_number(reply, "keynumidx", counted->count);
    report_number(reply, "firstkey", counted->first);
    report_number(reply, "keystep", counted->step);
  } else {
    begin_part(reply, "unknown", 0);
  }
}

void report_key_specs(resp::Writer& reply, const Command& command) {
  const std::vector<KeySpec> specs = key_specs(command);
  reply.set(specs.size());
  for (const KeySpec& spec : specs) {
    reply.map(3);
    reply.bulk("flags");
    report_key_use(reply, spec.use);
    reply.bulk("begin_search");
    report_start(reply, spec);
    reply.bulk("find_keys");
    report_extent(reply, spec);
  }
}

// A map that leaves out what has no value.
class Fields {
 public:
  explicit Fields(resp::Writer& reply) : reply_(reply), late_(reply.begin()) {}
  ~Fields() { reply_.end_map(late_, count_); }
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  resp::Writer& add(ByteView name) {
    ++count_;
    reply_.bulk(name);
    return reply_;
  }
  void add_text(ByteView name, ByteView text) {
    if (!text.empty()) add(name).bulk(text);
  }

 private:
  resp::Writer& reply_;
  resp::Writer::Late late_;
  std::size_t count_ = 0;
};

void report_arguments(resp::Writer& reply, const std::vector<Argument>& arguments);

void report_argument(resp::Writer& reply, const Argument& argument) {
  Fields fields(reply);
  fields.add_text("name", argument.name);
  fields.add_text("type", argument.type);
  fields.add_text("display_text", argument.display);
  if (argument.key_spec >= 0) fields.add("key_spec_index").integer(argument.key_spec);
  fields.add_text("token", argument.token);
  fields.add_text("since", argument.since);
  fields.add_text("deprecated_since", argument.deprecated_since);

  const NamedBit flags[] = {
      {argument.optional, "optional"},
      {argument.multiple, "multiple"},
      {argument.multiple_token, "multiple_token"},
  };
  if (argument.optional || argument.multiple) report_bits(fields.add("flags"), 1, flags);
  if (!argument.arguments.empty()) report_arguments(fields.add("arguments"), argument.arguments);
}

void report_arguments(resp::Writer& reply, const std::vector<Argument>& arguments) {
  reply.array(arguments.size());
  for (const Argument& argument : arguments) report_argument(reply, argument);
}

}  // namespace

void report_key_use(resp::Writer& reply, std::uint32_t use) { report_bits(reply, use, kShownUses); }

void report_info(resp::Writer& reply, const RegisteredCommand& command) {
  const Command& row = *command.row;
  const CommandDocs* const docs = docs_of(row.name).docs;
  reply.array(10);
  reply.bulk(row.name);
  reply.integer(row.arity);
  report_bits(reply, row.flags, kShownFlags);
  reply.integer(row.keys.first);
  reply.integer(row.keys.last);
  reply.integer(row.keys.step);
  report_categories(reply, row);
  report_tips(reply, docs != nullptr ? docs->tips : ByteView());
  report_key_specs(reply, row);
  reply.set(command.subcommands.size());
  for (const RegisteredCommand* const sub : command.subcommands) report_info(reply, *sub);
}

void report_docs(resp::Writer& reply, const RegisteredCommand& command) {
  const FoundDocs found = docs_of(command.row->name);
  Fields fields(reply);
  if (found.docs != nullptr) {
    const CommandDocs& docs = *found.docs;
    fields.add_text("summary", docs.summary);
    fields.add_text("since", docs.since);
    fields.add_text("group", found.group);
    fields.add_text("complexity", docs.complexity);
    const bool is_deprecated = !docs.deprecated_since.empty();
    const NamedBit flags[] = {{is_deprecated, "deprecated"}, {docs.is_internal, "syscmd"}};
    if (is_deprecated || docs.is_internal) report_bits(fields.add("doc_flags"), 1, flags);
    fields.add_text("deprecated_since", docs.deprecated_since);
    fields.add_text("replaced_by", docs.replaced_by);
    if (!docs.syntax.empty()) report_arguments(fields.add("arguments"), parse_syntax(docs.syntax));
  }
  if (command.subcommands.empty()) return;
  fields.add("subcommands").map(command.subcommands.size());
  for (const RegisteredCommand* const sub : command.subcommands) {
    reply.bulk(sub->row->name);
    report_docs(reply, *sub);
  }
}

}  // namespace replserver
