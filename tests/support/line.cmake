# SPDX-License-Identifier: Apache-2.0
# gaon_test_line: all services on a simulated cloud (line_fixture.h). Include it where a test uses that.
include_guard(GLOBAL)
add_library(gaon_test_line STATIC
	${PROJECT_SOURCE_DIR}/tests/support/line_fixture.c ${PROJECT_SOURCE_DIR}/tests/support/line_machine.c
	${PROJECT_SOURCE_DIR}/tests/support/service_fixture.c
	${PROJECT_SOURCE_DIR}/tests/unit/catalog/catalog_fixture.c ${PROJECT_SOURCE_DIR}/tests/unit/cost/cost_fixture.c)
find_package(PkgConfig REQUIRED)
if(NOT TARGET PkgConfig::cmocka)
	pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET GLOBAL cmocka)
endif()
target_link_libraries(gaon_test_line PUBLIC gaon_flags
	gaon_handlers_lifecycle gaon_handlers_request gaon_handlers_cost gaon_handlers_catalog gaon_handlers_iam
	gaon_service_lifecycle gaon_service_request gaon_service_cost gaon_service_catalog gaon_service_iam
	gaon_providers PkgConfig::cmocka)
# The server's own is not linked here: ours must be there whichever of the files a test needs.
target_link_options(gaon_test_line INTERFACE LINKER:--undefined=call_stream)
