# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
#   scx_cland_add_policy(NAME SOURCE... [ALLOW_UNDEFINED])
#       makes NAME.so, a policy that exports what CLAND_POLICY() exports and nothing else, and
#       whose symbols are all found when it is loaded rather than in the hot loop. Sources may be C
#       or C++. ALLOW_UNDEFINED: do not insist that every symbol is found at build time.
#
# Needs the target scx-cland::policy-api, which holds the folder of scx-cland/policy.h.

function(scx_cland_add_policy name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "ALLOW_UNDEFINED" "" "")
	add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
	set_target_properties(${name} PROPERTIES PREFIX "" C_VISIBILITY_PRESET hidden
		CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
	target_link_libraries(${name} PRIVATE scx-cland::policy-api)
	target_link_options(${name} PRIVATE -Wl,-z,now)
	if(NOT arg_ALLOW_UNDEFINED)
		target_link_options(${name} PRIVATE -Wl,-z,defs)
	endif()
endfunction()
