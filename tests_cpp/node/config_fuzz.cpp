// Any text is a configuration or refused with a report; what is read is read back from its rewriting.
#include <cstdint>
#include <cstdlib>

#include "node/config_file.hpp"
#include "node/config_rewrite.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  const ByteView text(reinterpret_cast<const char*>(data), size);
  // An include reads the rest of the text, once more: as deep as it says.
  const auto include = [&](ByteView path) -> Result<std::vector<Bytes>> {
    if (path.size() > 4) return fail(Error::Kind::io, "No such file or directory");
    return std::vector<Bytes>{Bytes(text.substr(text.size() / 2))};
  };
  const auto config = load_config(text, include, "7.2.4");
  if (!config) {
    if (!config.error().text.ends_with('\n')) std::abort();
    return 0;
  }
  const ByteView all[] = {"*"};
  if (config->get(all).empty()) std::abort();

  const auto nothing = [](ByteView) -> Result<std::vector<Bytes>> { return std::vector<Bytes>{}; };
  const Bytes rewritten = rewrite_config(text, *config);
  const auto again = load_config(rewritten, nothing, "7.2.4");
  if (!again || again->get(all) != config->get(all)) std::abort();
  if (rewrite_config(rewritten, *config) != rewritten) std::abort();
  return 0;
}
