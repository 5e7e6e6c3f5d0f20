/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.h - a result as a page of its own for a browser: one file, no network, no script or style
 * from elsewhere. It is XHTML that HTML parsers read alike, so that an XML parser can check it.
 * Here is what all pages share: the file, texts in it, classes of colour, axes of time.
 * page_compare.c and sim/page_run.c say what is on them.
 *
 * Whoever writes to page.out need not look for errors: page_close() does.
 */
#ifndef CLAND_PAGE_H
#define CLAND_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "diag.h"

#define PAGE_COLOURS 16u	/* classes of page_colour() */

struct page {
	FILE *out;
	char path[4096], temporary[4200]; /* the latter "": it is written in place, being a device */
};

/*
 * page_check - whether a file could be made at path: for an early answer before a long run. Returns
 * 0, or -errno with a sentence that names it.
 */
int page_check(const char *path, struct diag *diag);

/*
 * page_open - begin a page beside path, which stays as it is. title: the window's, any text.
 * Returns 0, or -errno with a sentence; page_close() only after 0.
 */
int page_open(struct page *page, const char *path, const char *title, struct diag *diag);

/*
 * page_close - end the page and put it in its place, whole. Returns 0; -errno with a sentence that
 * names the file if that was not possible: then there is nothing new.
 */
int page_close(struct page *page, struct diag *diag);

/* page_text - any text, so that none of it is markup; what no page may hold becomes '?'. */
void page_text(FILE *out, const char *text);
/* page_word - the same, as a word of a command for a shell. */
void page_word(FILE *out, const char *word);

/* page_colour - the class of the colour that a number below PAGE_COLOURS has. */
const char *page_colour(uint32_t number);

/* page_swatch - a little square of that colour, size wide, before a name. */
void page_swatch(FILE *out, uint32_t number, uint32_t size);

/* page_key - an entry of a legend, whose colour the page's script can bring out. */
void page_key(FILE *out, uint32_t colour, const char *name);

/* ---- page_axis.c: axes of time --------------------------------------------------------------- */

/* Where in a picture an axis of time is, in the picture's units. */
struct page_axis {
	double left, width;
	uint64_t from_ns, to_ns;
};

double page_axis_x(const struct page_axis *axis, uint64_t ns);
/* page_axis_open - the picture's beginning, height high. label: what it shows, as text. */
void page_axis_open(FILE *out, const struct page_axis *axis, double height, const char *label);
/* page_axis_put - lines from top to bottom at round times, and below them what they are. */
void page_axis_put(FILE *out, const struct page_axis *axis, double top, double bottom);
/* page_axis_range - "from to to" with unit, as exact as the axis is. */
void page_axis_range(FILE *out, const struct page_axis *axis, uint64_t from_ns, uint64_t to_ns);

/* page_power_ns - "1us", "100ms": a power of ten. */
void page_power_ns(char *ret_text, size_t size, uint64_t ns);

/* ---- page_style.c ---------------------------------------------------------------------------- */

extern const char page_style[], page_script[], page_patterns[];

#endif
