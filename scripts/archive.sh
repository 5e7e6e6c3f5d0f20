# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Debian's archive as scripts/setup and scripts/peers use it; each sources this first and has a
# function die() and a function say().
#
#   debian_release      sets $debian, the number, and $codename; dies where this is no Debian for us
#   make_work           sets $work, a temporary folder that vanishes when the script ends
#   try WHAT CMD...     runs CMD quietly; shows the end of what it said, and WHAT, if it fails
#   apt VERB ...        the machine's apt-get
#   update_lists        the machine's lists of packages, as far as they can be had
#   write_source SUITE STEM  an apt source for SUITE from the machine's own mirror
#   open_kernel_suite   fetches the list of the suite that has kernels, for private_apt
#   private_apt ...     apt-get or apt-cache with nothing but that suite; the machine's never hears of it

# The suite that carries the guests' kernels, on Debian 12 as on 13.
readonly KERNEL_SUITE=trixie-backports

# shellcheck disable=SC2034 # for those who source this
cache=${SCX_CLAND_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scx-cland}
work=

debian_release()
{
	local ID='' VERSION_ID=''

	# shellcheck source=/dev/null
	. /etc/os-release
	[ "$ID" = debian ] || die "made for Debian 12 and 13, and this is ${ID:-unknown};" \
		"install by hand what the functions NAME_packages in scripts/setup list"
	# testing and unstable carry no number
	debian=${VERSION_ID:-14}
	((debian >= 12)) || die "Debian $debian is too old: 12 or 13 is needed"
	case $debian in
	12) codename=bookworm ;;
	13) codename=trixie ;;
	*) codename=${VERSION_CODENAME:-sid} ;;
	esac
}

make_work()
{
	[ -n "$work" ] && return
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
}

# try WHAT COMMAND...: runs it with its output in a log; shows the log's end if it fails.
try()
{
	local what=$1

	shift
	if ! "$@" >"$work/log" 2>&1; then
		tail -n 15 "$work/log" | sed 's/^/  | /' >&2
		say "failed: $what"
		return 1
	fi
}

# A configuration file that somebody has changed stays as it is, and nobody is asked.
apt()
{
	local verb=$1

	shift
	DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
		-o DPkg::Options::=--force-confdef -o DPkg::Options::=--force-confold \
		-o Acquire::Retries=3 "$verb" "$@"
}

# Where apt has this release's main suite from: "FILE:NUMBER", empty when it knows of none.
main_entry()
{
	# shellcheck disable=SC2016 # the format is apt's to expand
	apt-get indextargets --format \
			'$(IDENTIFIER)|$(COMPONENT)|$(RELEASE)|$(CODENAME)|$(SOURCESENTRY)' |
		awk -F'|' -v c="$codename" '
			$1 != "Packages" || $2 != "main" { next }
			$3 == c && exact == "" { exact = $5 }
			$4 == c && alias == "" { alias = $5 }
			END { if (exact alias != "") print exact != "" ? exact : alias }'
}

# source_for SUITE: an apt source for SUITE as text on stdout, made from the entry that apt
# takes this release's main suite from, with its mirror and options. Sets nothing.
# First line of the answer: the kind, "sources" or "list".
source_for()
{
	local suite=$1 entry file nr

	if [ -n "${SCX_CLAND_MIRROR:-}" ]; then
		printf 'list\ndeb %s %s main\n' "$SCX_CLAND_MIRROR" "$suite"
		return
	fi
	entry=$(main_entry)
	# apt tells nothing about a source before its first update
	if [ -z "$entry" ] && [ "$(id -u)" = 0 ]; then
		update_lists >&2
		entry=$(main_entry)
	fi
	[ -n "$entry" ] || die "apt has no source for $codename main, so no mirror is known to take" \
		"$suite from: add one to /etc/apt/sources.list.d, or set SCX_CLAND_MIRROR"
	file=${entry%:*}
	nr=${entry##*:}
	case $file in
	*.sources)
		echo sources
		# the nr-th stanza, with its suites and components replaced
		awk -v nr="$nr" -v suite="$suite" '
			/^#/ { next }
			/^[ \t]*$/ { inside = 0; next }
			!inside { inside = 1; n++ }
			n != nr { next }
			/^[^ \t]/ { field = tolower($0); sub(/:.*/, "", field) }
			field ~ /^(types|suites|components|enabled|architectures)$/ { next }
			{ print }
			END {
				print "Types: deb"
				print "Suites: " suite
				print "Components: main"
			}' "$file"
		;;
	*)
		echo list
		sed -n "${nr}p" "$file" | awk -v suite="$suite" '{
			sub(/#.*/, "")
			options = match($0, /\[[^]]*\]/) ? substr($0, RSTART, RLENGTH) " " : ""
			sub(/\[[^]]*\]/, "")
			print "deb " options $2 " " suite " main"
		}'
		;;
	esac
}

# write_source SUITE STEM: writes STEM.sources or STEM.list, and its name into $written.
write_source()
{
	local text

	text=$(source_for "$1")
	written=$2.${text%%$'\n'*}
	printf '%s\n' "${text#*$'\n'}" >"$written"
}

# sources_of FILE: the mirrors that an apt source names.
sources_of() { grep -ohE '[a-z+]+:/+[^ ]+' "$1" | paste -sd' '; }

update_lists()
{
	try "fetching the package lists of this machine's apt sources" apt update \
		-o APT::Update::Error-Mode=any && return
	# a failure further on names what is missing; one dead extra source is no reason to stop
	say "trying with the lists there are"
}

# apt with sources, lists and downloads of its own, so that the machine's apt never hears of
# the suite the kernels come from.
private_apt()
{
	local program=$1

	shift
	"$program" -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources" \
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status" \
		-o Dir::Cache="$work/cache" -o APT::Default-Release= -o APT::Sandbox::User=root \
		-o Acquire::Retries=3 "$@"
}

# Fetches the list of $KERNEL_SUITE.
open_kernel_suite()
{
	make_work
	mkdir -p "$work/sources" "$work/lists/partial" "$work/cache/archives/partial"
	: >"$work/status"
	write_source "$KERNEL_SUITE" "$work/sources/kernels"
	try "fetching the package list of $KERNEL_SUITE" private_apt apt-get update \
		-o APT::Update::Error-Mode=any ||
		die "tried $KERNEL_SUITE at: $(sources_of "$written");" \
			"check the network, or name a Debian mirror that carries the suite in SCX_CLAND_MIRROR"
}
