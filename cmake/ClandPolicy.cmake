# SPDX-License-Identifier: GPL-2.0-only
#
#   cland_policy(NAME SOURCE...)
#       makes NAME.so, a policy of this project: as scx_cland_add_policy() makes it, with our own
#       warnings and sanitizers.

include(ScxClandPolicy)

function(cland_policy name)
	# clang leaves the sanitizers' functions to the program that loads the policy
	if(CMAKE_C_COMPILER_ID MATCHES Clang AND (CLAND_SANITIZE OR CLAND_FUZZ))
		scx_cland_add_policy(${name} ${ARGN} ALLOW_UNDEFINED)
	else()
		scx_cland_add_policy(${name} ${ARGN})
	endif()
	target_link_libraries(${name} PRIVATE cland_flags)
endfunction()
