# Compiler settings that hold for every target.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
# -Og compiles in two thirds of the time that -O1 takes.
set(CMAKE_CXX_FLAGS_ASAN "-Og -g1 -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined -fno-omit-frame-pointer")
set(CMAKE_EXE_LINKER_FLAGS_ASAN "-fsanitize=address,undefined")

add_library(flamesim_settings INTERFACE)
# Off: parameters that an interface has and one implementation ignores; designated initializers that
# leave defaults; GCC 12's false alarms about kj::Maybe and std::optional in promises, about
# appending to std::string, and about unnamed namespaces in what a unity build includes.
target_compile_options(flamesim_settings INTERFACE -Wall -Wextra -Werror -Wno-unused-parameter
  -Wno-missing-field-initializers -Wno-maybe-uninitialized -Wno-restrict -Wno-subobject-linkage)
target_include_directories(flamesim_settings INTERFACE ${CMAKE_SOURCE_DIR})

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Of tests with V8 in them: it keeps memory for the life of the process, and scans stacks itself.
set(SANITIZER_OPTIONS "ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0"
                      "UBSAN_OPTIONS=print_stacktrace=1")
