# SPDX-License-Identifier: GPL-2.0-only
#
# Lets a list name files of this folder that are still to be written.

# present(RET FILE...): those of the files that are there. Looks again at every build.
function(present ret)
	file(GLOB found CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.c)
	set(out "")
	foreach(source IN LISTS ARGN)
		if(source IN_LIST found)
			list(APPEND out ${source})
		endif()
	endforeach()
	set(${ret} "${out}" PARENT_SCOPE)
endfunction()
