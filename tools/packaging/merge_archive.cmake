# SPDX-License-Identifier: Apache-2.0
# One relocatable object of whole archives and what they need of others, in which only libgaon's names are still global.
foreach(variable OUT CC OBJCOPY AR WHOLE NEEDED)
	if(NOT DEFINED ${variable})
		message(FATAL_ERROR "${variable} is not set")
	endif()
endforeach()
string(REPLACE "," ";" WHOLE "${WHOLE}")
string(REPLACE "," ";" NEEDED "${NEEDED}")
get_filename_component(folder ${OUT} DIRECTORY)
set(object ${folder}/libgaon.o)

function(run)
	execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
	if(result)
		message(FATAL_ERROR "${ARGN}: ${result}")
	endif()
endfunction()

run(${CC} -r -nostdlib -o ${object} -Wl,--whole-archive ${WHOLE} -Wl,--no-whole-archive -Wl,--start-group ${NEEDED} -Wl,--end-group)
run(${OBJCOPY} --wildcard --keep-global-symbol=gaon_* --keep-global-symbol=google__protobuf__timestamp__*
	--keep-global-symbol=google__protobuf__field_mask__* --keep-global-symbol=google__protobuf__duration__* ${object})
file(REMOVE ${OUT})
run(${AR} qcs ${OUT} ${object})
