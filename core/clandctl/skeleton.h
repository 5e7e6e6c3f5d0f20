/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * skeleton.h - the files of policies/skeleton, which `clandctl policy new` writes out. They are
 * compiled in, so that the program needs nothing beside it.
 *
 * In the texts @NAME@ stands for the policy's name, @IDENT@ for the same as a C identifier,
 * @INCLUDE@ for the folder of scx-cland/policy.h (empty: pkg-config knows), @CLANDCTL@ for the
 * program that writes them.
 */
#ifndef CLAND_SKELETON_H
#define CLAND_SKELETON_H

struct skeleton_file {
	const char *name, *text;
};

/* In the order in which they are written; the last one's name is NULL. */
extern const struct skeleton_file skeleton_files[];

#endif
