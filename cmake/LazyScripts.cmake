# flamesim_lazy_script(NAME ENTRY options...): bundles ENTRY into a script that the binary carries and
# that an isolate compiles when a worker first asks for it (sim/web/lazy.js). Modules of the snapshot
# are imported as "runtime:<name>" (sim/web/shared_modules.js), or there would be two of each class.
# Options are esbuild's.
# flamesim_lazy_wasm(NAME FILE): the binary carries the WebAssembly module FILE for them.
# flamesim_lazy_library(NAME): the library of all of them.
set_property(GLOBAL PROPERTY LAZY_SCRIPTS "")

function(flamesim_lazy_wasm NAME FILE)
  set_property(GLOBAL APPEND PROPERTY LAZY_SCRIPTS ${NAME})
  set_property(GLOBAL PROPERTY LAZY_FILE_OF_${NAME} ${FILE})
endfunction()

function(flamesim_lazy_script NAME ENTRY)
  get_filename_component(FOLDER ${ENTRY} DIRECTORY)
  file(GLOB SOURCES CONFIGURE_DEPENDS ${FOLDER}/*.js ${FOLDER}/*/*.js)
  list(FILTER SOURCES EXCLUDE REGEX "(_test|/testing)\\.js$")
  set(SCRIPT ${CMAKE_BINARY_DIR}/generated/lazy/${NAME}.js)
  add_custom_command(
    OUTPUT ${SCRIPT}
    COMMAND ${ESBUILD} ${ENTRY} --bundle --format=cjs --platform=neutral --main-fields=module,main
            --conditions=import --external:runtime:* --target=es2022 --minify-whitespace
            --minify-syntax --log-level=warning ${ARGN} --outfile=${SCRIPT}
    DEPENDS ${SOURCES} ${CMAKE_SOURCE_DIR}/package.json
    COMMENT "Bundling the lazy script ${NAME}")
  set_property(GLOBAL APPEND PROPERTY LAZY_SCRIPTS ${NAME})
  set_property(GLOBAL PROPERTY LAZY_FILE_OF_${NAME} ${SCRIPT})
endfunction()

function(flamesim_lazy_library LIBRARY)
  get_property(NAMES GLOBAL PROPERTY LAZY_SCRIPTS)
  set(LAZY_DECLARATIONS "")
  set(LAZY_ENTRIES "")
  set(ASSEMBLY "    .section .rodata\n")
  set(SCRIPTS "")
  foreach(NAME ${NAMES})
    get_property(SCRIPT GLOBAL PROPERTY LAZY_FILE_OF_${NAME})
    list(APPEND SCRIPTS ${SCRIPT})
    foreach(END begin end)
      string(APPEND ASSEMBLY "    .global flamesim_lazy_${NAME}_${END}\nflamesim_lazy_${NAME}_${END}:\n")
      string(APPEND LAZY_DECLARATIONS "extern const char flamesim_lazy_${NAME}_${END}[];\n")
      if(END STREQUAL begin)
        string(APPEND ASSEMBLY "    .incbin \"${SCRIPT}\"\n")
      endif()
    endforeach()
    string(APPEND LAZY_ENTRIES
           "    {\"${NAME}\", {flamesim_lazy_${NAME}_begin, flamesim_lazy_${NAME}_end}},\n")
  endforeach()
  string(APPEND ASSEMBLY "    .section .note.GNU-stack,\"\",@progbits\n")
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/lazy/scripts.S CONTENT "${ASSEMBLY}" @ONLY)
  configure_file(${CMAKE_CURRENT_SOURCE_DIR}/lazy_scripts.cc.in
                 ${CMAKE_BINARY_DIR}/generated/lazy/lazy_scripts.cc @ONLY)
  enable_language(ASM)
  set_source_files_properties(${CMAKE_BINARY_DIR}/generated/lazy/scripts.S
                              PROPERTIES OBJECT_DEPENDS "${SCRIPTS}")
  add_library(${LIBRARY} STATIC ${CMAKE_BINARY_DIR}/generated/lazy/scripts.S
                                ${CMAKE_BINARY_DIR}/generated/lazy/lazy_scripts.cc)
  target_link_libraries(${LIBRARY} PUBLIC flamesim_settings)
endfunction()
