# SPDX-License-Identifier: Apache-2.0
# How every target of ours is compiled.
option(GAON_TESTS "build the test suites" ON)
set(GAON_SANITIZE "" CACHE STRING "address,undefined or thread")
option(GAON_COVERAGE "count executed lines" OFF)
option(GAON_FUZZ "build fuzz targets for libFuzzer; needs clang" OFF)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE Release)
endif()
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

add_library(gaon_flags INTERFACE)
target_compile_definitions(gaon_flags INTERFACE _GNU_SOURCE)
target_include_directories(gaon_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(gaon_flags INTERFACE
	-Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
	-fstack-protector-strong -fno-omit-frame-pointer -fvisibility=hidden)
target_link_options(gaon_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
if(GAON_SANITIZE)
	target_compile_options(gaon_flags INTERFACE -fsanitize=${GAON_SANITIZE} -fno-sanitize-recover=all)
	target_link_options(gaon_flags INTERFACE -fsanitize=${GAON_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
	target_compile_definitions(gaon_flags INTERFACE _FORTIFY_SOURCE=2)
endif()
if(GAON_COVERAGE)
	target_compile_options(gaon_flags INTERFACE --coverage)
	target_link_options(gaon_flags INTERFACE --coverage)
endif()

if(GAON_FUZZ)
	target_compile_options(gaon_flags INTERFACE -fsanitize=fuzzer-no-link)
	target_link_options(gaon_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# gaon_library(<target> SOURCES … USES …): a room as a static library. USES are the rooms and vendor targets it may include.
function(gaon_library target)
	cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
	add_library(${target} STATIC ${ARG_SOURCES})
	target_link_libraries(${target} PUBLIC gaon_flags ${ARG_USES})
endfunction()
