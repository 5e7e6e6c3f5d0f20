/* SPDX-License-Identifier: GPL-2.0-only */
#include "top_screen.h"

#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define ESCAPE_MS 50	/* after which an escape character is a key, and not the beginning of one's code */
#define ESCAPE 27
#define DELETE 127
#define CONTROL_H 8

static SCREEN *screen;

/* Else lines would be written over each other, as on a terminal that is one of paper. */
static bool can_move(void)
{
	char name[] = "cup";
	const char *code = tigetstr(name);

	return code && code != (const char *)-1;
}

int top_screen_open(struct diag *diag)
{
	const char *kind = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return diag_set(diag, -ENOTTY, "this is no terminal; use --once, or --batch for one screen "
				"after the other as text");
	screen = kind ? newterm(NULL, stdout, stdin) : NULL;
	if (screen && !can_move()) {
		endwin();
		delscreen(screen);
		screen = NULL;
		return diag_set(diag, -ENOTTY, "the terminal cannot have its cursor moved (TERM is '%s'); use "
				"--batch", kind);
	}
	if (!screen)
		return diag_set(diag, -ENOENT, "the terminal is of no known kind (TERM is '%s'); set TERM, or "
				"use --batch", kind ? kind : "");
	set_term(screen);
	set_escdelay(ESCAPE_MS);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	return 0;
}

void top_screen_size(uint32_t *ret_width, uint32_t *ret_height)
{
	*ret_width = (uint32_t)getmaxx(stdscr);
	*ret_height = (uint32_t)getmaxy(stdscr);
}

static int attributes_of(enum top_style style)
{
	switch (style) {
	case TOP_STYLE_TITLE:
		return (int)A_BOLD;
	case TOP_STYLE_MARKED:
	case TOP_STYLE_KEYS:
		return (int)A_REVERSE;
	default:
		return (int)A_NORMAL;
	}
}

void top_screen_show(const struct top_frame *frame)
{
	uint32_t i;

	erase();
	for (i = 0; i < frame->nr; i++) {
		attrset(attributes_of(frame->lines[i].style));
		mvaddstr((int)i, 0, frame->lines[i].text);
	}
	attrset((int)A_NORMAL);
	refresh();
}

uint32_t top_screen_key(bool *ret_resized)
{
	int key = getch();

	*ret_resized = key == KEY_RESIZE;
	switch (key) {
	case ERR:
	case KEY_RESIZE:
		return TOP_KEY_NONE;
	case '\r':
	case '\n':
	case KEY_ENTER:
		return TOP_KEY_ENTER;
	case ESCAPE:
		return TOP_KEY_ESCAPE;
	case KEY_BACKSPACE:
	case CONTROL_H:
	case DELETE:
		return TOP_KEY_BACKSPACE;
	case KEY_UP:
		return TOP_KEY_UP;
	case KEY_DOWN:
		return TOP_KEY_DOWN;
	case KEY_PPAGE:
		return TOP_KEY_PAGE_UP;
	case KEY_NPAGE:
		return TOP_KEY_PAGE_DOWN;
	case KEY_HOME:
		return TOP_KEY_HOME;
	case KEY_END:
		return TOP_KEY_END;
	default:
		return key > 0 && key < KEY_MIN ? (uint32_t)key : TOP_KEY_NONE;
	}
}

void top_screen_close(void)
{
	/* A terminal that has but one screen goes on in its last line. */
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	endwin();
	delscreen(screen);
	screen = NULL;
}
