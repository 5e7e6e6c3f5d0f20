#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The policy kit, as somebody has it who has installed scx-cland and not its sources: the header,
# scx-cland.pc and the CMake package are installed, into a prefix and into a DESTDIR; a policy is
# built out of the tree by pkg-config and by find_package(); `clandctl policy new` writes a project
# that builds by both, and writes nothing over; all of them are found, and pass `clandctl policy check`.
#
# Usage: tests/cli/policy_kit.sh BUILD_FOLDER CLANDCTL C_COMPILER

set -euo pipefail

[ $# = 3 ] || { sed -n '4,10s/^# \{0,1\}//p' "$0" >&2; exit 2; }

build=$(realpath "$1") clandctl=$(realpath "$2") compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CC=$compiler

die() { printf '%s\n' "$@" >&2; exit 1; }

# quietly COMMAND...: its output only if it fails.
quietly()
{
	"$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "failed: $*"; }
}

# refuses CODE WORDS COMMAND...
refuses()
{
	local code=$1 words=$2 got=0
	shift 2

	"$@" >"$work/log" 2>&1 || got=$?
	[ $got = "$code" ] || { cat "$work/log" >&2; die "exit code $got, expected $code: $*"; }
	grep -qF -- "$words" "$work/log" || { cat "$work/log" >&2; die "does not say '$words': $*"; }
}

# good POLICY.so: passes the check, and is listed.
good()
{
	local name

	name=$(basename "$1" .so)
	quietly "$clandctl" policy check "$1"
	SCX_CLAND_POLICY_PATH=$(dirname "$1") "$clandctl" policies >"$work/list"
	grep -q "^$name " "$work/list" || { cat "$work/list" >&2; die "$1 is not listed"; }
	! grep -q 'cannot be used' "$work/list" || { cat "$work/list" >&2; die "$1 is refused"; }
}

# ---- a plain prefix, and a DESTDIR: the same files
quietly cmake --install "$build" --prefix "$work/prefix"
DESTDIR=$work/dest quietly cmake --install "$build"
for root in "$work/prefix" "$work/dest"; do
	for file in policy.h scx-cland.pc scx-cland-config.cmake ScxClandPolicy.cmake vruntime.so; do
		[ "$(find "$root" -type f -name "$file" | wc -l)" = 1 ] || die "$root has no $file"
	done
done
# as the programs, which look beside themselves: no file leads to the prefix that was configured
pc=$(find "$work/prefix" -name scx-cland.pc)
[ -e "$(PKG_CONFIG_PATH=${pc%/*} pkg-config --variable=includedir scx-cland)/scx-cland/policy.h" ] ||
	die "scx-cland.pc of a prefix leads elsewhere"
find "$work/prefix" -name 'clandctl*' -path '*completion*' -exec grep -L "$work/prefix/" {} + |
	grep . && die "completions of a prefix look elsewhere for policies"
unit=$(find "$work/prefix" -name scx-cland.service)
[ ! "$unit" ] || [ -x "$(sed -n 's/^ExecStart=//p' "$unit")" ] || die "the unit of a prefix starts another program"
pc=$(find "$work/dest" -name scx-cland.pc)
export PKG_CONFIG_PATH=${pc%/*}
policydir=$(pkg-config --variable=policydir scx-cland)
[ -e "$work/dest$policydir/vruntime.so" ] || die "policydir of scx-cland.pc has no policies: $policydir"
! grep -rlF -e "$build" "$pc" "$(find "$work/prefix" -name scx-cland-config.cmake)" ||
	die "installed files name the folder they were built in"

# ---- where it was put, though it was configured for elsewhere
moved=$work/prefix/bin/clandctl
env -u SCX_CLAND_POLICY_PATH "$moved" policies >"$work/list"
grep -qxF "    $(find "$work/prefix" -name vruntime.so)" "$work/list" ||
	{ cat "$work/list" >&2; die "a moved clandctl does not find the policies beside it"; }
if [ ! -e /usr/include/scx-cland/policy.h ] && [ ! -e /usr/local/include/scx-cland/policy.h ]; then
	(cd "$work" && quietly "$moved" policy new by-moved)
	quietly make -C "$work/by-moved" check
	grep -qF "$work/prefix/include" "$work/by-moved/Makefile" || die "another header is used"
	# where it is found then
	quietly make -C "$work/by-moved" install
	env -u SCX_CLAND_POLICY_PATH "$moved" policies >"$work/list"
	grep -q '^by-moved ' "$work/list" || die "what make install has put there is not found"
fi

# ---- out of the tree
mkdir "$work/mine"
cat >"$work/mine/mine.c" <<'END'
#include <scx-cland/policy.h>

static uint64_t mine_rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return task->vtime_ns;
}

CLAND_POLICY(.name = "mine", .summary = "somebody else's", .rank = mine_rank);
END
cat >"$work/mine/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.16)
project(mine LANGUAGES C)
find_package(scx-cland 0.1 CONFIG REQUIRED)
scx_cland_add_policy(mine mine.c)
if(NOT SCX_CLAND_POLICY_DIR MATCHES "/scx-cland/policies$")
	message(FATAL_ERROR "SCX_CLAND_POLICY_DIR is '${SCX_CLAND_POLICY_DIR}'")
endif()
END

# by pkg-config, whose paths are those of the machine the DESTDIR is for
export PKG_CONFIG_SYSROOT_DIR=$work/dest
mkdir "$work/by-pc"
read -ra flags < <(pkg-config --cflags scx-cland)
read -ra cflags < <(PKG_CONFIG_SYSROOT_DIR='' pkg-config --variable=policy_cflags scx-cland)
read -ra ldflags < <(PKG_CONFIG_SYSROOT_DIR='' pkg-config --variable=policy_ldflags scx-cland)
quietly "$compiler" "${flags[@]}" "${cflags[@]}" -o "$work/by-pc/mine.so" "$work/mine/mine.c" \
	"${ldflags[@]}"
good "$work/by-pc/mine.so"

# by find_package(), which finds what was moved
quietly cmake -S "$work/mine" -B "$work/by-cmake" -DCMAKE_PREFIX_PATH="$work/prefix"
quietly cmake --build "$work/by-cmake"
good "$work/by-cmake/mine.so"

# ---- a new project, with the header of the tree
cd "$work"
quietly "$clandctl" policy new my-first
quietly make -C my-first
good "$work/my-first/my-first.so"
quietly make -C my-first check
quietly cmake -S my-first -B my-first/build
quietly cmake --build my-first/build
good "$work/my-first/build/my-first.so"
[ "$(nm -D --defined-only --format=just-symbols my-first/my-first.so)" = cland_policy ] ||
	die "my-first.so exports other symbols"
# every function of the interface is there to be read about
for op in create destroy rank lease tick task_exit; do
	grep -q "\.$op = my_first_$op" my-first/my-first.c || die "the new policy has no $op()"
	grep -q "$op() \[" my-first/my-first.c || die "the new policy does not explain $op()"
done

# what the documentation says to do next, where this one looks for policies
quietly make -C my-first DESTDIR="$work/staged" install
[ -e "$work/staged$policydir/my-first.so" ] || die "make install put it elsewhere"
DESTDIR=$work/by-cmake-staged quietly cmake --install my-first/build
[ -e "$work/by-cmake-staged$policydir/my-first.so" ] || die "cmake --install put it elsewhere"

# names that make or CMake use themselves
for name in all help install clean test; do
	quietly "$clandctl" policy new $name "named-$name"
	quietly make -C "named-$name" check
	quietly cmake -S "named-$name" -B "named-$name/build"
	quietly cmake --build "named-$name/build"
	good "$work/named-$name/build/$name.so"
done

# ---- with the installed header: named, and through pkg-config and CMake's package
quietly "$clandctl" policy new int named --include="$work/prefix/include"
quietly make -C named
good "$work/named/int.so"
quietly "$clandctl" policy new linux installed
quietly make -C installed SCX_CLAND_INCLUDE=
good "$work/installed/linux.so"
quietly make -C installed SCX_CLAND_INCLUDE= POLICY_DIR=/policies DESTDIR="$work/there" install
[ -e "$work/there/policies/linux.so" ] || die "make install did not install"
quietly cmake -S installed -B installed/build -DSCX_CLAND_INCLUDE= \
	-DCMAKE_PREFIX_PATH="$work/prefix"
quietly cmake --build installed/build
good "$work/installed/build/linux.so"

# ---- what it refuses
cp my-first/Makefile "$work/before"
refuses 1 'is there already' "$clandctl" policy new my-first
cmp -s my-first/Makefile "$work/before" || die "my-first/Makefile was changed"
mkdir half
echo mine >half/README.md
refuses 1 'half/README.md is there already' "$clandctl" policy new half
[ "$(ls -A half)" = README.md ] || die "half a project was written"
mkdir full
echo mine >full/notes.txt
quietly "$clandctl" policy new full
[ "$(<full/notes.txt)" = mine ] || die "full/notes.txt was changed"
refuses 1 'cannot be made' "$clandctl" policy new x nowhere/x
for name in Upper 9lives -x 'a b' ../x abcdefghijklmnopqrstuvwxyz012345 ''; do
	refuses 2 'policy new: ' "$clandctl" policy new "$name"
done
refuses 2 'the name is missing' "$clandctl" policy new
refuses 10 'give the folder that holds scx-cland/policy.h' "$clandctl" policy new x --include="$work"
# away from its build folder, and nothing installed: it must say so
mkdir away
cp "$clandctl" away/clandctl
if [ ! -e /usr/include/scx-cland/policy.h ] && [ ! -e /usr/local/include/scx-cland/policy.h ]; then
	refuses 10 'the policy kit is not installed' away/clandctl policy new y
	[ ! -e y ] || die "a project was begun without a header"
fi

# ---- the list for programs
SCX_CLAND_POLICY_PATH=$work/my-first:$work/mine:$work/by-pc:$work/by-cmake \
	"$clandctl" policies --json >"$work/list.json"
python3 - "$work" <<'END'
import json, sys
listing = json.load(open(sys.argv[1] + "/list.json"))
work = sys.argv[1]
mine = [p for p in listing["policies"] if p["name"] == "mine"]
first = [p for p in listing["policies"] if p["name"] == "my-first"][0]
assert [p["path"] for p in mine] == [work + "/by-pc/mine.so", work + "/by-cmake/mine.so"], mine
assert "hidden_by" not in mine[0] and mine[1]["hidden_by"] == work + "/by-pc/mine.so", mine
assert first["summary"] and first["version"] == "0.1" and first["abi"].startswith("1."), first
assert [p["name"] for p in first["params"]] == ["slice_us", "bonus_us"], first
assert first["params"][0] == {"name": "slice_us", "type": "u64", "unit": "us", "min": 500,
	"max": 100000, "default": 3000, "help": first["params"][0]["help"]}, first
assert listing["folders"][0] == work + "/my-first", listing
END
