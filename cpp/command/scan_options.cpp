#include "command/scan_options.hpp"

#include "base/glob.hpp"
#include "base/numbers.hpp"
#include "base/until_nul.hpp"
#include "command/options.hpp"

namespace replserver {

bool ScanOptions::matches(ByteView name) const {
  return pattern == "*" || glob_match(pattern, name);
}

std::optional<std::uint64_t> parse_cursor(ByteView text) {
  const ByteView word = until_nul(text);
  if (word.empty()) return 0;
  const bool is_signed = word[0] == '-' || word[0] == '+';
  ByteView digits = word.substr(is_signed ? 1 : 0);
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  const auto value = parse_unsigned(digits);
  if (value && word[0] == '-') return 0 - *value;
  return value;
}

bool read_scan_options(Context& context, Args args, std::size_t first, const ScanForms& forms,
                       ScanOptions& scan) {
  OptionReader options(args, first);
  while (options.next()) {
    if (options.is("COUNT", scan.count)) {
      if (scan.count < 1) options.refuse();
    } else if (forms.type && options.is("TYPE", scan.type)) {
      scan.has_type = true;
    } else if (forms.no_values && options.is("NOVALUES")) {
      scan.no_values = true;
    } else if (!options.is("MATCH", scan.pattern)) {
      options.refuse();
    }
  }
  if (options.refused()) context.reply.error(options.error());
  return !options.refused();
}

bool begin_scan(Context& context, Args args, Type type, const ScanForms& forms,
                std::uint64_t& cursor, ScanOptions& scan, const Entry*& entry) {
  const auto read = parse_cursor(args[2]);
  if (!read) {
    context.reply.error("ERR invalid cursor");
    return false;
  }
  cursor = *read;
  entry = context.find(args[1]);
  if (entry == nullptr) {  // before the options are looked at
    reply_scanned(context.reply, 0, 0);
    return false;
  }
  if (context.is_wrong_type(entry, type)) return false;
  return read_scan_options(context, args, 3, forms, scan);
}

void reply_scanned(resp::Writer& reply, std::uint64_t next, std::size_t words) {
  char text[kIntegerTextMax];
  reply.array(2);
  reply.bulk(ByteView(text, format_unsigned(next, text)));
  reply.array(words);
}

}  // namespace replserver
