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

# What is linked, and loaded at run time, is a copy that is bound to itself: it loads in half of
# the time. The sanitizers intercept symbols inside of libraries, so their build takes the original.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64 AND NOT CMAKE_BUILD_TYPE STREQUAL Asan)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(BIND_LIBRARY ${CMAKE_SOURCE_DIR}/scripts/bind_library.py)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${BIND_LIBRARY} ${V8_LIBRARY})
  get_filename_component(V8_LIBRARY_NAME ${V8_LIBRARY} NAME)
  set(V8_BOUND ${CMAKE_BINARY_DIR}/lib/${V8_LIBRARY_NAME})
  if(NOT EXISTS ${V8_BOUND} OR ${V8_LIBRARY} IS_NEWER_THAN ${V8_BOUND}
     OR ${BIND_LIBRARY} IS_NEWER_THAN ${V8_BOUND})
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
    execute_process(COMMAND ${Python3_EXECUTABLE} ${BIND_LIBRARY} ${V8_LIBRARY} ${V8_BOUND}
                    COMMAND_ERROR_IS_FATAL ANY)
  endif()
  set(V8_LIBRARY ${V8_BOUND})
endif()

add_library(v8 SHARED IMPORTED)
set_target_properties(v8 PROPERTIES
  IMPORTED_LOCATION ${V8_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${V8_INCLUDE}
  INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${V8_INCLUDE})
