# Libraries come from the system where it has them, else from their pinned release.
#
# FetchContent looks for a system package itself since CMake 3.24; before that we do.
include(FetchContent)
set(FETCHCONTENT_QUIET ON)
set(fetched_as "")
if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.25)
  set(fetched_as SYSTEM)  # warnings in their headers are not ours
endif()

# replserver_provide(<package> <repository> <tag> [arguments of find_package ...])
macro(replserver_provide package repository tag)
  if(CMAKE_VERSION VERSION_GREATER_EQUAL 3.24)
    FetchContent_Declare(${package} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON
      ${fetched_as} FIND_PACKAGE_ARGS ${ARGN})
    FetchContent_MakeAvailable(${package})
  else()
    find_package(${package} QUIET ${ARGN})
    if(NOT ${package}_FOUND)
      FetchContent_Declare(${package} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON)
      FetchContent_MakeAvailable(${package})
    endif()
  endif()
endmacro()

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)  # never fetched: its security updates are the system's

set(EXPECTED_BUILD_TESTS OFF)
set(EXPECTED_BUILD_PACKAGE OFF)
replserver_provide(tl-expected https://github.com/TartanLlama/expected v1.1.0)

# Asio has no CMake package; its headers are all there is to it.
find_path(ASIO_INCLUDE_DIR asio.hpp)
if(NOT ASIO_INCLUDE_DIR)
  FetchContent_Declare(asio GIT_REPOSITORY https://github.com/chriskohlhoff/asio
    GIT_TAG asio-1-28-0 GIT_SHALLOW ON)
  FetchContent_MakeAvailable(asio)
  set(ASIO_INCLUDE_DIR "${asio_SOURCE_DIR}/asio/include" CACHE PATH "" FORCE)
endif()
add_library(replserver_asio INTERFACE)
target_include_directories(replserver_asio SYSTEM INTERFACE "${ASIO_INCLUDE_DIR}")
# Asio decides by the standard headers that came before it whether memory is from aligned_alloc: two
# source files may then disagree, and one frees what the other allocated.
target_compile_definitions(replserver_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED
  ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(replserver_asio INTERFACE Threads::Threads)

# spdlog and fmt are used as headers: two shared libraries less to load at every start, and a wheel
# that runs where they are missing.
replserver_provide(spdlog https://github.com/gabime/spdlog v1.12.0)
add_library(replserver_spdlog INTERFACE)
get_target_property(spdlog_definitions spdlog::spdlog_header_only INTERFACE_COMPILE_DEFINITIONS)
if(spdlog_definitions MATCHES "SPDLOG_FMT_EXTERNAL" AND TARGET fmt::fmt-header-only)
  get_target_property(spdlog_includes spdlog::spdlog_header_only INTERFACE_INCLUDE_DIRECTORIES)
  target_include_directories(replserver_spdlog SYSTEM INTERFACE ${spdlog_includes})
  target_compile_definitions(replserver_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
  target_link_libraries(replserver_spdlog INTERFACE fmt::fmt-header-only Threads::Threads)
else()
  target_link_libraries(replserver_spdlog INTERFACE spdlog::spdlog_header_only)
endif()

if(REPLSERVER_BUILD_TESTS)
  set(INSTALL_GTEST OFF)
  replserver_provide(googletest https://github.com/google/googletest v1.14.0 NAMES GTest)
endif()

if(REPLSERVER_BUILD_BENCH)
  set(BENCHMARK_ENABLE_TESTING OFF)
  set(BENCHMARK_ENABLE_INSTALL OFF)
  replserver_provide(benchmark https://github.com/google/benchmark v1.8.3)
endif()
