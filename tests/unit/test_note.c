/* SPDX-License-Identifier: GPL-2.0-only */
/* note.h: what is written is read again; what is not whole, or not ours, does not count. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "note.h"

static struct note full(void)
{
	struct note note = {
		.stamp = 0xfedcba9876543210,
		.user = { .there = true, .uid = 1000, .since_ns = 5, .until_ns = INTENT_NEVER_NS },
		.temporary = { .there = true, .uid = 0, .since_ns = 7, .until_ns = 7 + 90 },
		.nr_settings = 2,
	};

	strcpy(note.user.choice.policy, "/opt/my policy.so");
	strcpy(note.temporary.choice.policy, "latency-boost");
	strcpy(note.temporary.choice.mode, "gaming");
	note.temporary.term.for_ns = 90;
	note.settings[0] = (struct control_setting){ "vruntime", "slice_us", "3000" };
	note.settings[1] = (struct control_setting){ "deadline", "rule.a", "comm=x y budget_us=1" };
	note.quarantine.nr = 2;
	note.quarantine.policies[0] = (struct note_quarantined){
		"mine", { 1, UINT64_MAX, 0, 3, 4 }, 17, "SIGSEGV at address 0x0, in rank()",
	};
	note.quarantine.policies[1] = (struct note_quarantined){ "yours", { 9 }, 0, "" };
	strcpy(note.quarantine.good_path, "/usr/lib/scx-cland/policies/fifo.so");
	return note;
}

static void assert_same(const struct note *a, const struct note *b)
{
	assert_memory_equal(&a->user, &b->user, sizeof(a->user));
	assert_memory_equal(&a->temporary, &b->temporary, sizeof(a->temporary));
	assert_int_equal(a->stamp, b->stamp);
	assert_int_equal(a->hold_start, b->hold_start);
	assert_int_equal(a->nr_settings, b->nr_settings);
	assert_memory_equal(a->settings, b->settings, sizeof(a->settings));
	assert_memory_equal(&a->quarantine, &b->quarantine, sizeof(a->quarantine));
}

static void test_there_and_back(void **state)
{
	struct note note = full(), back;
	struct diag diag;
	char text[NOTE_MAX];
	int len;

	(void)state;
	len = note_format(&note, text, sizeof(text));
	assert_true(len > 0);
	assert_int_equal(note_parse(text, (size_t)len, &back, &diag), 0);
	assert_same(&note, &back);

	note.user.there = false;
	memset(&note.user, 0, sizeof(note.user));
	note.temporary.term = (struct intent_term){ .hold_pid = 42 };
	note.temporary.until_ns = INTENT_NEVER_NS;
	note.hold_start = UINT64_MAX;
	note.nr_settings = 0;
	memset(note.settings, 0, sizeof(note.settings));
	len = note_format(&note, text, sizeof(text));
	assert_int_equal(note_parse(text, (size_t)len, &back, &diag), 0);
	assert_same(&note, &back);
}

static void test_the_largest_fits(void **state)
{
	struct note note = full(), back;
	struct diag diag;
	char text[NOTE_MAX];
	size_t i;
	int len;

	(void)state;
	memset(note.user.choice.policy, 'p', sizeof(note.user.choice.policy) - 1);
	note.nr_settings = CONTROL_MAX_SETTINGS;
	for (i = 0; i < CONTROL_MAX_SETTINGS; i++) {
		memset(note.settings[i].policy, 'a', sizeof(note.settings[i].policy) - 1);
		memset(note.settings[i].key, 'k', sizeof(note.settings[i].key) - 1);
		memset(note.settings[i].value, 'v', sizeof(note.settings[i].value) - 1);
	}
	note.quarantine.nr = QUARANTINE_MAX;
	for (i = 0; i < QUARANTINE_MAX; i++) {
		struct note_quarantined *policy = &note.quarantine.policies[i];

		memset(policy->policy, 'q', sizeof(policy->policy) - 1);
		memset(policy->file_id, 0xff, sizeof(policy->file_id));
		policy->since_ns = INT64_MAX;
		memset(policy->reason, 'r', sizeof(policy->reason) - 1);
	}
	memset(note.quarantine.good_path, '/', sizeof(note.quarantine.good_path) - 1);
	len = note_format(&note, text, sizeof(text));
	assert_true(len > 0);
	assert_int_equal(note_parse(text, (size_t)len, &back, &diag), 0);
	assert_same(&note, &back);
}

/* Cut anywhere, it does not count. */
static void test_cut(void **state)
{
	struct note note = full(), back;
	struct diag diag;
	char text[NOTE_MAX];
	int len, cut;

	(void)state;
	len = note_format(&note, text, sizeof(text));
	for (cut = 0; cut < len; cut++) {
		assert_int_equal(note_parse(text, (size_t)cut, &back, &diag), -EINVAL);
		assert_true(diag.text[0]);
	}
}

static void test_not_ours(void **state)
{
	static const char *const texts[] = {
		"scx-cland note 2\nend\n",
		"scx-cland note 1\nend\nend\n",
		"scx-cland note 1\nwhat\t1\nend\n",
		"scx-cland note 1\nstamp\t12G\nend\n",
		"scx-cland note 1\nstamp\t\nend\n",
		"scx-cland note 1\nstamp\t11112222333344445\nend\n",
		"scx-cland note 1\nuser\t-1\t5\tfifo\t\nend\n",
		"scx-cland note 1\nuser\t4294967296\t5\tfifo\t\nend\n",
		"scx-cland note 1\nuser\t0\t5\t\t\nend\n",
		"scx-cland note 1\nuser\t0\t5\tfifo\nend\n",
		"scx-cland note 1\nuser\t0\t5\tfifo\t\tx\nend\n",
		"scx-cland note 1\nuser\t0\t5\tfifo\t\nuser\t0\t5\tfifo\t\nend\n",
		"scx-cland note 1\nuser\t0\t5\tfi\001fo\t\nend\n",
		"scx-cland note 1\ntemporary\t0\t5\t0\t0\t0\tfifo\t\nend\n",
		"scx-cland note 1\ntemporary\t0\t5\t9\t9\t0\tfifo\t\nend\n",
		"scx-cland note 1\ntemporary\t0\t5\t31622400000000001\t0\t0\tfifo\t\nend\n",
		"scx-cland note 1\ntemporary\t0\t9223372036854775808\t1\t0\t0\tfifo\t\nend\n",
		"scx-cland note 1\nset\tVRUNTIME\tslice_us\t1\nend\n",
		"scx-cland note 1\nset\tvruntime\tslice_us\t\nend\n",
		"scx-cland note 1\nset\tvruntime\t12345678901234567890123456789012\t1\nend\n",
		"scx-cland note 1\nquarantine\tmine\t1\t2\t3\t4\t5\t17\nend\n",
		"scx-cland note 1\nquarantine\tmine\t1\t2\t3\t4\t-5\t17\tSIGSEGV\nend\n",
		"scx-cland note 1\nquarantine\t\t1\t2\t3\t4\t5\t17\tSIGSEGV\nend\n",
		"scx-cland note 1\nquarantine\tmine\t1\t2\t3\t4\t5\t17\tSIG\033SEGV\nend\n",
		"scx-cland note 1\ngood\tfifo.so\nend\n",
		"scx-cland note 1\ngood\t/a\ngood\t/b\nend\n",
		"scx-cland note 1\n\nend\n",
		"",
	};
	struct note note;
	struct diag diag;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (note_parse(texts[i], strlen(texts[i]), &note, &diag) != -EINVAL)
			fail_msg("taken for a note: %s", texts[i]);
	assert_int_equal(note_parse("scx-cland note 1\nend\n\0", 22, &note, &diag), -EINVAL);
	assert_int_equal(note_parse("scx-cland note 1\nend\n", 21, &note, &diag), 0);
}

static void test_too_many_settings(void **state)
{
	char text[NOTE_MAX] = "scx-cland note 1\n";
	struct note note;
	struct diag diag;
	size_t i;

	(void)state;
	for (i = 0; i <= CONTROL_MAX_SETTINGS; i++)
		strcat(text, "set\ta\tk\tv\n");
	strcat(text, "end\n");
	assert_int_equal(note_parse(text, strlen(text), &note, &diag), -EINVAL);
}

/* A text that would make another line of it is not written. */
static void test_text_that_cannot_stand(void **state)
{
	struct note note = full();
	char text[NOTE_MAX];

	(void)state;
	strcpy(note.user.choice.policy, "/a\nend");
	assert_int_equal(note_format(&note, text, sizeof(text)), -EINVAL);
	note = full();
	strcpy(note.settings[1].value, "a\tb");
	assert_int_equal(note_format(&note, text, sizeof(text)), -EINVAL);
	note = full();
	assert_int_equal(note_format(&note, text, 40), -ENOSPC);
}

static void test_file(void **state)
{
	struct note note = full(), back;
	char folder[] = "/tmp/test_note.XXXXXX", path[64], other[80];
	struct diag diag;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/note", folder);
	assert_int_equal(note_load(path, &back, &diag), -ENOENT);
	assert_int_equal(note_save(path, &note), 0);
	assert_int_equal(note_load(path, &back, &diag), 0);
	assert_same(&note, &back);

	/* What was left of an attempt is in nobody's way, and no link is followed. */
	snprintf(other, sizeof(other), "%s.new", path);
	assert_int_equal(symlink("/nowhere/at/all", other), 0);
	note.nr_settings = 0;
	memset(note.settings, 0, sizeof(note.settings));
	assert_int_equal(note_save(path, &note), 0);
	assert_int_equal(note_load(path, &back, &diag), 0);
	assert_same(&note, &back);
	assert_int_equal(access(other, F_OK), -1);

	/* What cannot be written leaves what was there. */
	strcpy(note.user.choice.policy, "/a\tb");
	assert_int_equal(note_save(path, &note), -EINVAL);
	assert_int_equal(note_load(path, &back, &diag), 0);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(note_load(path, &back, &diag), -EINVAL);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	assert_true(note_save(path, &note) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_the_largest_fits),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_too_many_settings),
		cmocka_unit_test(test_text_that_cannot_stand),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
