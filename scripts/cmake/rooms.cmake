# engine_room(NAME [COMPUTES] SOURCES ... HEADERS ... USES rooms ... LINKS targets ...)
#   One static library per folder of engine/. USES are the rooms it may include; each must exist already, so the rooms
#   can never form a circle. The test `rooms.NAME` holds the #include lines against USES.
#   COMPUTES: a room whose tests take as long as their code is slow (pixels, bytes, thousands of worlds). It is compiled with
#   DARKROOM_COMPUTE_OPTIONS on top: a preset says -O0 for all that is built once and run once, and -O1 here.
#   Every header is in a file set, so `all_verify_interface_header_sets` compiles each one alone.
function(engine_room name)
    cmake_parse_arguments(room "COMPUTES" "" "SOURCES;HEADERS;USES;LINKS" ${ARGN})
    set(target engine_${name})
    add_library(${target} STATIC ${room_SOURCES})
    target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${room_HEADERS})
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON LINKER_LANGUAGE CXX)
    target_link_libraries(${target} PRIVATE engine_warnings PUBLIC ${room_LINKS})
    if(room_COMPUTES)
        target_compile_options(${target} PRIVATE ${DARKROOM_COMPUTE_OPTIONS})
    endif()
    foreach(used IN LISTS room_USES)
        if(NOT TARGET engine_${used})
            message(FATAL_ERROR "room '${name}' uses '${used}', which is not below it (see engine/CMakeLists.txt)")
        endif()
        target_link_libraries(${target} PUBLIC engine_${used})
    endforeach()
    if(DARKROOM_TESTS)
        add_test(NAME rooms.${name} COMMAND ${CMAKE_COMMAND}
            -DROOM=${name} "-DUSES=${room_USES}" -DSOURCE_DIR=${PROJECT_SOURCE_DIR}
            -P ${PROJECT_SOURCE_DIR}/scripts/cmake/check_room.cmake)
    endif()
endfunction()

# engine_test(NAME SOURCES ... USES rooms ... [LABELS ...] [ENVIRONMENT ...])
#   One doctest program `test_NAME`, registered as the test NAME.
function(engine_test name)
    cmake_parse_arguments(test "" "TIMEOUT" "SOURCES;USES;LINKS;LABELS;ENVIRONMENT" ${ARGN})
    string(REPLACE "." "_" target test_${name})
    add_executable(${target} ${test_SOURCES})
    target_link_libraries(${target} PRIVATE engine_warnings test_main ${test_LINKS})
    target_precompile_headers(${target} REUSE_FROM test_headers)
    foreach(used IN LISTS test_USES)
        target_link_libraries(${target} PRIVATE engine_${used})
    endforeach()
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${target} PRIVATE SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${target})
    if(NOT test_TIMEOUT)
        set(test_TIMEOUT 300)
    endif()
    set_tests_properties(${name} PROPERTIES TIMEOUT ${test_TIMEOUT} LABELS "${test_LABELS}"
        ENVIRONMENT "${test_ENVIRONMENT}")
endfunction()

# embed_text(TARGET SYMBOL FILE): makes `extern const std::string_view SYMBOL` (namespace engine::embedded) from FILE.
function(embed_text target symbol file)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cpp)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DSYMBOL=${symbol} -DIN=${file} -DOUT=${out}
            -P ${PROJECT_SOURCE_DIR}/scripts/cmake/embed_text.cmake
        DEPENDS ${file} ${PROJECT_SOURCE_DIR}/scripts/cmake/embed_text.cmake
        VERBATIM)
    target_sources(${target} PRIVATE ${out})
endfunction()

# engine_fuzz(NAME SOURCES ... USES rooms ... [LINKS targets ...])
#   One fuzz target `fuzz_NAME` for one parser of outside bytes; its sources define LLVMFuzzerTestOneInput. With
#   -DDARKROOM_FUZZ=ON (preset `fuzz`) it is a libFuzzer program, run as `fuzz_NAME -max_total_time=300 work/ corpus/`.
#   Otherwise a plain main replays tests/fuzz/corpus/NAME/ and is the test `fuzz.NAME`, in every preset, so that an
#   input which once broke a parser stays a test. The corpus must hold at least one file.
function(engine_fuzz name)
    cmake_parse_arguments(fuzz "" "" "SOURCES;USES;LINKS" ${ARGN})
    set(target fuzz_${name})
    set(corpus ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    add_executable(${target} ${fuzz_SOURCES})
    target_link_libraries(${target} PRIVATE engine_warnings ${fuzz_LINKS})
    foreach(used IN LISTS fuzz_USES)
        target_link_libraries(${target} PRIVATE engine_${used})
    endforeach()
    if(DARKROOM_FUZZ)
        target_compile_options(${target} PRIVATE -fsanitize=fuzzer)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        add_test(NAME fuzz.${name} COMMAND ${target} -runs=0 ${corpus})
    else()
        target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
        add_test(NAME fuzz.${name} COMMAND ${target} ${corpus})
    endif()
    set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 300 LABELS fuzz)
endfunction()
