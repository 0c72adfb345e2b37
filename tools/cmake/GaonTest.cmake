# SPDX-License-Identifier: Apache-2.0
# gaon_test(<name> SOURCES … USES … [LABELS …] [TIMEOUT s]): a cmocka program that ctest runs. Labels: unit contract rpc e2e fault fuzz.
function(gaon_test name)
	cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;USES;LABELS" ${ARGN})
	if(NOT TARGET PkgConfig::cmocka)
		pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET GLOBAL cmocka)
	endif()
	add_executable(test_${name} ${ARG_SOURCES})
	target_link_libraries(test_${name} PRIVATE gaon_flags ${ARG_USES} PkgConfig::cmocka)
	add_test(NAME ${name} COMMAND test_${name})
	if(NOT ARG_TIMEOUT)
		set(ARG_TIMEOUT 120)
	endif()
	if(GAON_SANITIZE MATCHES "thread")
		# Debian's gRPC, OpenSSL and the like are not instrumented: what happens inside of them is not ours to judge.
		set_tests_properties(${name} PROPERTIES ENVIRONMENT "TSAN_OPTIONS=ignore_noninstrumented_modules=1")
	endif()
	set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()

# gaon_fuzz(<name> SOURCES … USES …): a fuzz target (tests/support/fuzz.h). Ordinarily a test that runs its seeds and a fixed number of
# mutations of them; with GAON_FUZZ, which needs clang, a libFuzzer program that runs for as long as you let it.
function(gaon_fuzz name)
	cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
	add_executable(fuzz_${name} ${ARG_SOURCES})
	target_link_libraries(fuzz_${name} PRIVATE gaon_flags ${ARG_USES})
	if(GAON_FUZZ)
		target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
		return()
	endif()
	target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/fuzz_main.c)
	add_test(NAME fuzz_${name} COMMAND fuzz_${name})
	set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz TIMEOUT 300)
endfunction()
