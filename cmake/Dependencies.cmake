# Everything that comes from Debian. docs/dependencies.md says what each is for.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(CapnProto CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Catch2 2 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(SQLite3 REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(BROTLI REQUIRED IMPORTED_TARGET libbrotlidec libbrotlienc)
pkg_check_modules(TOMLPP REQUIRED IMPORTED_TARGET tomlplusplus)
find_library(LMDB_LIBRARY lmdb REQUIRED)
find_library(HTTPLIB_LIBRARY cpp-httplib)
find_program(ESBUILD esbuild REQUIRED)

# The allocator of the binary: a replay takes 7 % less time than with glibc's. The sanitizers bring
# their own.
find_library(JEMALLOC libjemalloc_pic.a)
if(CMAKE_BUILD_TYPE STREQUAL Asan)
  set(JEMALLOC "")
elseif(NOT JEMALLOC)
  message(FATAL_ERROR "jemalloc (libjemalloc-dev) was not found: run `make setup`")
endif()

# Linked into the binary, not loaded with it: each shared library adds to the time from exec to
# main(), those of Cap'n Proto 10 ms.
foreach(NAME kj kj-async kj-http capnp capnp-rpc capnp-json capnpc)
  find_library(STATIC_${NAME} lib${NAME}.a)
  if(STATIC_${NAME})
    set_target_properties(CapnProto::${NAME} PROPERTIES IMPORTED_LOCATION ${STATIC_${NAME}})
  endif()
endforeach()

find_library(STATIC_sqlite libsqlite3.a)
if(STATIC_sqlite)
  set_target_properties(SQLite::SQLite3 PROPERTIES IMPORTED_LOCATION ${STATIC_sqlite}
    INTERFACE_LINK_LIBRARIES "ZLIB::ZLIB;m;${CMAKE_DL_LIBS}")
endif()

add_library(catch_main OBJECT ${CMAKE_SOURCE_DIR}/tests/catch_main.cc)
target_link_libraries(catch_main PUBLIC Catch2::Catch2)
target_compile_options(catch_main PRIVATE -O0)  # Catch itself: slow to compile, quick enough
add_library(fuzz_main OBJECT ${CMAKE_SOURCE_DIR}/tests/fuzz_main.cc)
target_link_libraries(fuzz_main PRIVATE flamesim_settings)
