/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * as-sched-ext - run a command as a task of class SCHED_EXT, which chrt cannot yet.
 *
 * Usage: as-sched-ext COMMAND [ARG]...
 */
#include <err.h>
#include <sched.h>
#include <unistd.h>

#define POLICY_EXT 7 /* SCHED_EXT */

int main(int argc, char *argv[])
{
	const struct sched_param param = { 0 };

	if (argc < 2)
		errx(2, "usage: as-sched-ext COMMAND [ARG]...");
	if (sched_setscheduler(0, POLICY_EXT, &param))
		err(1, "SCHED_EXT");
	execvp(argv[1], argv + 1);
	err(1, "%s", argv[1]);
}
