# SPDX-License-Identifier: GPL-2.0-only
#
# install_configured(INPUT OUTPUT DESTINATION [RENAME NAME...] [VARIABLES NAME...])
#
# What configure_file(INPUT OUTPUT @ONLY) makes, installed. Its folders are those of the prefix that it is
# installed into, which cmake --install may choose: as the programs look beside themselves, no installed file may
# name the prefix that was configured. RENAME: once under each of these names. VARIABLES: of the caller's that
# INPUT names besides folders.

function(install_configured input output destination)
	cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "RENAME;VARIABLES")
	get_filename_component(input ${input} ABSOLUTE)
	get_filename_component(name ${output} NAME)
	configure_file(${input} ${output} @ONLY)
	set(installed ${PROJECT_BINARY_DIR}/installed/${name})
	set(code "")
	foreach(variable IN LISTS arg_VARIABLES)
		string(APPEND code "set(${variable} [==[${${variable}}]==])\n")
	endforeach()
	foreach(folder BINDIR SBINDIR LIBDIR INCLUDEDIR DATADIR DOCDIR)
		string(APPEND code "set(CMAKE_INSTALL_FULL_${folder} [==[${CMAKE_INSTALL_${folder}}]==])\n"
			"if(NOT IS_ABSOLUTE \"\${CMAKE_INSTALL_FULL_${folder}}\")\n"
			"string(PREPEND CMAKE_INSTALL_FULL_${folder} \"\${CMAKE_INSTALL_PREFIX}/\")\n"
			"endif()\n")
	endforeach()
	string(APPEND code "set(CLAND_POLICY_DIR \${CMAKE_INSTALL_FULL_LIBDIR}/scx-cland/policies)\n"
		"configure_file([==[${input}]==] [==[${installed}]==] @ONLY)\n")
	install(CODE "${code}")
	if(NOT arg_RENAME)
		set(arg_RENAME ${name})
	endif()
	foreach(name IN LISTS arg_RENAME)
		install(FILES ${installed} RENAME ${name} DESTINATION ${destination})
	endforeach()
endfunction()
