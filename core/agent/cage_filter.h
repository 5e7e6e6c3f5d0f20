/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cage_filter.h - which system calls the agent's process may make. The other half of the cage, see
 * cage_rights.h. Whatever is not on the list fails with EPERM, as an innocent call that some libc
 * makes should not end the process. Sole user of libseccomp. Non-logging.
 *
 * There are two lists. The first holds before any code of the policy runs, and is the one that a
 * hostile policy cannot get around. The second, for the time in which it decides, is put over it by
 * the agent: what it leaves out, a policy that has been well-behaved until then cannot do any more.
 */
#ifndef CLAND_CAGE_FILTER_H
#define CLAND_CAGE_FILTER_H

#include "diag.h"

/*
 * cage_filter_loading - from now on: memory, time, signals to itself, the descriptors that are
 * there, the program in the kernel that applies decisions; and what loading a policy takes: to open
 * files for reading, to look at them, to map them privately. Needs no_new_privs.
 * cage_filter_deciding - from now on the same without files, and without making memory executable.
 * Both return 0, or -errno with a sentence.
 */
int cage_filter_loading(struct diag *diag);
int cage_filter_deciding(struct diag *diag);

#endif
