/* SPDX-License-Identifier: GPL-2.0-only */
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>

#include "policy_meta.h"

static void log_line(const char *line)
{
	(void)line; /* a policy may say what it likes */
}

/* The host's functions know no subject; there is one at a time. */
static const struct machine *machine;

static const struct cland_cgroup *read_cgroup(uint32_t index, uint64_t now_ns)
{
	static struct cland_cgroup cgroup;

	if (index >= machine->nr_cgroups)
		return NULL;
	cgroup = machine_read_cgroup(machine, index, now_ns);
	return &cgroup;
}

void subject_open(struct subject *subject, const char *path, uint32_t nr_slots, uint64_t seed,
		  bool strict)
{
	static const struct config no_config;

	subject_open_set(subject, path, &no_config, nr_slots, seed, strict);
}

void subject_open_set(struct subject *subject, const char *path, const struct config *config,
		      uint32_t nr_slots, uint64_t seed, bool strict)
{
	static struct policy_meta meta;
	uint64_t values[POLICY_META_MAX_PARAMS] = { 0 };
	struct diag diag;

	subject->host = (struct cland_host){
		.struct_size = sizeof(subject->host),
		.nr_cpus = 1,
		.max_tasks = nr_slots,
		.abi_minor = CLAND_POLICY_ABI_MINOR,
		.log = log_line,
		.max_cgroups = MACHINE_CGROUPS_MAX,
		.nr_cpus_online = 1,
		.cgroup = read_cgroup,
	};
	if (policy_meta_read(path, &meta, &diag) ||
	    policy_meta_values(&meta, config, values, &diag) ||
	    policy_open(path, &subject->host, values, meta.nr_params, &subject->policy, &diag)) {
		fprintf(stderr, "%s\n", diag.text);
		exit(2);
	}
	machine = &subject->machine;
	machine_init(&subject->machine, nr_slots, seed);
	if (loop_init(&subject->loop, &fake_backend_ops, &subject->machine.fb, &subject->policy,
		      nr_slots, strict)) {
		fprintf(stderr, "no memory for %u tasks\n", nr_slots);
		exit(2);
	}
	loop_rehearse(&subject->loop);
}

void subject_close(struct subject *subject)
{
	loop_destroy(&subject->loop);
	policy_close(&subject->policy);
	machine_destroy(&subject->machine);
}
