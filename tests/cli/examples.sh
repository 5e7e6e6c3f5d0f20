#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# config/examples against the rest: the manifest for Kubernetes is YAML that grants what the unit grants, the
# command for podman likewise, the settings in them are taken, and the files and programs that they name are
# those that there are. Skipped (77) where python3 has no YAML.
#
# Usage: tests/cli/examples.sh UNIT SCX_CLAND    the unit, and the program

set -euo pipefail

unit=$1
program=$2
tree=$(realpath "$(dirname "$0")/../..")
examples=$tree/config/examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PYTHONDONTWRITEBYTECODE=1

fail()
{
	printf 'examples.sh: %s\n' "$*" >&2
	exit 1
}

# named PATTERN FILE...: what is named there, one a line of $work/named; there has to be something
named()
{
	grep -rhoE "$@" | sort -u >"$work/named"
	[ -s "$work/named" ] || fail "nothing is named: $*"
}

/usr/bin/python3 -c 'import yaml' 2>/dev/null || { echo "python3 has no yaml here: run scripts/setup" >&2; exit 77; }

# manifest FILE DIR: what is in it, as text, into DIR; fails with a sentence on what is wrong with it
manifest()
{
	/usr/bin/python3 - "$1" "$2" <<'END'
import sys

import yaml

path, into = sys.argv[1:]
with open(path) as file:
    documents = list(yaml.safe_load_all(file))


def must(true, what):
    if not true:
        sys.exit(f"{path}: {what}")


kinds = {document["kind"]: document for document in documents}
must(len(kinds) == len(documents) == 2, f"{len(documents)} documents of the kinds {sorted(kinds)}")
settings, daemons = kinds["ConfigMap"], kinds["DaemonSet"]
spec = daemons["spec"]["template"]["spec"]
labels = daemons["spec"]["template"]["metadata"]["labels"]
must(daemons["spec"]["selector"]["matchLabels"].items() <= labels.items(), "the selector is not for the pods")
must(spec["hostPID"] is True, "tasks would have other numbers")
must(settings["metadata"]["namespace"] == daemons["metadata"]["namespace"], "two namespaces")
[container] = spec["containers"]
rights = container["securityContext"]
must("privileged" not in rights, "privileged, and so all rights are granted")
must(rights["capabilities"]["drop"] == ["ALL"], "capabilities are kept that nobody has named")
for profile in "seccompProfile", "appArmorProfile":
    must(rights[profile] == {"type": "Unconfined"}, f"{profile}: {rights[profile]}")
must(rights["seLinuxOptions"] == {"type": "spc_t"}, f"seLinuxOptions: {rights['seLinuxOptions']}")
mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
volumes = {volume["name"]: volume for volume in spec["volumes"]}
must(mounts.keys() == volumes.keys(), f"volumes {sorted(volumes)}, and mounted are {sorted(mounts)}")
for name, mount in mounts.items():
    if "hostPath" in volumes[name]:
        must(volumes[name]["hostPath"]["path"] == mount, f"{name} is elsewhere on the machine")
[name] = [name for name, mount in mounts.items() if mount == "/etc/scx-cland.d"]
must(volumes[name]["configMap"]["name"] == settings["metadata"]["name"], "the settings are another ConfigMap")
for name, text in settings["data"].items():
    must(name.endswith(".ini") and not name.startswith("."), f"{name} is not read as settings")
    with open(f"{into}/{name}", "w") as file:
        file.write(text)
with open(f"{into}/capabilities", "w") as file:
    file.writelines(f"CAP_{name}\n" for name in sorted(rights["capabilities"]["add"]))
with open(f"{into}/commands", "w") as file:
    print(container["readinessProbe"]["exec"]["command"][0], file=file)
END
}

mkdir "$work/kubernetes"
manifest "$examples/kubernetes/scx-cland.yaml" "$work/kubernetes" || fail "the manifest for Kubernetes"

# Each grants what the unit does, no more and no less.
sed -n 's/^CapabilityBoundingSet=//p' "$unit" | tr ' ' '\n' | sort >"$work/granted"
[ "$(wc -l <"$work/granted")" -gt 5 ] || fail "the unit grants nothing: $unit"
diff "$work/granted" "$work/kubernetes/capabilities" >&2 || fail "Kubernetes grants others (>) than the unit (<)"
sed -n 's/^#.*--cap-add=\([A-Z_,]*\).*/\1/p' "$examples/container/Containerfile" | tr , '\n' | sed 's/^/CAP_/' |
	sort | diff "$work/granted" - >&2 || fail "podman is told to grant others (>) than the unit grants (<)"
for option in --cap-drop=all 'seccomp=unconfined' 'apparmor=unconfined' 'label=disable' --pid=host --read-only; do
	grep -qe "^#.*$option" "$examples/container/Containerfile" || fail "podman is not told $option"
done

# Settings, and the modes that tuned and gamemode ask for.
nr=0
for ini in "$work"/kubernetes/*.ini; do
	"$program" --check-config --config="$ini" >&2 || fail "${ini##*/} of the ConfigMap is refused"
	nr=$((nr + 1))
done
[ $nr -gt 0 ] || fail "the ConfigMap has no settings"
sed 's/^#\([a-z[]\)/\1/' "$tree/config/scx-cland.ini" >"$work/sample.ini"
named '(clandctl mode |MODE=)[a-z][a-z-]*' "$examples"
while read -r line; do
	mode=${line##*[ =]}
	"$program" --check-config --config="$work/sample.ini" --mode="$mode" >&2 ||
		fail "the sample has no mode $mode, which an example asks for"
done <"$work/named"

# What they name is there.
named '\b(config/examples|scripts|docs)/[A-Za-z0-9_/.-]*[A-Za-z0-9]' "$examples" "$tree/docs/installing.md" \
	"$tree/docs/servers.md"
while read -r path; do
	[ -e "$tree/$path" ] || fail "$path is named, which is not there"
done <"$work/named"
while read -r at path; do
	[ -e "${at%/*}/$path" ] || fail "$at names $path, which is not there"
done < <(grep -roE '\.\./[a-z]+' "$examples" | sed 's/:/ /')
named '/packages/scx-cland[a-z-]*' "$examples/container/Containerfile"
while read -r package; do
	grep -qE "^Package: ${package##*/}" "$tree/debian/control" || fail "the image installs $package, which is not built"
done <"$work/named"
for command in $(cat "$work/kubernetes/commands") $(sed -n 's/^ENTRYPOINT \["\(.*\)"\]/\1/p' "$examples/container/Containerfile"); do
	grep -qE "^usr/s?bin/${command##*/}\$" "$tree/debian/scx-cland.install" || fail "$command is not installed"
done

# Checks that cannot fail prove nothing.
mkdir "$work/none"
sed 's/hostPID: true/hostPID: false/' "$examples/kubernetes/scx-cland.yaml" >"$work/bad.yaml"
! manifest "$work/bad.yaml" "$work/none" 2>/dev/null || fail "a pod without the machine's pids is taken"
printf 'a: [\n' >"$work/bad.yaml"
! manifest "$work/bad.yaml" "$work/none" 2>/dev/null || fail "what is no YAML is taken"
