/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * descriptors.h - the limit on open files. The usual one, 1024, is for programs that use select(),
 * which none of ours does. Non-logging; any thread.
 */
#ifndef CLAND_DESCRIPTORS_H
#define CLAND_DESCRIPTORS_H

#include "diag.h"

/*
 * descriptors_raise - raise the limit as far as this process may, for itself and for those it
 * starts. Returns 0, or -EMFILE with a sentence when that is less than nr_needed.
 */
int descriptors_raise(unsigned int nr_needed, struct diag *diag);

#endif
