# SPDX-License-Identifier: GPL-2.0-only
#
# cmake -DBPFTOOL=... -DOBJECT=X.bpf.o -DNAME=x -DOUTPUT=x.skel.h -P skeleton.cmake
#
# Writes the skeleton of a BPF object so that it compiles with every libbpf we support: bpftool 7.5
# (libbpf 1.5) sets bpf_map_skeleton.link for struct_ops maps, which libbpf 1.4 does not have. Without
# that line NAME__attach() leaves struct_ops maps alone; bpf_map__attach_struct_ops() attaches them.

execute_process(COMMAND ${BPFTOOL} gen skeleton ${OBJECT} name ${NAME}
	OUTPUT_VARIABLE text ERROR_VARIABLE errors RESULT_VARIABLE result)
if(NOT result EQUAL 0)
	message(FATAL_ERROR "${BPFTOOL} gen skeleton ${OBJECT}: ${errors}")
endif()
string(REGEX REPLACE "\n[ \t]*map->link = [^\n]*" "" text "${text}")
file(WRITE ${OUTPUT} "${text}")
