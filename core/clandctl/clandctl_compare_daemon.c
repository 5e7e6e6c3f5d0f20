/* SPDX-License-Identifier: GPL-2.0-only */
#include "clandctl_compare_daemon.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "clandctl_client.h"
#include "control_text.h"
#include "exit_codes.h"

static void copy_text(char *to, size_t size, struct json_object *object, const char *name)
{
	snprintf(to, size, "%s", client_text(object, name));
}

static void read_faults(struct json_object *faults, struct view *view)
{
	size_t i, nr = json_object_is_type(faults, json_type_array) ? json_object_array_length(faults) : 0;

	for (i = 0; i < nr && i < VIEW_FAULTS_MAX; i++) {
		struct json_object *object = json_object_array_get_idx(faults, i);
		struct view_fault *fault = &view->faults[view->nr_faults++];

		copy_text(fault->policy, sizeof(fault->policy), object, "policy");
		copy_text(fault->reason, sizeof(fault->reason), object, "reason");
		fault->nr = client_number(object, "crashed") + client_number(object, "hung");
		fault->quarantined = client_bool(object, "quarantined");
	}
}

int view_look(struct view *ret_view, struct diag *diag)
{
	struct json_object *status, *applied, *desired;
	struct view *view = ret_view;
	int code = client_ask("status", NULL, CLIENT_QUICK_S, &status, diag);

	if (code)
		return code;
	memset(view, 0, sizeof(*view));
	applied = client_object(status, "applied");
	desired = client_object(status, "desired");
	view->attached = client_bool(status, "attached");
	view->swap_under_way = client_bool(status, "swap_under_way");
	copy_text(view->not_attached_why, sizeof(view->not_attached_why), status, "not_attached_why");
	copy_text(view->policy, sizeof(view->policy), applied, "policy");
	copy_text(view->version, sizeof(view->version), applied, "version");
	copy_text(view->path, sizeof(view->path), applied, "path");
	copy_text(view->in_place_of, sizeof(view->in_place_of), applied, "in_place_of");
	copy_text(view->desired, sizeof(view->desired), desired, "policy");
	copy_text(view->mode, sizeof(view->mode), desired, "mode");
	copy_text(view->cause, sizeof(view->cause), desired, "cause");
	copy_text(view->reason, sizeof(view->reason), desired, "reason");
	view->ends_in_s = client_number(desired, "ends_in_s");
	view->hold_pid = (pid_t)client_number(desired, "hold_pid");
	view->daemon_pid = client_number(status, "pid");
	view->nr_upgrades = client_number(status, "upgrades");
	read_faults(client_object(status, "faults"), view);
	json_object_put(status);
	return EXIT_CODE_OK;
}

int view_change(const struct view_choice *choice, struct diag *diag)
{
	struct json_object *args = json_object_new_object(), *answer;
	const char *command = choice->mode[0] ? "mode" : "switch";
	int code;

	if (choice->mode[0])
		json_object_object_add(args, "mode", control_text(choice->mode));
	else
		json_object_object_add(args, "policy", control_text(choice->policy));
	if (choice->for_s)
		json_object_object_add(args, "for_s", json_object_new_uint64(choice->for_s));
	if (choice->hold_pid)
		json_object_object_add(args, "hold_pid", json_object_new_int(choice->hold_pid));
	code = client_ask(command, args, CLIENT_CHANGE_S, &answer, diag);
	if (!code)
		json_object_put(answer);
	return code;
}
