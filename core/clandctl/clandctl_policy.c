/* SPDX-License-Identifier: GPL-2.0-only */
#include "clandctl.h"
#include "clandctl_policy.h"

#include <stdio.h>
#include <string.h>

#include "exit_codes.h"
#include "policy_meta.h"

static const char policy_usage[] =
	"Usage: clandctl policy new NAME [FOLDER] [--include=FOLDER]\n"
	"       clandctl policy check FILE.so|NAME [OPTION]...\n"
	"\n"
	"new    writes a project that builds as it is into FOLDER, or into ./NAME: a policy in C in\n"
	"       which every function is explained, a Makefile, a CMakeLists.txt and a README.\n"
	"       Nothing is written over.\n"
	"         --include=FOLDER  where scx-cland/policy.h is (default: the installed one, or that\n"
	"                           of the tree in whose build folder this clandctl lies)\n"
	"check  says all that is wrong with a policy: its file, which is read, then how it behaves on\n"
	"       a made-up machine, in processes of its own. Exit code 0 when everything passed, 8 when\n"
	"       something did not, 11 when the file is no policy at all, 10 when there is none.\n"
	"         --verbose, -v     what was seen, also where nothing is wrong\n"
	"         --limit=SECONDS   how long a call may take (default: 15; 0: for ever)\n"
	"         --in-process      for gdb: what crashes does so in this process; calls to the\n"
	"                           system and looks at the clock are not watched\n"
	"         --seed=N          another load (default: 1)\n";

int clandctl_policy(int argc, char *argv[])
{
	if ((argc == 2 || argc == 3) && !strcmp(argv[argc - 1], "--help")) {
		fputs(policy_usage, stdout);
		return EXIT_CODE_OK;
	}
	if (argc >= 2 && !strcmp(argv[1], "new"))
		return clandctl_policy_new(argc - 1, argv + 1);
	if (argc >= 2 && !strcmp(argv[1], "check"))
		return clandctl_policy_check(argc - 1, argv + 1);
	if (argc < 2)
		return clandctl_error(EXIT_CODE_USAGE, "policy: new or check? See clandctl policy "
				      "--help");
	return clandctl_error(EXIT_CODE_USAGE, "policy: there is no '%.64s'; expected new or "
			      "check, see clandctl policy --help", argv[1]);
}

int clandctl_policies(int argc, char *argv[])
{
	if (argc == 1) {
		policy_meta_list(stdout);
		return EXIT_CODE_OK;
	}
	if (argc == 2 && !strcmp(argv[1], "--json")) {
		policy_meta_list_json(stdout);
		return EXIT_CODE_OK;
	}
	return clandctl_error(EXIT_CODE_USAGE, "policies: unknown argument '%.64s'; expected "
			      "--json or nothing", argv[1]);
}
