/* SPDX-License-Identifier: GPL-2.0-only */
#include "kern_check.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capabilities.h"
#include "cland.skel.h"
#include "config.h"
#include "kern.h"
#include "sched_ext_state.h"

/* Of the initial namespaces, on every kernel. */
#define PID_NS_INIT_INO 0xEFFFFFFCUL
#define TIME_NS_INIT_INO 0xEFFFFFFAUL

/* True, too, where the kernel has no such namespaces. */
static bool is_in_initial_ns(const char *path, ino_t initial)
{
	struct stat st;

	return stat(path, &st) || st.st_ino == initial;
}

int kern_busy(struct diag *diag)
{
	struct sched_ext_state state;

	sched_ext_state_read("/sys", &state);
	return diag_set(diag, -EBUSY, "another sched_ext scheduler is %s: %s. Stop it first; there "
			"can be only one", state.state[0] ? state.state : "there",
			state.ops[0] ? state.ops : "(unnamed)");
}

struct kern_options kern_options_of(const struct config *config)
{
	return (struct kern_options){
		.strict = config->decisions == CONFIG_DECISIONS_STRICT,
		.partial = config->partial,
		.verbose = config->verbose,
		.exit_dump_len = config->exit_dump_len,
		.rescue_ms = config->rescue_ms,
		.max_tasks = config->max_tasks,
	};
}

struct stub_options kern_stub_options(const struct kern_options *options,
				      const struct topology *topology)
{
	return (struct stub_options){
		.strict = options->strict,
		.partial = options->partial,
		.exit_dump_len = options->exit_dump_len,
		.rescue_ms = options->rescue_ms,
		.max_tasks = options->max_tasks,
		.nr_cpus = topology->nr_cpus,
		.nr_llcs = topology->nr_llcs,
	};
}

/* Of a stub that was found: whether somebody looks after it. */
static int owner_check(const struct stub *found, struct diag *diag)
{
	if (!found->bss || !found->bss->supervisor_tgid)
		return 0;
	return diag_set(diag, -EBUSY, "scx-cland is running already, as process %d. Stop it first: kill "
			"-TERM %d", found->bss->supervisor_tgid, found->bss->supervisor_tgid);
}

int kern_check(bool taking_over, bool sandbox, struct diag *diag)
{
	struct sched_ext_state state;
	struct stub found;
	int err;

	sched_ext_state_read("/sys", &state);
	if (!state.state[0])
		return diag_set(diag, -ENOSYS, "this kernel has no sched_ext (no "
				"/sys/kernel/sched_ext/state). It takes Linux 6.12 or newer with "
				"CONFIG_SCHED_CLASS_EXT=y (Debian's: 6.14)");
	if (geteuid() != 0)
		return diag_set(diag, -EPERM, "loading a scheduler into the kernel takes root: start "
				"it with sudo, or as a system service");
	err = capabilities_check(capabilities_read(), sandbox, diag);
	if (err)
		return err;
	/* What rules and `switch --hold` look up in /proc by the stub's pids would be another process elsewhere. */
	if (!is_in_initial_ns("/proc/self/ns/pid", PID_NS_INIT_INO))
		return diag_set(diag, -EPERM, "this is a pid namespace of its own, where processes have "
				"other numbers than the kernel gives: start it on the host, or in a "
				"container that has the host's pids (docker run --pid=host)");
	/* The stub tells the time of agents' signs of life, and we how long ago that is. */
	if (!is_in_initial_ns("/proc/self/ns/time", TIME_NS_INIT_INO))
		return diag_set(diag, -EPERM, "this is a time namespace of its own, with another clock than the "
				"kernel's: start it outside of it (without unshare --time)");
	if (!strcmp(state.state, "disabled"))
		return 0;
	stub_init(&found);
	if (stub_find(&found, diag))
		return kern_busy(diag);
	if (!taking_over) /* else it has been looked at, just before */
		stub_share(&found, diag);
	if (found.bss && !stub_is_attached(&found))
		err = kern_busy(diag);
	else
		err = owner_check(&found, diag);
	stub_close(&found);
	return err;
}

int kern_can_adopt(const struct kern_options *options, struct diag *diag)
{
	struct stub_options stub_options;
	struct topology topology;
	struct diag why;
	struct stub found;
	int err = topology_read("/sys/devices/system/cpu", &topology, diag);

	if (err)
		return err;
	stub_options = kern_stub_options(options, &topology);
	topology_destroy(&topology);
	stub_init(&found);
	err = stub_find(&found, diag);
	if (err == -ENOENT)
		return diag_set(diag, err, "no scheduler of ours is pinned in " STUB_PINS);
	if (err)
		return err;
	err = stub_suits(&found, &stub_options, &why);
	if (!err && !stub_is_attached(&found))
		err = diag_set(&why, -ESTALE, "has been ended by the kernel");
	stub_close(&found);
	return err ? diag_set(diag, err, "the scheduler that is there %s", why.text) : 0;
}

int kern_detach_found(struct diag *diag)
{
	struct stub found;
	int err;

	stub_init(&found);
	err = stub_find(&found, diag);
	if (err == -ENOENT) {
		stub_unpin(); /* part of one may be there, which is of no use */
		return 0;
	}
	if (err)
		return err;
	stub_share(&found, diag);
	err = owner_check(&found, diag);
	if (!err) {
		stub_unpin();
		stub_detach(&found);
	}
	stub_close(&found);
	return err ? err : 1;
}
