/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kern_check.h - what kern.c and kern_check.c share. kern_check.c has the functions of kern.h that
 * look at what is there before anything of ours is: who schedules, what is pinned.
 */
#ifndef CLAND_KERN_CHECK_H
#define CLAND_KERN_CHECK_H

#include "kern.h"
#include "stub.h"

/* kern_busy - the sentence on the scheduler that is there. Returns -EBUSY. */
int kern_busy(struct diag *diag);

/* kern_stub_options - what a stub is loaded with on this machine. */
struct stub_options kern_stub_options(const struct kern_options *options,
				      const struct topology *topology);

#endif
