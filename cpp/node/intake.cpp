#include "node/intake.hpp"

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

constexpr std::size_t kBlockSize = 256 * 1024;
constexpr std::size_t kWaitingMax = 16 * 1024 * 1024;  // for the disk

bool is_wanted_aside(const NodeState& node) {
  const DisklessLoad wanted = node.config->repl_diskless_load;
  return wanted == DisklessLoad::swapdb ||
         (wanted == DisklessLoad::on_empty_db && node.keyspace.size() == 0);
}

tl::unexpected<Bytes> cannot_load(ByteView from, const Bytes& why) {
  return tl::unexpected(Bytes("Failed trying to load the MASTER synchronization DB from ") +
                        Bytes(from) + ", check server logs. " + why);
}

}  // namespace

Intake::Intake(Events events) : events_(std::move(events)), received_(kBlockSize) {}

std::shared_ptr<Intake> Intake::begin(NodeState& node, std::optional<std::uint64_t> size,
                                      Events events) {
  const std::shared_ptr<Intake> intake(new Intake(std::move(events)));
  if (is_wanted_aside(node)) {
    intake->begin_loader(node, size);
  } else {
    intake->begin_file(node);
  }
  return intake;
}

void Intake::begin_loader(NodeState& node, std::optional<std::uint64_t> size) {
  RdbLoader::Options options = load_options(node);
  options.size = size.value_or(0);
  loader_ = std::make_unique<RdbLoader>(node.keyspace, options);
  if (mutated(Mutant::keeps_position_after_failed_load)) {
    node.keyspace.flush_all(Keyspace::Flush::now);
  }
}

void Intake::begin_file(NodeState& node) {
  const Bytes& name = node.config->dbfilename;
  file_.emplace(node, name, weak_from_this(), received_);
  const Bytes of_the_sync = " in MASTER <-> REPLICA synchronization: ";
  file_->begin(
      node,
      {.opening = "Opening the temp file needed for MASTER <-> REPLICA synchronization: ",
       .writing = "Write error or short write writing to the DB dump file needed for MASTER <-> "
                  "REPLICA synchronization: ",
       .syncing = "Failed trying to sync the temp DB to disk" + of_the_sync,
       .renaming = "Failed trying to rename the temp DB into " + name + of_the_sync},
      [this](NodeState& node, std::uint64_t offset) {
        received_.forget(offset);
        if (!is_over_) events_.moved(node);
      },
      [this](NodeState& node, const Result<void>& outcome) {
        if (!outcome) return finish(node, tl::unexpected(outcome.error().text));
        load_file(node);
      });
}

bool Intake::is_full() const { return received_.end() - received_.begin() > kWaitingMax; }

void Intake::add(NodeState& node, ByteView bytes) {
  if (file_) {
    received_.append(bytes);
    file_->go_on(node);
  } else if (const auto fed = loader_->feed(bytes); !fed) {
    finish(node, cannot_load("socket", fed.error().text));
  }
}

void Intake::end(NodeState& node) {
  is_complete_ = true;
  if (file_) {
    // From now on the file is ours: nobody else reads it, and no save takes its place.
    abort_save(node);
    if (node.persistence.loading) {
      file_->remove(node);
      return finish(node, cannot_load("disk", "DEBUG RELOAD is under way"));
    }
    node.persistence.is_file_taken = true;
    return file_->end(node);
  }
  if (const auto ended = loader_->end(); !ended) {
    return finish(node, cannot_load("socket", ended.error().text));
  }
  RdbFacts facts = loader_->facts();  // before the loader lets go of them
  finish(node, RdbLoad::Loaded{loader_->take(), std::move(facts)});
}

void Intake::load_file(NodeState& node) {
  RS_ASSERT(node.persistence.loading == nullptr);
  has_let_go_ = true;
  events_.let_go(node);
  // Whatever the configuration has come to call our file meanwhile.
  node.persistence.loading = load_ = RdbLoad::start(
      node, file_->path(),
      [this](NodeState& node, tl::expected<RdbLoad::Loaded, RdbLoad::Trouble> outcome) {
        node.persistence.loading.reset();
        load_.reset();
        if (!outcome) return finish(node, cannot_load("disk", outcome.error().text));
        // Nobody wants files here: neither save points nor whoever looks after the disk.
        if (node.config->rdb_del_sync_files && node.config->save.empty()) {
          node.operate(RemoveFile{file_->path()}, [](NodeState&, ClientSession*, Result<Bytes>) {});
        }
        finish(node, std::move(*outcome));
      });
}

void Intake::abort(NodeState& node) {
  is_over_ = true;
  node.persistence.is_file_taken = false;
  if (load_) {
    load_->abort();
    load_.reset();
    node.persistence.loading.reset();
  } else if (file_) {
    file_->remove(node);
  }
}

void Intake::finish(NodeState& node, tl::expected<RdbLoad::Loaded, Bytes> outcome) {
  const auto self = shared_from_this();  // its owner lets go of it
  is_over_ = true;
  node.persistence.is_file_taken = false;
  events_.done(node, std::move(outcome));
}

}  // namespace replserver
