/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suggest.h - "did you mean ...?" for names that people type. Owned by the caller, any thread,
 * allocates nothing. Works on bytes, so it is of use for our ASCII names only.
 */
#ifndef CLAND_SUGGEST_H
#define CLAND_SUGGEST_H

#include <stddef.h>

struct suggest {
	const char *word;
	const char *best;	/* the nearest candidate; NULL while none is near enough */
	unsigned int distance;	/* of best */
	char hint[96];
};

/* suggest_init - start looking for names like word, which must stay valid. */
void suggest_init(struct suggest *suggest, const char *word);

/* suggest_try - offer a candidate, which must stay valid as long as the suggestion is used. */
void suggest_try(struct suggest *suggest, const char *candidate);

/*
 * suggest_hint - the end of a sentence: "; did you mean 'policy'?", or "" when nothing is near.
 * Valid as long as suggest.
 */
const char *suggest_hint(struct suggest *suggest);

/*
 * suggest_list - add a name to a list of all that there are, "a, b, c" in text, of size bytes. The
 * list ends in ", ..." when not all fit; then nothing more is added.
 */
void suggest_list(char *text, size_t size, const char *name);

#endif
