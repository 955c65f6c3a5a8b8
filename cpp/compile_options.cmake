# What every file of ours is compiled with; third-party targets are not touched.
add_library(replserver_options INTERFACE)
target_compile_options(replserver_options INTERFACE
  -Wall -Wextra
  -Wno-missing-field-initializers  # {.port = 7000} leaves the rest at its defaults, on purpose
  # Assertions and debug information name files as the repository does, wherever it is checked out.
  "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=")
if(REPLSERVER_WERROR)
  target_compile_options(replserver_options INTERFACE -Werror)
endif()

set(sanitizers "")
if(REPLSERVER_SANITIZE STREQUAL "address" OR REPLSERVER_FUZZ)
  set(sanitizers "address,undefined")
elseif(REPLSERVER_SANITIZE STREQUAL "thread")
  set(sanitizers "thread")
elseif(REPLSERVER_SANITIZE)
  message(FATAL_ERROR "REPLSERVER_SANITIZE is address, thread or empty, not ${REPLSERVER_SANITIZE}")
endif()
if(sanitizers)
  target_compile_options(replserver_options INTERFACE
    "-fsanitize=${sanitizers}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(replserver_options INTERFACE "-fsanitize=${sanitizers}")
endif()
if(REPLSERVER_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "REPLSERVER_FUZZ needs clang: configure with -DCMAKE_CXX_COMPILER=clang++")
  endif()
  target_compile_options(replserver_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The keyspace's single door is checked wherever speed does not matter.
if(sanitizers OR CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(replserver_options INTERFACE REPLSERVER_CHECK_DOOR)
endif()
