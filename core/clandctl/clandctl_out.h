/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clandctl_out.h - texts on stdout that come from elsewhere.
 */
#ifndef CLAND_CLANDCTL_OUT_H
#define CLAND_CLANDCTL_OUT_H

/* out_text - to stdout, made fit for a terminal (utf8_put()): anybody may have named what it names. */
void out_text(const char *text);

#endif
