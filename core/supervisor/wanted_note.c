/* SPDX-License-Identifier: GPL-2.0-only */
#include "wanted_note.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config_value.h"
#include "proc_comm.h"

int wanted_note_remove(void)
{
	return unlink(NOTE_PATH) && errno != ENOENT && errno != ENOTDIR ? -errno : 0;
}

/*
 * Of what the files say, and the command line over them: whoever starts with another --policy than
 * last time wants that one, and not what clandctl had put over the one of then.
 */
static uint64_t stamp_of(const struct config *config)
{
	const struct config_base *base = &config->base;
	uint64_t stamp = config_files_stamp(config->stamp, "mode", config->mode, strlen(config->mode));
	size_t i;

	if (base->policy_origin.layer == CONFIG_LAYER_COMMAND_LINE)
		stamp = config_files_stamp(stamp, "policy", base->policy, strlen(base->policy));
	for (i = 0; i < base->nr_params; i++) {
		const struct config_param *param = &base->params[i];

		if (param->layer != CONFIG_LAYER_COMMAND_LINE)
			continue;
		stamp = config_files_stamp(stamp, param->policy, param->key, strlen(param->key));
		stamp = config_files_stamp(stamp, "=", param->value, strlen(param->value));
	}
	return stamp;
}

int wanted_note_save(const struct wanted *wanted, const struct note_quarantine *quarantine)
{
	static struct note note;
	const struct intent *intent = &wanted->intent;
	size_t i;

	if (!intent->user.there && !intent->temporary.there && !wanted->nr_settings &&
	    !quarantine->nr)
		return wanted_note_remove();
	note = (struct note){
		.stamp = stamp_of(&wanted->config),
		.user = intent->user,
		.temporary = intent->temporary,
		.nr_settings = wanted->nr_settings,
		.quarantine = *quarantine,
	};
	memcpy(note.settings, wanted->settings, sizeof(note.settings));
	for (i = 0; i < quarantine->nr; i++)
		if (!note_fits(quarantine->policies[i].reason))
			note.quarantine.policies[i].reason[0] = '\0';
	if (!note_fits(quarantine->good_path))
		note.quarantine.good_path[0] = '\0';
	/* If it is gone already, the number is nobody's, and the switch ends at the next start. */
	if (note.temporary.there && note.temporary.term.hold_pid)
		proc_start_read(note.temporary.term.hold_pid, &note.hold_start);
	return note_save(NOTE_PATH, &note);
}

/* The process that a switch is to last as long as, if it is still the one of then. Returns its pidfd
 * or -1. */
static int hold_reopen(struct intent_term *term, uint64_t start)
{
	int fd = (int)syscall(SYS_pidfd_open, term->hold_pid, 0);
	uint64_t now;

	if (fd < 0)
		return -1;
	if (proc_start_read(term->hold_pid, &now) || now != start) {
		close(fd);
		return -1;
	}
	if (proc_comm_read(term->hold_pid, term->hold_comm))
		term->hold_comm[0] = '\0';
	return fd;
}

int wanted_note_load(struct wanted *wanted, uint64_t now_ns, int *ret_hold_fd,
		     struct note_quarantine *ret_quarantine, struct diag *diag)
{
	static struct note note;
	struct intent *intent = &wanted->intent;
	pid_t hold_pid;
	int err = note_load(NOTE_PATH, &note, diag);

	if (err)
		return err;
	*ret_quarantine = note.quarantine;
	if (note.stamp == stamp_of(&wanted->config)) {
		intent->user = note.user;
		wanted->nr_settings = note.nr_settings;
		memcpy(wanted->settings, note.settings, sizeof(wanted->settings));
	}
	intent->temporary = note.temporary;
	hold_pid = intent_hold_pid(intent);
	if (intent->temporary.there)
		intent->since_ns = intent->temporary.since_ns;
	else if (intent->user.there)
		intent->since_ns = intent->user.since_ns;
	*ret_hold_fd = hold_pid ? hold_reopen(&intent->temporary.term, note.hold_start) : -1;
	if (hold_pid && *ret_hold_fd < 0)
		intent_process_ended(intent, hold_pid, now_ns);
	intent_expire(intent, now_ns);
	return 0;
}
