/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diag.h - an error that a person must act on: one sentence that says what was wrong, where, and
 * what to do. Functions that can fail in such a way take a struct diag and fill it; only main.c and
 * supervisor.c print it. Owned by the caller, any thread.
 */
#ifndef CLAND_DIAG_H
#define CLAND_DIAG_H

struct diag {
	char text[1024];
};

/*
 * diag_set - write the sentence, as printf does, cutting it where it does not fit.
 * Returns err, so that a caller can write: return diag_set(diag, -EINVAL, "...", ...);
 */
__attribute__((format(printf, 3, 4))) int diag_set(struct diag *diag, int err, const char *fmt,
						   ...);

#endif
