/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calibrate.h - how many loops of work.h are so much CPU time here.
 */
#ifndef LOAD_CALIBRATE_H
#define LOAD_CALIBRATE_H

#include <stdint.h>

/*
 * Returns: the loops that fit into work_ns of CPU time while every CPU computes, measured for half
 * a second on a machine that is idle otherwise; 0 when it is less than one.
 */
uint64_t calibrate(uint64_t work_ns);

#endif
