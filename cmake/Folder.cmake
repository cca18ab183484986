# flamesim_folder(NAME DEPS lib... [ALONE file...]): one folder of the house.
# Makes the library flamesim_NAME from the folder's *.cc, NAME_test from its *_test.cc, and from each
# *_fuzz.cc a program of that name. Several files are compiled as one (CMAKE_UNITY_BUILD), which halves
# a clean build; ALONE: those that give a name of another file to something else.
function(flamesim_folder NAME)
  cmake_parse_arguments(ARG "" "" "DEPS;TEST_DEPS;ALONE" ${ARGN})
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
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
    set_tests_properties(${NAME} PROPERTIES TIMEOUT 600 ENVIRONMENT "${SANITIZER_OPTIONS}")
  endif()
  file(GLOB FUZZ_TARGETS CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_fuzz.cc)
  foreach(SOURCE ${FUZZ_TARGETS})
    flamesim_fuzz(${SOURCE} flamesim_${NAME} ${ARG_TEST_DEPS})
  endforeach()
endfunction()

# A fuzz target: SOURCE has LLVMFuzzerTestOneInput, testdata/NAME_fuzz beside it the seeds. As a test
# it runs the seeds and a fixed series of mutations; tests/README.md says how to run it longer.
function(flamesim_fuzz SOURCE LIBRARY)
  get_filename_component(NAME ${SOURCE} NAME_WE)
  get_filename_component(FOLDER ${SOURCE} DIRECTORY)
  add_executable(${NAME} ${SOURCE} $<TARGET_OBJECTS:fuzz_main>)
  target_link_libraries(${NAME} PRIVATE ${LIBRARY} ${ARGN})
  target_compile_definitions(${NAME} PRIVATE FLAMESIM_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME ${NAME} COMMAND ${NAME} --runs=20000 --crash=${CMAKE_BINARY_DIR}/${NAME}.crash
                                ${FOLDER}/testdata/${NAME})
  set_tests_properties(${NAME} PROPERTIES TIMEOUT 600 LABELS fuzz)
endfunction()
