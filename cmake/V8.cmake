# V8 is Debian's libnode. Set-up puts it under .deps/libnode where apt refuses the package because
# another Node.js is installed; those headers then win over whatever the system's folder holds.
set(V8_UNPACKED ${CMAKE_SOURCE_DIR}/.deps/libnode/usr)
if(EXISTS ${V8_UNPACKED}/include/nodejs/deps/v8/include/v8.h)
  set(V8_INCLUDE ${V8_UNPACKED}/include/nodejs/deps/v8/include)
  file(GLOB V8_LIBRARY ${V8_UNPACKED}/lib/*/libnode.so.[0-9]*)
else()
  set(V8_INCLUDE /usr/include/nodejs/deps/v8/include)
  file(GLOB V8_LIBRARY /usr/lib/*/libnode.so.[0-9]*)
endif()
if(NOT EXISTS ${V8_INCLUDE}/v8.h OR NOT V8_LIBRARY)
  message(FATAL_ERROR "V8 (Debian's libnode-dev) was not found: run `make setup`")
endif()
list(GET V8_LIBRARY 0 V8_LIBRARY)

add_library(v8 SHARED IMPORTED)
set_target_properties(v8 PROPERTIES
  IMPORTED_LOCATION ${V8_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${V8_INCLUDE}
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${V8_INCLUDE})
