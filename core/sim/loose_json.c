/* SPDX-License-Identifier: GPL-2.0-only */
#include "loose_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16
#define BLOCK_BYTES 65536

struct block {
	struct block *before;
	size_t used, size;
	_Alignas(16) char bytes[];
};

struct loose_json {
	struct block *last;
};

struct parser {
	struct loose_json *tree;
	const char *path, *at, *end;
	unsigned int line;
	int depth;
	struct diag *diag;
	int err;
};

static void *alloc(struct parser *p, size_t size)
{
	struct block *block = p->tree->last;
	size_t wanted = (size + 15) / 16 * 16;
	void *memory;

	if (!block || block->size - block->used < wanted) {
		size_t room = wanted > BLOCK_BYTES ? wanted : BLOCK_BYTES;

		block = malloc(sizeof(*block) + room);
		if (!block) {
			p->err = diag_set(p->diag, -ENOMEM, "%s: no memory to read it", p->path);
			return NULL;
		}
		*block = (struct block){ .before = p->tree->last, .size = room };
		p->tree->last = block;
	}
	memory = block->bytes + block->used;
	block->used += wanted;
	memset(memory, 0, wanted);
	return memory;
}

static void *bad(struct parser *p, const char *what)
{
	if (!p->err)
		p->err = diag_set(p->diag, -EINVAL, "%s:%u: %s", p->path, p->line, what);
	return NULL;
}

static char peek(const struct parser *p)
{
	return p->at < p->end ? *p->at : '\0';
}

/* To the next thing that is neither space nor comment. */
static void skip(struct parser *p)
{
	while (p->at < p->end && !p->err) {
		size_t left = (size_t)(p->end - p->at);

		if (*p->at == '\n')
			p->line++;
		if (strchr(" \t\r\n", *p->at) && *p->at) {
			p->at++;
		} else if (left >= 2 && !strncmp(p->at, "//", 2)) {
			while (p->at < p->end && *p->at != '\n')
				p->at++;
		} else if (left >= 2 && !strncmp(p->at, "/*", 2)) {
			p->at += 2;
			while (p->end - p->at >= 2 && strncmp(p->at, "*/", 2) != 0)
				p->line += *p->at++ == '\n';
			if (p->end - p->at < 2) {
				bad(p, "a comment has no end");
				return;
			}
			p->at += 2;
		} else {
			return;
		}
	}
}

/* The character that a backslash and what is behind it stand for; beyond ASCII a '?'. */
static char escaped(struct parser *p)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	char c = peek(p), *at;
	unsigned int code = 0, i;

	p->at++;
	at = c ? strchr(from, c) : NULL;
	if (at)
		return to[at - from];
	if (c != 'u' || p->end - p->at < 4) {
		bad(p, "a backslash is followed by what means nothing");
		return '?';
	}
	for (i = 0; i < 4; i++) {
		char digit = *p->at++;

		code = code * 16 + (digit >= '0' && digit <= '9' ? (unsigned int)(digit - '0') :
				    digit >= 'a' && digit <= 'f' ? (unsigned int)(digit - 'a') + 10 :
				    digit >= 'A' && digit <= 'F' ? (unsigned int)(digit - 'A') + 10 :
								   0x10000u);
	}
	if (code > 0xffff)
		bad(p, "\\u needs four hexadecimal digits");
	return code >= ' ' && code <= '~' ? (char)code : '?';
}

static const char *string(struct parser *p)
{
	const char *end = p->at + 1;
	char *text, *to;

	while (end < p->end && *end != '"' && *end != '\n')
		end += *end == '\\' && end + 1 < p->end ? 2 : 1;
	if (end >= p->end || *end != '"')
		return bad(p, "a string has no end on its line");
	text = to = alloc(p, (size_t)(end - p->at));
	if (!text)
		return NULL;
	p->at++;
	while (p->at < end && !p->err) {
		if (*p->at == '\\') {
			p->at++;
			*to++ = escaped(p);
		} else {
			*to++ = *p->at++;
		}
	}
	p->at = end + 1;
	return p->err ? NULL : text;
}

static void number(struct parser *p, struct loose_node *node)
{
	bool negative = *p->at == '-';
	const char *begin;

	node->kind = LOOSE_JSON_NUMBER;
	node->is_whole = true;
	p->at += negative;
	begin = p->at;
	for (; peek(p) >= '0' && peek(p) <= '9'; p->at++) {
		if (node->number > (INT64_MAX - 9) / 10)
			node->is_whole = false;
		else
			node->number = node->number * 10 + (*p->at - '0');
	}
	if (p->at == begin)
		bad(p, "expected a value");
	for (; peek(p) && strchr("0123456789.eE+-", peek(p)); p->at++)
		node->is_whole = false;
	if (negative)
		node->number = -node->number;
}

static bool word(struct parser *p, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(p->end - p->at) < len || strncmp(p->at, text, len) != 0)
		return false;
	p->at += len;
	return true;
}

static struct loose_node *value(struct parser *p);

/* A name alone: the value is "". */
static struct loose_node *left_out(struct parser *p)
{
	struct loose_node *node = alloc(p, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = LOOSE_JSON_STRING;
	node->line = p->line;
	node->string = "";
	return node;
}

static struct loose_node *value_behind(struct parser *p, const char *key)
{
	p->at += key != NULL; /* its colon */
	return value(p);
}

/* Behind the opening bracket: members or values, up to the closing one. */
static void fill(struct parser *p, struct loose_node *parent, char closing)
{
	struct loose_node **link = &parent->child;
	const char *key;

	for (;;) {
		skip(p);
		if (peek(p) == closing || p->err)
			break;
		key = NULL;
		if (closing == '}') {
			if (peek(p) != '"') {
				bad(p, "expected a name in quotes, or }");
				return;
			}
			key = string(p);
			skip(p);
			if (peek(p) != ':' && peek(p) != ',' && peek(p) != closing) {
				bad(p, "expected : behind a name");
				return;
			}
		}
		*link = key && peek(p) != ':' ? left_out(p) : value_behind(p, key);
		if (!*link)
			return;
		(*link)->key = key;
		link = &(*link)->next;
		skip(p);
		if (peek(p) == ',') {
			p->at++;
		} else if (peek(p) != closing) {
			bad(p, closing == '}' ? "expected , or }" : "expected , or ]");
			return;
		}
	}
	p->at++;
}

static struct loose_node *value(struct parser *p)
{
	struct loose_node *node;

	skip(p);
	if (p->err)
		return NULL;
	node = alloc(p, sizeof(*node));
	if (!node)
		return NULL;
	node->line = p->line;
	if (peek(p) == '{' || peek(p) == '[') {
		bool is_object = *p->at++ == '{';

		if (++p->depth > DEPTH_MAX)
			return bad(p, "objects and arrays are nested too deep");
		node->kind = is_object ? LOOSE_JSON_OBJECT : LOOSE_JSON_ARRAY;
		fill(p, node, is_object ? '}' : ']');
		p->depth--;
	} else if (peek(p) == '"') {
		node->kind = LOOSE_JSON_STRING;
		node->string = string(p);
	} else if (word(p, "true") || word(p, "false")) {
		node->kind = LOOSE_JSON_BOOL;
		node->truth = p->at[-2] == 'u';
	} else if (word(p, "null")) {
		node->kind = LOOSE_JSON_NULL;
	} else {
		if (p->at == p->end)
			return bad(p, "the text ends where a value is expected");
		number(p, node);
	}
	return p->err ? NULL : node;
}

int loose_json_parse(const char *path, const char *text, size_t size, struct loose_json **ret_tree,
		    const struct loose_node **ret_root, struct diag *diag)
{
	struct loose_json *tree = calloc(1, sizeof(*tree));
	struct parser p = {
		.tree = tree, .path = path, .at = text, .end = text + size, .line = 1, .diag = diag,
	};
	struct loose_node *root;

	if (!tree)
		return diag_set(diag, -ENOMEM, "%s: no memory to read it", path);
	if (memchr(text, '\0', size)) {
		for (; *p.at; p.at++)
			p.line += *p.at == '\n';
		bad(&p, "there is a NUL byte; this is not a text file");
	}
	p.at = text;
	/* As in a file of INI's form, what editors of Windows begin a file with. */
	if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		p.at += 3;
	root = p.err ? NULL : value(&p);
	if (!p.err)
		skip(&p);
	if (!p.err && p.at < p.end)
		bad(&p, "something stands behind the end");
	if (p.err) {
		loose_json_free(tree);
		return p.err;
	}
	*ret_tree = tree;
	*ret_root = root;
	return 0;
}

void loose_json_free(struct loose_json *tree)
{
	struct block *block, *before;

	if (!tree)
		return;
	for (block = tree->last; block; block = before) {
		before = block->before;
		free(block);
	}
	free(tree);
}

const struct loose_node *loose_json_member(const struct loose_node *object, const char *key)
{
	const struct loose_node *node;

	for (node = object->child; node; node = node->next)
		if (node->key && !strcmp(node->key, key))
			return node;
	return NULL;
}

const char *loose_json_kind(enum loose_json_kind kind)
{
	static const char *const names[] = {
		[LOOSE_JSON_NULL] = "null",	     [LOOSE_JSON_BOOL] = "true or false",
		[LOOSE_JSON_NUMBER] = "a number",     [LOOSE_JSON_STRING] = "a string",
		[LOOSE_JSON_OBJECT] = "an object {}", [LOOSE_JSON_ARRAY] = "an array []",
	};

	return names[kind];
}
