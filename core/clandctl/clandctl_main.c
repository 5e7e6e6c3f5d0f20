/* SPDX-License-Identifier: GPL-2.0-only */
/* clandctl_main.c - main() of clandctl, apart from the rest, which the fuzz target links as well. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "clandctl.h"
#include "exit_codes.h"

int main(int argc, char *argv[])
{
	int code = clandctl_run(argc, argv);

	/* Half an output must not look like a whole one. */
	if ((fflush(stdout) || ferror(stdout)) && !code)
		code = clandctl_error(EXIT_CODE_FAILED, "the output cannot be written: %s",
				      strerror(errno));
	return code;
}
