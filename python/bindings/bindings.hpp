// One function for each class that Python sees; module.cpp calls them.
#pragma once

#include <pybind11/pybind11.h>

namespace replserver {

void bind_comparison(pybind11::module_& module);
void bind_journal(pybind11::module_& module);
void bind_live_node(pybind11::module_& module);
void bind_pending(pybind11::module_& module);
void bind_rdb_reader(pybind11::module_& module);
void bind_rdb_writer(pybind11::module_& module);
void bind_relay(pybind11::module_& module);
void bind_sim_link(pybind11::module_& module);
void bind_storm(pybind11::module_& module);
void bind_world(pybind11::module_& module);

}  // namespace replserver
