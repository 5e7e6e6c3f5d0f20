# SPDX-License-Identifier: GPL-2.0-only
#
#   cland_policy(NAME SOURCE...)
#       makes NAME.so, a policy that exports what CLAND_POLICY() exports and nothing else, and
#       whose symbols are all found when it is loaded rather than in the hot loop.

function(cland_policy name)
	add_library(${name} MODULE ${ARGN})
	set_target_properties(${name} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden)
	target_link_libraries(${name} PRIVATE cland_flags cland_policy_api)
	target_link_options(${name} PRIVATE -Wl,-z,now)
	# clang leaves the sanitizers' functions to the program that loads the policy
	if(NOT (CMAKE_C_COMPILER_ID MATCHES Clang AND (CLAND_SANITIZE OR CLAND_FUZZ)))
		target_link_options(${name} PRIVATE -Wl,-z,defs)
	endif()
endfunction()
