# Every package the engine stands on, as imported targets. docs/dependencies.md says why each is here.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(webp REQUIRED IMPORTED_TARGET libwebp libwebpmux libwebpdemux)
pkg_check_modules(deflate REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(isal REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(freetype REQUIRED IMPORTED_TARGET freetype2)
pkg_check_modules(fribidi REQUIRED IMPORTED_TARGET fribidi)
pkg_check_modules(raqm REQUIRED IMPORTED_TARGET raqm)
pkg_check_modules(unibreak REQUIRED IMPORTED_TARGET libunibreak)

# Boost 1.81 by version: Debian's unversioned package is 1.74, which has no cancellation slots and no awaitable operators.
find_package(Boost 1.81 REQUIRED)
add_library(engine_boost INTERFACE)
target_link_libraries(engine_boost INTERFACE Boost::headers Threads::Threads OpenSSL::SSL)
target_compile_definitions(engine_boost INTERFACE
    BOOST_ASIO_NO_DEPRECATED
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_BEAST_SEPARATE_COMPILATION)
