#include "node/rdb_load.hpp"

#include "base/numbers.hpp"
#include "node/info_section.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

// Decoded in well below a millisecond, so that who asks how far it is need not wait.
constexpr std::size_t kPart = 512 * 1024;
constexpr std::uint64_t kAhead = 2 * kPart;  // read, or being read, and not yet decoded
constexpr ByteView kNoFile = "No such file or directory";

}  // namespace

RdbLoader::Options load_options(const NodeState& node) {
  return {.checksum = node.config->rdbchecksum,
          .deep = node.config->sanitize_dump_payload == SanitizePayload::yes};
}

std::shared_ptr<RdbLoad> RdbLoad::start(NodeState& node, Bytes path, Done done) {
  // Read to its end also if `dir` becomes another one meanwhile.
  const Bytes& directory = node.config->dir;
  if (directory.starts_with('/') && !path.starts_with('/')) path = directory + "/" + path;
  const std::shared_ptr<RdbLoad> load(new RdbLoad(std::move(path), std::move(done), node.now));
  node.operate(FileSize{load->path_},
               [load](NodeState& node, ClientSession*, Result<Bytes> outcome) {
                 if (!load->is_over_) load->size_known(node, outcome);
               });
  return load;
}

void RdbLoad::abort() {
  is_over_ = true;
  loader_.reset();
}

void RdbLoad::size_known(NodeState& node, const Result<Bytes>& size) {
  if (!size) {
    return finish(node, tl::unexpected(Trouble{.no_file = size.error().text == kNoFile,
                                               .text = size.error().text}));
  }
  size_ = static_cast<std::uint64_t>(parse_integer(*size).value_or(0));
  RdbLoader::Options options = load_options(node);
  if (!node.is_replica()) options.skip_expired_before = unix_ms(node.now.wall);
  options.size = size_;
  loader_ = std::make_unique<RdbLoader>(node.keyspace, options);
  ask(node);
}

// Until a part is shorter than it could be: also a file that has grown meanwhile is read whole.
void RdbLoad::ask(NodeState& node) {
  while (asked_ <= size_ && asked_ < fed_ + kAhead) {
    node.operate(
        ReadPart{path_, asked_, kPart},
        [self = shared_from_this()](NodeState& node, ClientSession*, Result<Bytes> outcome) {
          if (!self->is_over_) self->part_read(node, outcome);
        });
    asked_ += kPart;
  }
}

void RdbLoad::part_read(NodeState& node, const Result<Bytes>& part) {
  if (!part) return finish(node, tl::unexpected(Trouble{.text = part.error().text}));
  Result<void> fed = loader_->feed(*part);
  fed_ += part->size();
  if (!has_told_origin_) tell_origin(node);
  const bool is_last = part->size() < kPart;
  if (fed && is_last) fed = loader_->end();
  if (!fed) return finish(node, tl::unexpected(Trouble{.text = fed.error().text}));
  if (!is_last) return ask(node);
  // Made before the loader lets go of them.
  RdbFacts facts = loader_->facts();
  finish(node, Loaded{loader_->take(), std::move(facts)});
}

void RdbLoad::tell_origin(NodeState& node) {
  has_told_origin_ = true;
  const RdbFacts& facts = loader_->facts();
  for (const auto& [name, value] : facts.aux) {
    if (name == "redis-ver" || name == "valkey-ver") {
      node.log(LogLevel::notice, "Loading RDB produced by version " + value);
    } else if (name == "ctime") {
      const std::int64_t age = unix_seconds(node.now.wall) - facts.created_s;
      node.log(LogLevel::notice, "RDB age " + std::to_string(age < 0 ? 0 : age) + " seconds");
    } else if (name == "used-mem") {
      constexpr double kMebibyte = 1024 * 1024;
      node.log(LogLevel::notice,
               "RDB memory usage when created " +
                   fixed_text(static_cast<double>(facts.used_memory) / kMebibyte, 2) + " Mb");
    } else if (name == "aof-base" && value == "1") {
      node.log(LogLevel::notice, "RDB is base AOF");
    }
  }
}

void RdbLoad::finish(NodeState& node, tl::expected<Loaded, Trouble> outcome) {
  const auto self = shared_from_this();  // its owner lets go of it
  is_over_ = true;
  done_(node, std::move(outcome));
}

}  // namespace replserver
