# SPDX-License-Identifier: GPL-2.0-only
#
# The target headers-check: every header compiles alone, and twice over.
# bpf/kernel.h is for -target bpf, and for core/sim; it is left out.

file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
	bpf/cland_msg.h bpf/cland_histogram.h core/*.h core/*/*.h policies/include/scx-cland/*.h policies/lib/*.h)
set(sources "")
foreach(header IN LISTS headers)
	string(MAKE_C_IDENTIFIER ${header} name)
	set(source ${PROJECT_BINARY_DIR}/headers-check/${name}.c)
	file(CONFIGURE OUTPUT ${source} CONTENT "#include \"@header@\"\n#include \"@header@\"\n" @ONLY)
	list(APPEND sources ${source})
endforeach()
add_library(headers-check OBJECT EXCLUDE_FROM_ALL ${sources})
target_include_directories(headers-check PRIVATE ${PROJECT_SOURCE_DIR}/core/sim/native
	${PROJECT_SOURCE_DIR}/core/sim ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/core
	${PROJECT_SOURCE_DIR}/core/conformance ${PROJECT_SOURCE_DIR}/bpf
	$<TARGET_PROPERTY:cland_core,INTERFACE_INCLUDE_DIRECTORIES>)
target_link_libraries(headers-check PRIVATE cland_flags cland_policy_api)
if(BUILD_TESTING)
	add_test(NAME build/headers_check
		COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target headers-check)
	set_tests_properties(build/headers_check PROPERTIES LABELS unit RUN_SERIAL ON)
endif()
