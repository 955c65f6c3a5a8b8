#include <pybind11/stl.h>

#include "bindings.hpp"
#include "convert.hpp"
#include "net/serve.hpp"
#include "node/version.hpp"

PYBIND11_MODULE(_core, module) {
  using namespace replserver;
  module.doc() = "The C++ side of replserver; use the package's own names.";
  module.attr("__version__") = Bytes(kServerVersion);
  module.attr("redis_version") = Bytes(kRedisVersion);
  module.def(
      "serve",
      [](const Bytes& program, const Words& arguments) {
        return without_gil([&] { return net::serve(program, arguments); });
      },
      py::arg("program"), py::arg("arguments"),
      "Runs the server until it shuts down; the exit code.");
  bind_pending(module);
  bind_journal(module);
  bind_live_node(module);
  bind_comparison(module);
  bind_rdb_reader(module);
  bind_rdb_writer(module);
  bind_relay(module);
  bind_world(module);
  bind_sim_link(module);
  bind_storm(module);
}
