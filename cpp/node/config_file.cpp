#include "node/config_file.hpp"

#include "base/ascii.hpp"
#include "node/config_table.hpp"
#include "resp/parser.hpp"

namespace replserver {
namespace {

// Old files may still have them; they lost their meaning long ago.
constexpr ByteView kRetired[] = {"list-max-ziplist-entries", "list-max-ziplist-value",
                                 "lua-replicate-commands"};

ByteView trimmed(ByteView line) {
  constexpr ByteView kSpace = " \t\r\n";
  const std::size_t begin = line.find_first_not_of(kSpace);
  if (begin == ByteView::npos) return {};
  return line.substr(begin, line.find_last_not_of(kSpace) - begin + 1);
}

class Loader {
 public:
  Loader(Config start, const ReadInclude& read_include, const KnowsCommand& knows_command,
         ByteView version)
      : config_(std::move(start)),
        read_include_(read_include),
        knows_command_(knows_command),
        version_(version) {}

  // The Error of a line is the whole report.
  std::optional<Error> read(ByteView text);
  Config take() { return std::move(config_); }

 private:
  using Arguments = std::span<const ByteView>;
  using Complaint = std::optional<Bytes>;  // about the line being read

  std::optional<Error> read_line(ByteView line, std::size_t number);
  std::optional<Error> include(ByteView path);
  Complaint assign(Arguments words);
  Complaint add_save_points(Arguments words);
  Complaint check_rename(ByteView from, ByteView to) const;
  bool is_command(ByteView name) const;
  Error report(ByteView line, std::size_t number, ByteView complaint) const;

  // A file that includes itself would be read without end.
  static constexpr int kIncludesMax = 1000;

  Config config_;
  const ReadInclude& read_include_;
  const KnowsCommand& knows_command_;
  ByteView version_;
  int includes_ = 0;
  bool save_seen_ = false;  // the first `save` line puts the default away, further ones add to it
};

std::optional<Error> Loader::read(ByteView text) {
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    ++number;
    if (auto error = read_line(trimmed(text.substr(0, end)), number)) return error;
    if (end == ByteView::npos) break;
    text.remove_prefix(end + 1);
  }
  return std::nullopt;
}

std::optional<Error> Loader::read_line(ByteView line, std::size_t number) {
  if (line.empty() || line.starts_with('#')) return std::nullopt;
  const std::optional<Words> split = resp::split_words(line);
  if (!split) return report(line, number, "Unbalanced quotes in configuration line");
  if (split->empty()) return std::nullopt;

  const std::vector<ByteView> words(split->begin(), split->end());
  if (equal_ignoring_case(words.front(), "include") && words.size() == 2) {
    if (++includes_ > kIncludesMax) return report(line, number, "Too many included files");
    return include(words[1]);
  }
  if (const auto complaint = assign(words)) return report(line, number, *complaint);
  return std::nullopt;
}

std::optional<Error> Loader::include(ByteView path) {
  const auto texts = read_include_(path);
  if (!texts) {
    return Error{Error::Kind::config, "Fatal error, can't open config file '" + Bytes(path) +
                                          "': " + texts.error().text + "\n"};
  }
  for (const Bytes& text : *texts) {
    if (auto error = read(text)) return error;
  }
  return std::nullopt;
}

Loader::Complaint Loader::assign(Arguments words) {
  const ByteView name = words.front();
  if (equal_ignoring_case(name, "save")) return add_save_points(words);
  if (equal_ignoring_case(name, "sentinel")) {
    return "sentinel directive while not in sentinel mode";
  }
  if (equal_ignoring_case(name, "loadmodule") && words.size() > 1) {
    return "modules are not supported by this server";
  }
  for (const ByteView retired : kRetired) {
    if (equal_ignoring_case(name, retired) && words.size() == 2) return std::nullopt;
  }
  if (equal_ignoring_case(name, "rename-command") && words.size() == 3) {
    if (auto complaint = check_rename(words[1], words[2])) return complaint;
  }
  if (auto error = config_.assign(words)) return std::move(error->text);
  return std::nullopt;
}

Loader::Complaint Loader::add_save_points(Arguments words) {
  const Bytes earlier = save_seen_ ? config_.get("save").value_or("") : "";
  save_seen_ = true;
  if (const auto error = config_.assign(words)) return error->text;

  const Bytes added = config_.get("save").value_or("");
  if (added.empty() || earlier.empty()) return std::nullopt;
  const Bytes all = earlier + " " + added;
  const ByteView together[] = {"save", all};
  if (const auto error = config_.assign(together)) return error->text;
  return std::nullopt;
}

bool Loader::is_command(ByteView name) const {
  const auto& renamed = config_->rename_command;
  for (auto last = renamed.rbegin(); last != renamed.rend(); ++last) {
    if (equal_ignoring_case(last->to, name)) return true;
    if (equal_ignoring_case(last->from, name)) return false;
  }
  return knows_command_(name);
}

Loader::Complaint Loader::check_rename(ByteView from, ByteView to) const {
  if (!knows_command_) return std::nullopt;
  if (from.empty() || !is_command(from)) return "No such command in rename-command";
  if (!to.empty() && is_command(to)) return "Target command name already exists";
  return std::nullopt;
}

Error Loader::report(ByteView line, std::size_t number, ByteView complaint) const {
  Bytes text = "\n*** FATAL CONFIG FILE ERROR (Redis ";
  text.append(version_).append(") ***\nReading the configuration file, at line ");
  text.append(std::to_string(number)).append("\n>>> '").append(line).append("'\n");
  text.append(complaint).append("\n");
  return Error{Error::Kind::config, std::move(text)};
}

}  // namespace

Result<CommandLine> read_command_line(const Words& arguments) {
  CommandLine line;
  auto word = arguments.begin();
  auto end = arguments.end();
  if (word == end) return line;

  if (*word == "-v" || *word == "--version") {
    line.task = CommandLine::Task::version;
    return line;
  }
  if (*word == "-h" || *word == "--help") {
    line.task = CommandLine::Task::help;
    return line;
  }
  // "-" may stand first or last.
  if (*word == "-") {
    line.standard_input = true;
    ++word;
  } else if (!word->starts_with('-')) {
    line.file = *word++;
  }
  if (word != end && *(end - 1) == "-") {
    line.standard_input = true;
    --end;
  }

  // The word behind an option is its value even if it begins with "--". Another one may follow it.
  bool is_value = false;
  for (; word != end; ++word) {
    if (is_value || !word->starts_with("--")) {
      line.options += quoted(*word) + " ";
      is_value = false;
      continue;
    }
    if (*word == "--check-config") {
      line.task = CommandLine::Task::check_config;
      continue;
    }
    if (equal_ignoring_case(*word, "--sentinel")) {
      return fail(Error::Kind::config,
                  "Sentinel mode is not part of this server: use redis-sentinel.\n");
    }
    if (!line.options.empty()) line.options += '\n';
    line.options += word->substr(2) + " ";

    const bool is_last = word + 1 == end || (word + 1)->starts_with("--");
    if (is_last && equal_ignoring_case(*word, "--save")) {
      line.options += "\"\"";  // alone it means: never
      continue;
    }
    const auto split = resp::split_words(*word);
    is_value = split && split->size() == 1;  // "--port 7000" in one word has its value
  }
  return line;
}

Bytes join_config(std::optional<ByteView> file, std::optional<ByteView> standard_input,
                  ByteView options) {
  Bytes text(file.value_or(""));
  if (standard_input) {
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
    text += *standard_input;
  }
  // Lines are counted as Redis does: a break comes before the options in any case.
  if (!options.empty()) text.append("\n").append(options);
  return text;
}

Result<Config> load_config(ByteView text, const ReadInclude& read_include, ByteView version,
                           Config start, const KnowsCommand& knows_command) {
  Loader loader(std::move(start), read_include, knows_command, version);
  if (auto error = loader.read(text)) return tl::unexpected(std::move(*error));
  return loader.take();
}

}  // namespace replserver
