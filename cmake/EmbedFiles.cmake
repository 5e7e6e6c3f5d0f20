# SPDX-License-Identifier: GPL-2.0-only
#
# cmake -DOUTPUT=x.c -DSYMBOL=name -DDIR=folder "-DFILES=a;b" -P EmbedFiles.cmake
#
# Writes the files into a C source: a table of names and texts called SYMBOL, its last name NULL.
# The header that declares it is core/clandctl/skeleton.h.

set(text "/* Made by cmake/EmbedFiles.cmake from files of this project. */\n")
string(APPEND text "#include \"skeleton.h\"\n\n#include <stddef.h>\n\n")
set(table "")
set(nr 0)
foreach(file IN LISTS FILES)
	file(READ ${DIR}/${file} hex HEX)
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
	string(APPEND text "static const char text_${nr}[] = { ${bytes}0 };\n")
	string(APPEND table "\t{ \"${file}\", text_${nr} },\n")
	math(EXPR nr "${nr} + 1")
endforeach()
string(APPEND text "\nconst struct skeleton_file ${SYMBOL}[] = {\n${table}\t{ NULL, NULL },\n};\n")
file(WRITE ${OUTPUT} "${text}")
