# Which compiler, which language, which warnings: the same for every preset.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_COMPILE_WARNING_AS_ERROR ON)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
    message(FATAL_ERROR
        "g++ ${CMAKE_CXX_COMPILER_VERSION} is refused: below 14 it miscompiles ordinary coroutine idioms without a "
        "warning (double frees of temporaries and captures around co_await; 17 of 40 idioms tried crashed on 12.2). "
        "Use clang++-19: cmake -DCMAKE_CXX_COMPILER=clang++-19, or the presets, which name it.")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    message(FATAL_ERROR
        "clang++ ${CMAKE_CXX_COMPILER_VERSION} is refused: below 19 it cannot compile std::expected and std::views of "
        "libstdc++ 12 in C++23 mode. Use clang++-19.")
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# Our own warnings, asked of our own targets only.
add_library(engine_warnings INTERFACE)
target_compile_options(engine_warnings INTERFACE -Wall -Wextra -Wshadow -Wconversion)
