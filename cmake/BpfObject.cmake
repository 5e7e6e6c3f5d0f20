# SPDX-License-Identifier: GPL-2.0-only
#
# Builds BPF programs and their skeletons.
#
#   bpf_tools_find(RET_AVAILABLE RET_MISSING)
#       looks for clang, bpftool and libbpf; RET_MISSING lists in words what is not there.
#   bpf_object(NAME SOURCE [SKELETON OTHER] [DEFINES DEFINITION...])
#       makes the interface target NAME_skel: what links it can include "NAME.skel.h", or
#       "OTHER.skel.h" where this is another build of the same source.

# Which clang may compile BPF. 19 is what we test with; 15 and older lose the types of externs.
set(BPF_CLANG_MIN 16)

function(bpf_clang_usable ret path)
	execute_process(COMMAND ${path} -dumpversion OUTPUT_VARIABLE version
		ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
	if(version VERSION_LESS BPF_CLANG_MIN)
		set(${ret} FALSE PARENT_SCOPE)
	endif()
endfunction()

function(bpf_tools_find ret_available ret_missing)
	find_program(BPF_CLANG NAMES clang-19 clang-20 clang-21 clang-18 clang-17 clang-16 clang
		VALIDATOR bpf_clang_usable DOC "clang ${BPF_CLANG_MIN} or newer, for BPF programs")
	find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin DOC "makes skeletons")
	pkg_check_modules(LIBBPF QUIET IMPORTED_TARGET GLOBAL libbpf>=1.4.6)
	mark_as_advanced(BPF_CLANG BPFTOOL)

	set(missing "")
	if(NOT BPF_CLANG)
		list(APPEND missing "clang ${BPF_CLANG_MIN} or newer")
	endif()
	if(NOT BPFTOOL)
		list(APPEND missing "bpftool")
	endif()
	if(NOT LIBBPF_FOUND)
		list(APPEND missing "libbpf 1.4.6 or newer (with its headers)")
	endif()
	if(missing)
		set(${ret_available} OFF PARENT_SCOPE)
	else()
		set(${ret_available} ON PARENT_SCOPE)
	endif()
	list(JOIN missing ", " missing)
	set(${ret_missing} "${missing}" PARENT_SCOPE)
endfunction()

function(bpf_object name source)
	get_filename_component(source ${source} ABSOLUTE)
	cmake_parse_arguments(arg "" SKELETON DEFINES ${ARGN})
	set(raw ${CMAKE_CURRENT_BINARY_DIR}/${name}.raw.o)
	set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
	set(skel_name ${name})
	set(skel_dir ${CMAKE_CURRENT_BINARY_DIR})
	if(arg_SKELETON)
		set(skel_name ${arg_SKELETON})
		set(skel_dir ${CMAKE_CURRENT_BINARY_DIR}/${name})
		file(MAKE_DIRECTORY ${skel_dir})
	endif()
	set(skeleton ${skel_dir}/${skel_name}.skel.h)
	list(TRANSFORM arg_DEFINES PREPEND -D OUTPUT_VARIABLE defines)

	if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64)$")
		set(arch x86)
	elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
		set(arch arm64)
	else()
		message(FATAL_ERROR "No BPF target name is known for ${CMAKE_SYSTEM_PROCESSOR}: "
			"add one in cmake/BpfObject.cmake.")
	endif()
	set(includes "")
	foreach(dir IN LISTS LIBBPF_INCLUDE_DIRS)
		list(APPEND includes -I${dir})
	endforeach()
	if(CMAKE_LIBRARY_ARCHITECTURE)
		# <linux/types.h> includes <asm/types.h>, which Debian keeps apart
		list(APPEND includes -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})
	endif()
	set(werror "")
	if(CMAKE_COMPILE_WARNING_AS_ERROR)
		set(werror -Werror)
	endif()

	add_custom_command(OUTPUT ${raw}
		COMMAND ${BPF_CLANG} -target bpf -g -O2 -mcpu=v3 -fno-builtin -Wall -Wextra
			-Wno-unused-parameter ${werror} # BPF_PROG() declares ctx, used or not
			-D__TARGET_ARCH_${arch} ${defines} ${includes}
			-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=
			-MD -MF ${raw}.d -MT ${raw} -c ${source} -o ${raw}
		DEPENDS ${source} DEPFILE ${raw}.d
		COMMENT "BPF ${name}.bpf.o" VERBATIM)
	# the linking step drops the DWARF sections, which nobody reads at run time
	add_custom_command(OUTPUT ${object}
		COMMAND ${BPFTOOL} gen object ${object} ${raw}
		DEPENDS ${raw} COMMENT "BPF ${name}.bpf.o, linked" VERBATIM)
	add_custom_command(OUTPUT ${skeleton}
		COMMAND ${CMAKE_COMMAND} -DBPFTOOL=${BPFTOOL} -DOBJECT=${object} -DNAME=${skel_name}
			-DOUTPUT=${skeleton} -P ${PROJECT_SOURCE_DIR}/cmake/skeleton.cmake
		DEPENDS ${object} ${PROJECT_SOURCE_DIR}/cmake/skeleton.cmake COMMENT "BPF ${name}.skel.h" VERBATIM)
	add_custom_target(${name}_skel_files DEPENDS ${skeleton})

	add_library(${name}_skel INTERFACE)
	add_dependencies(${name}_skel ${name}_skel_files)
	# SYSTEM: the generated text does not keep to our warnings
	target_include_directories(${name}_skel SYSTEM INTERFACE ${skel_dir})
	target_link_libraries(${name}_skel INTERFACE PkgConfig::LIBBPF)
endfunction()
