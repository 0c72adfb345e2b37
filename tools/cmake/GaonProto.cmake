# SPDX-License-Identifier: Apache-2.0
# gaon_protos(<name> ROOT dir OUT dir FILES a/b.proto … OURS a/b.proto … [IMPORT dir]): makes C of protos, in the build tree only.
#   FILES go through protoc-gen-c, OURS (those of our packages, a part of FILES) through protoc-gen-gaon too. google/protobuf's
#   own are made as well, unless IMPORT names the root of protos that gaon_stubs has made already.
# Sets in the caller: <name>_PB_SOURCES (messages), <name>_ROW_SOURCES (rules, rows, permissions), <name>_CLIENT_SOURCES,
#   <name>_SERVICES and <name>_HANDLER_SOURCES_<service>, <name>_DESCRIPTOR_SET. The target <name>_generated makes them all.
set(GAON_SYSTEM_PROTOS any descriptor duration empty field_mask struct timestamp wrappers)
list(TRANSFORM GAON_SYSTEM_PROTOS REPLACE "(.+)" "google/protobuf/\\1.proto")

function(gaon_protos name)
	cmake_parse_arguments(ARG "" "ROOT;OUT;IMPORT" "FILES;OURS" ${ARGN})
	list(TRANSFORM ARG_FILES PREPEND ${ARG_ROOT}/ OUTPUT_VARIABLE inputs)
	set(system ${GAON_SYSTEM_PROTOS})
	if(ARG_IMPORT)
		set(system "")
	endif()
	set(pb ${ARG_FILES} ${system})
	list(TRANSFORM pb REPLACE "\\.proto$" ".pb-c" )
	list(TRANSFORM pb PREPEND ${ARG_OUT}/)
	set(rows ${ARG_OUT}/gaon/permissions)
	set(clients "")
	set(handlers "")
	set(services "")
	foreach(file ${ARG_OURS})
		string(REGEX REPLACE "\\.proto$" "" stem ${file})
		list(APPEND rows ${ARG_OUT}/${stem}.gaon)
		# Whether a file has a service decides which files are made of it, so a change of it configures again.
		set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARG_ROOT}/${file})
		file(STRINGS ${ARG_ROOT}/${file} has_service REGEX "^service ")
		if(has_service)
			string(REGEX REPLACE "^gaon/([a-z0-9_]+)/.*" "\\1" service ${file})
			list(APPEND services ${service})
			list(APPEND clients ${ARG_OUT}/${stem}.client)
			list(APPEND handlers ${ARG_OUT}/${stem}.handlers)
			list(APPEND handlers_${service} ${ARG_OUT}/${stem}.handlers.c ${ARG_OUT}/${stem}.handlers.h)
		endif()
	endforeach()
	list(REMOVE_DUPLICATES services)
	set(descriptor_set ${ARG_OUT}/descriptor_set.binpb)
	set(outputs "")
	foreach(group pb rows clients handlers)
		list(TRANSFORM ${group} REPLACE "(.+)" "\\1.c;\\1.h" OUTPUT_VARIABLE ${group}_files)
		list(APPEND outputs ${${group}_files})
	endforeach()
	list(JOIN ARG_FILES "," files)
	list(JOIN ARG_OURS "," ours)
	list(JOIN system "," system)
	set(script ${PROJECT_SOURCE_DIR}/tools/cmake/GaonProtoRun.cmake)
	set(wrapper ${PROJECT_SOURCE_DIR}/tools/protoc-gen-gaon/protoc-gen-c-optional)
	add_custom_command(
		OUTPUT ${ARG_OUT}/.stamp
		COMMAND ${CMAKE_COMMAND} -DSTEP=MAKE -DPROTOC=${PROTOC} -DWRAPPER=${wrapper}
			-DPLUGIN=$<TARGET_FILE:protoc-gen-gaon> -DINCLUDE=${PROTOBUF_INCLUDE} -DROOT=${ARG_ROOT}
			-DIMPORT=${ARG_IMPORT} -DOUT=${ARG_OUT} -DFILES=${files} -DOURS=${ours} -DSYSTEM=${system} -P ${script}
		DEPENDS ${inputs} ${script} ${wrapper} protoc-gen-gaon
		COMMENT "Making C of the protos of ${name}"
		VERBATIM)
	add_custom_command(
		OUTPUT ${outputs} ${descriptor_set}
		COMMAND ${CMAKE_COMMAND} -DSTEP=COPY -DOUT=${ARG_OUT} -P ${script}
		DEPENDS ${ARG_OUT}/.stamp
		COMMENT "Taking what changed of it"
		VERBATIM)
	add_custom_target(${name}_generated DEPENDS ${outputs} ${descriptor_set})
	set(${name}_PB_SOURCES ${pb_files} PARENT_SCOPE)
	set(${name}_ROW_SOURCES ${rows_files} PARENT_SCOPE)
	set(${name}_CLIENT_SOURCES ${clients_files} PARENT_SCOPE)
	set(${name}_SERVICES ${services} PARENT_SCOPE)
	foreach(service ${services})
		set(${name}_HANDLER_SOURCES_${service} ${handlers_${service}} PARENT_SCOPE)
	endforeach()
	set(${name}_DESCRIPTOR_SET ${descriptor_set} PARENT_SCOPE)
endfunction()
