/* SPDX-License-Identifier: GPL-2.0-only */
#include "leftover.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "compaction.h"
#include "exit_codes.h"
#include "instance.h"
#include "kern.h"
#include "upgrade.h"
#include "wanted_note.h"

int leftover_detach(struct diag *diag)
{
	struct instance instance = { .lock_fd = -1 };
	int err, found;

	if (geteuid() != 0)
		return diag_set(diag, EXIT_CODE_NO_PRIVILEGE, "detaching a scheduler takes root: start it "
				"with sudo");
	err = instance_lock(&instance, diag);
	if (err)
		return exit_code_of_error(err);
	found = kern_detach_found(diag);
	err = found < 0 ? found : 0;
	if (!err && !access(COMPACTION_DEBT_PATH, F_OK)) {
		err = compaction_restore();
		if (err)
			diag_set(diag, err, COMPACTION_PATH " cannot be set back to 1: %s",
				 strerror(-err));
	}
	if (!err) {
		(void)wanted_note_remove();
		diag_set(diag, 0, "%s", found ? "detached what a process that is gone has left: the "
						"kernel's own scheduler has the machine"
					      : "nothing of ours is attached that was left behind");
	}
	instance_unlock(&instance);
	return exit_code_of_error(err);
}

int leftover_check_takeover(const struct config *config, struct diag *diag)
{
	const struct kern_options options = kern_options_of(config);
	int err;

	if (geteuid() != 0)
		return diag_set(diag, EXIT_CODE_NO_PRIVILEGE, "looking at the scheduler that is there "
				"takes root");
	err = kern_can_adopt(&options, diag);
	return err ? exit_code_of_error(err) : diag_set(diag, EXIT_CODE_OK, UPGRADE_YES);
}
