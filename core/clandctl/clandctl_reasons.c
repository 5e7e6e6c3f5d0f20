/* SPDX-License-Identifier: GPL-2.0-only */
#include "clandctl_reasons.h"

#include <json-c/json.h>

#include "clandctl_client.h"

bool clandctl_reasons_of(struct json_object *status, struct policy_reasons *ret_reasons)
{
	const char *path = client_text(client_object(status, "applied"), "path");
	struct diag diag;

	ret_reasons->nr = 0;
	if (client_bool(status, "swap_under_way"))
		return false;
	if (path[0])
		(void)policy_reasons_read(path, ret_reasons, &diag);
	return true;
}

int clandctl_reasons_ask(int timeout_s, struct policy_reasons *ret_reasons, bool *ret_sure)
{
	struct json_object *status;
	struct diag diag;
	int code = client_ask("status", NULL, timeout_s, &status, &diag);

	ret_reasons->nr = 0;
	*ret_sure = false;
	if (code)
		return code;
	*ret_sure = clandctl_reasons_of(status, ret_reasons);
	json_object_put(status);
	return code;
}
