/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_workload.c - both formats of clandsim's workloads, and the machine in them: whatever is in a
 * file, it is refused with a sentence or becomes a workload whose numbers fit each other.
 */
#include <stdlib.h>
#include <string.h>

#include "workload_fits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct workload w;
	struct diag diag = { .text = "" };
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (workload_parse("fuzz", text, size, &w, &diag)) {
		check(diag.text[0]);
		free(text);
		return 0;
	}
	check_workload(&w);
	if (!topo_check(&w.topo, &diag))
		(void)workload_check(&w, &w.topo, &diag);
	workload_free(&w);
	free(text);
	return 0;
}
