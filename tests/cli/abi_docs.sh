#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What follows scx-cland/policy.h by hand, held against it:
#   - docs/abi has a page for each public structure, with a row for each of its fields and no other;
#   - tests/unit/test_abi.c pins the size of each structure and the offset of each field;
#   - policies/examples/cland_policy.rs has the same fields in the same order, or the first of them;
#   - policies/skeleton/policy.c gives and explains each function of a policy;
#   - policies/ABI.md has an entry for the version that the header says.
#
# Usage: tests/cli/abi_docs.sh [TREE]

set -euo pipefail

tree=$(realpath "${1:-$(dirname "$0")/../..}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check()
{
	python3 - "$1" <<'END'
import os, re, sys

tree = sys.argv[1]
bad = []

def read(path):
    with open(os.path.join(tree, path)) as file:
        return file.read()

header = re.sub(r"/\*.*?\*/", "", read("policies/include/scx-cland/policy.h"), flags=re.S)
header = re.sub(r"\s*\bCLAND_OPTIONAL\b", "", header)

def fields(body):
    """Names in the order in which they are declared."""
    names = []
    for declaration in body.split(";"):
        declaration = declaration.strip()
        if not declaration:
            continue
        function = re.search(r"\(\*(\w+)\)\s*\(", declaration)
        if function:
            names.append(function.group(1))
            continue
        for part in declaration.split(","):
            names.append(re.search(r"(\w+)\s*(\[\w+\])?$", part.strip()).group(1))
    return names

structs = {}
functions = []
for kind, name, body in re.findall(r"^(struct|union) (\w+) \{(.*?)^\};", header, re.S | re.M):
    structs[name] = (kind, fields(body))
    if name == "cland_policy_ops":
        functions = re.findall(r"\(\*(\w+)\)\s*\(", body)
if len(structs) < 6 or not functions:
    bad.append("policy.h: its structures are not understood")

rows = {}
for page in sorted(os.listdir(os.path.join(tree, "docs/abi"))):
    text = read("docs/abi/" + page)
    rows[page] = [row for row in re.findall(r"^\| `(\w+)` \|", text, re.M)
                  if not row.startswith("CLAND_")]
home = {"cland_value": "cland_param.md", "cland_rules": "cland_rule.md"}
for name, (kind, names) in structs.items():
    page = home.get(name, name + ".md")
    if page not in rows:
        bad.append(f"docs/abi: there is no page on {kind} {name}")
        continue
    for field in names:
        if field not in rows[page]:
            bad.append(f"docs/abi/{page}: no row for {field} of {kind} {name}")
for page, said in rows.items():
    known = [f for name, (_, names) in structs.items()
             if home.get(name, name + ".md") == page for f in names]
    bad += [f"docs/abi/{page}: {field} is no field" for field in said if field not in known]

test = read("tests/unit/test_abi.c")
for name, (kind, names) in structs.items():
    if f"SIZE({kind} {name}, " not in test:
        bad.append(f"test_abi.c: the size of {kind} {name} is not pinned")
    if kind == "union":
        continue
    for field in names:
        if f"OFFSET({kind} {name}, {field}, " not in test:
            bad.append(f"test_abi.c: the offset of {field} of {kind} {name} is not pinned")

rust = re.sub(r"//.*", "", read("policies/examples/cland_policy.rs"))
for name, (kind, names) in structs.items():
    found = re.search(rf"#\[repr\(C\)\]\s*pub {kind} {name} \{{(.*?)^\}}", rust, re.S | re.M)
    if not found:
        bad.append(f"cland_policy.rs: there is no #[repr(C)] {kind} {name}")
        continue
    have = [field.rstrip("_") for field in re.findall(r"pub (\w+):", found.group(1))]
    if have != names[:len(have)] or not have:
        bad.append(f"cland_policy.rs: {kind} {name} has {have}, policy.h {names}")

skeleton = read("policies/skeleton/policy.c")
for function in functions:
    if not re.search(rf"\* {function}\(\) \[", skeleton) or f".{function} = " not in skeleton:
        bad.append(f"skeleton/policy.c: does not give and explain {function}()")

version = ".".join(re.search(rf"CLAND_POLICY_ABI_{part} (\d+)", header).group(1)
                   for part in ("MAJOR", "MINOR"))
if not re.search(rf"^## {re.escape(version)}$", read("policies/ABI.md"), re.M):
    bad.append(f"policies/ABI.md: no entry for version {version}")

print("\n".join(bad), end="\n" if bad else "")
sys.exit(1 if bad else 0)
END
}

# A check that cannot fail proves nothing: first let it find one mistake of each kind.
for path in policies/include/scx-cland/policy.h docs/abi tests/unit/test_abi.c \
	policies/examples/cland_policy.rs policies/skeleton/policy.c policies/ABI.md; do
	mkdir -p "$work/bad/${path%/*}"
	cp -r "$tree/$path" "$work/bad/$path"
done
header=$work/bad/policies/include/scx-cland/policy.h
# a field more, another order, a function more, a structure more, and a row, a version too many
sed -i 's/^\tvoid \*priv;/\tuint64_t more_ns;\n&/
	s/(\*tick)(void/(*tock)(void *policy);\n\tvoid &/
	s/^union cland_value {/struct cland_extra {\n\tint32_t a;\n};\n\n&/
	s/\(CLAND_POLICY_ABI_MINOR\) [0-9]*/\1 99/' "$header"
echo "| \`gone\` | x |" >>"$work/bad/docs/abi/cland_host.md"
if check "$work/bad" >"$work/said" 2>&1; then
	echo "abi_docs.sh finds nothing" >&2
	exit 1
fi
for words in 'no row for more_ns' 'offset of more_ns' 'struct cland_task has' 'explain tock()' \
	'no page on struct cland_extra' 'size of struct cland_extra' 'no #[repr(C)] struct cland_extra' \
	'gone is no field' 'no entry for version 1.99'; do
	grep -qF -- "$words" "$work/said" ||
		{ echo "abi_docs.sh does not find '$words':"; cat "$work/said"; exit 1; } >&2
done

check "$tree" >&2
