/* SPDX-License-Identifier: GPL-2.0-only */
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file_place.h"
#include "utf8.h"

/* ---- the file -------------------------------------------------------------------------------- */

static int cannot_write(const char *path, int err, struct diag *diag)
{
	return diag_set(diag, err, "%s cannot be written: %s", path, strerror(-err));
}

int page_check(const char *path, struct diag *diag)
{
	char place[4096], copied[4096];
	bool in_place;
	int err = file_place_find(path, place, sizeof(place), &in_place);

	if (err)
		return cannot_write(path, err, diag);
	memcpy(copied, place, sizeof(copied));
	if (access(in_place ? place : dirname(copied), W_OK))
		return cannot_write(path, -errno, diag);
	return 0;
}

/* Returns a descriptor or -errno. */
static int open_temporary(struct page *page)
{
	unsigned int i;
	int fd = -1;

	for (i = 0; i < 100 && fd < 0; i++) {
		snprintf(page->temporary, sizeof(page->temporary), "%s.%d-%u.new", page->path,
			 (int)getpid(), i);
		fd = open(page->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd < 0 ? -errno : fd;
}

static int close_with(struct page *page, int err, struct diag *diag)
{
	if (*page->temporary && err)
		unlink(page->temporary);
	return err ? cannot_write(page->path, err, diag) : 0;
}

int page_open(struct page *page, const char *path, const char *title, struct diag *diag)
{
	bool in_place;
	int fd, err = file_place_find(path, page->path, sizeof(page->path), &in_place);

	*page->temporary = '\0';
	if (err)
		return cannot_write(path, err, diag);
	fd = in_place ? open(page->path, O_WRONLY | O_CLOEXEC) : open_temporary(page);
	if (fd < 0)
		return cannot_write(path, in_place ? -errno : fd, diag);
	page->out = fdopen(fd, "w");
	if (!page->out) {
		err = -errno;
		close(fd);
		return close_with(page, err, diag);
	}
	fputs("<!DOCTYPE html>\n"
	      "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\"/>\n"
	      /* Not even a text that came in as markup could fetch anything. */
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>", page->out);
	page_text(page->out, title);
	fprintf(page->out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n%s", page_style,
		page_patterns);
	return 0;
}

int page_close(struct page *page, struct diag *diag)
{
	int err = 0;

	errno = 0;
	fprintf(page->out, "<script>\n%s</script>\n</body>\n</html>\n", page_script);
	/* On the disk before it takes the old one's place; what is no file has no disk. */
	if (fflush(page->out) || ferror(page->out) ||
	    (*page->temporary && fsync(fileno(page->out))))
		err = errno ? -errno : -EIO;
	if (fclose(page->out) && !err)
		err = -errno;
	if (!err && *page->temporary && rename(page->temporary, page->path))
		err = -errno;
	page->out = NULL;
	return close_with(page, err, diag);
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* What may be in a text: not U+FFFE and U+FFFF, though they have bytes of UTF-8. */
static bool is_no_character(const char *letter)
{
	return !strncmp(letter, "\xef\xbf\xbe", 3) || !strncmp(letter, "\xef\xbf\xbf", 3);
}

static void put_clean(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			if (is_no_character(text)) {
				fputc('?', out);
				text += 2;
			} else {
				fputc(*text, out);
			}
		}
	}
}

void page_text(FILE *out, const char *text)
{
	char *clean = strdup(text);

	if (!clean) {
		fputc('?', out);
		return;
	}
	utf8_clean(clean);
	put_clean(out, clean);
	free(clean);
}

void page_word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./=,:@%+-";
	const char *quote;

	if (*word && !word[strspn(word, plain)]) {
		page_text(out, word);
		return;
	}
	fputs("&#39;", out);
	while ((quote = strchr(word, '\''))) {
		char *part = strndup(word, (size_t)(quote - word));

		page_text(out, part ? part : "?");
		fputs("&#39;\\&#39;&#39;", out);
		free(part);
		word = quote + 1;
	}
	page_text(out, word);
	fputs("&#39;", out);
}

/* ---- colours --------------------------------------------------------------------------------- */

const char *page_colour(uint32_t number)
{
	static const char *const names[PAGE_COLOURS] = {
		"g0", "g1", "g2",  "g3",  "g4",	 "g5",	"g6",  "g7",
		"g8", "g9", "g10", "g11", "g12", "g13", "g14", "g15",
	};

	return names[number % PAGE_COLOURS];
}

void page_swatch(FILE *out, uint32_t number, uint32_t size)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"swatch\" width=\"%u\" "
		"height=\"%u\" aria-hidden=\"true\"><rect class=\"%s\" width=\"%u\" height=\"%u\" "
		"rx=\"2\"/></svg>", size, size, page_colour(number), size, size);
}

void page_key(FILE *out, uint32_t colour, const char *name)
{
	fprintf(out, "<li><button type=\"button\" class=\"key\" data-group=\"%s\" "
		"aria-pressed=\"false\">", page_colour(colour));
	page_swatch(out, colour, 14);
	page_text(out, name);
	fputs("</button></li>\n", out);
}
