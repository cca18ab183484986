# flamesim_folder(NAME DEPS lib...): one folder of the house.
# Makes the library flamesim_NAME from the folder's *.cc, and NAME_test from its *_test.cc.
function(flamesim_folder NAME)
  cmake_parse_arguments(ARG "" "" "DEPS;TEST_DEPS;EXCLUDE" ${ARGN})
  file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(TESTS ${SOURCES})
  list(FILTER SOURCES EXCLUDE REGEX "_(test|bench|fuzz|main)\\.cc$")
  list(FILTER TESTS INCLUDE REGEX "_test\\.cc$")
  if(SOURCES)
    add_library(flamesim_${NAME} STATIC ${SOURCES})
    target_link_libraries(flamesim_${NAME} PUBLIC flamesim_settings ${ARG_DEPS})
  else()
    add_library(flamesim_${NAME} INTERFACE)
    target_link_libraries(flamesim_${NAME} INTERFACE flamesim_settings ${ARG_DEPS})
  endif()
  if(TESTS)
    add_executable(${NAME}_test ${TESTS} $<TARGET_OBJECTS:catch_main>)
    target_link_libraries(${NAME}_test PRIVATE flamesim_${NAME} Catch2::Catch2 ${ARG_TEST_DEPS})
    target_compile_definitions(${NAME}_test PRIVATE FLAMESIM_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                    FLAMESIM_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${NAME} COMMAND ${NAME}_test)
    # Under ASan: V8 keeps memory for the life of the process, and scans stacks itself.
    set_tests_properties(${NAME} PROPERTIES TIMEOUT 600 ENVIRONMENT
      "ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:handle_segv=0")
  endif()
endfunction()
