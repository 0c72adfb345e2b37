# SPDX-License-Identifier: Apache-2.0
# gaon_test_on_openstack(NAME…): tests that share one OpenStack, one at a time, as it takes two minutes to start.
include_guard(GLOBAL)
string(MD5 tree ${CMAKE_BINARY_DIR})
string(SUBSTRING ${tree} 0 8 tree)
set_property(GLOBAL PROPERTY gaon_openstack /var/tmp/gaon-openstack-${tree}) # a short name, as there are sockets in it
set(peer ${PROJECT_SOURCE_DIR}/tools/peers/openstack/peer)
add_test(NAME openstack_start COMMAND ${peer} start /var/tmp/gaon-openstack-${tree})
add_test(NAME openstack_remove COMMAND ${peer} remove /var/tmp/gaon-openstack-${tree} ${CMAKE_BINARY_DIR}/openstack-log)
set_tests_properties(openstack_start PROPERTIES COST 2000 FIXTURES_SETUP openstack LABELS contract TIMEOUT 900 SKIP_RETURN_CODE 77)
set_tests_properties(openstack_remove PROPERTIES FIXTURES_CLEANUP openstack LABELS contract TIMEOUT 120)

function(gaon_test_on_openstack)
	set_tests_properties(${ARGN} PROPERTIES FIXTURES_REQUIRED openstack RESOURCE_LOCK openstack TIMEOUT 1800 COST 1000)
	get_property(folder GLOBAL PROPERTY gaon_openstack)
	set_property(TEST ${ARGN} APPEND PROPERTY ENVIRONMENT "GAON_OPENSTACK=${folder}")
endfunction()
