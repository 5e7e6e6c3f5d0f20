#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The shell completions complete: in bash by calling what they register, in fish by its own
# "complete -C", in zsh through a terminal of its own (zpty). Where fish or zsh is not installed, their
# files are looked at instead.
#
# Usage: tests/cli/completions.sh FOLDER CLANDCTL [SCX_CLAND]
#   FOLDER: has clandctl.bash, _clandctl and clandctl.fish; the programs are those to ask for --help

set -euo pipefail

folder=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
err=0

mkdir "$work/bin" "$work/policies"
ln -s "$(realpath "$2")" "$work/bin/clandctl"
[ $# -lt 3 ] || ln -s "$(realpath "$3")" "$work/bin/scx-cland"
touch "$work/policies"/{fair,fast,slow}.so "$work/policies/readme.txt"
printf '[scheduler]\npolicy = fair\n[mode.gaming]\n  [mode.server] ; x\n' >"$work/modes.ini"
made_up=/none:$work/policies
# with parameters
real=$(realpath "$(dirname "$2")/../policies")
export PATH=$work/bin:$PATH SCX_CLAND_POLICY_PATH=$made_up
commands=$(clandctl --help | sed -nE 's/^  ([a-z][a-z-]*)( .*|$)/\1/p' | sort | xargs)

# same SHELL LINE WANTED GOT
same()
{
	[ "$3" = "$4" ] && return
	echo "$1: '$2' completes to '$4', expected '$3'" >&2
	err=1
}

# ---- bash ------------------------------------------------------------------------------------------

# shellcheck source=/dev/null
. "$folder/clandctl.bash"
# shellcheck disable=SC2034 # the completion reads it
_scx_cland_config_files=("$work/modes.ini" /none)

# in_bash WANTED WORD...: what the last word is completed to; "=" is a word of its own, as in bash
in_bash()
{
	local wanted=$1 function
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	function=$(complete -p "$1" | sed 's/.*-F \([^ ]*\).*/\1/')
	"$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" || true
	same bash "$*" "$wanted" "$(printf '%s\n' "${COMPREPLY[@]}" | sort | xargs)"
}

in_bash "$commands" clandctl ''
in_bash 'set stats status stop switch' clandctl s
in_bash '' clandctl nothing
in_bash '--help --socket --sysfs --version' clandctl -
in_bash 'reload' clandctl --socket /x rel
in_bash 'reload' clandctl --socket = /x rel
in_bash "$work/modes.ini" clandctl --socket "$work/mo"
in_bash "$work/modes.ini" clandctl --socket = "$work/mo"
in_bash '--help --json' clandctl status -
in_bash '--fairness --help --json --watch' clandctl stats -
in_bash 'fair fast slow' clandctl switch ''
in_bash 'fair fast' clandctl switch --for 10m fa
in_bash "$work/policies/slow.so" clandctl switch "$work/policies/sl"
in_bash '--for --help --hold' clandctl switch fair -
in_bash '10m 1h 30s' clandctl switch --for ''
COMP_WORDS=(clandctl switch --hold $$) COMP_CWORD=3
_clandctl clandctl $$ --hold
[[ " ${COMPREPLY[*]} " == *" $$ "* ]] || { echo "bash: --hold does not complete to $$" >&2; err=1; }
in_bash 'gaming server' clandctl mode ''
in_bash 'gaming' clandctl mode g
in_bash 'check new' clandctl policy ''
in_bash 'new' clandctl policy n
in_bash 'fair fast' clandctl policy check fa
in_bash '--help --in-process --limit= --seed= --verbose' clandctl policy check -
in_bash '--verbose' clandctl policy check fair --v
in_bash "$work/policies/slow.so" clandctl policy check "$work/policies/sl"
(cd "$work/policies" && in_bash 'slow slow.so' clandctl policy check s && exit $err) || err=1
in_bash '' clandctl policy new ''
in_bash "$work/policies" clandctl policy new mine "$work/p"
in_bash '--help --include=' clandctl policy new mine -
in_bash "$work/policies" clandctl policy new --include = "$work/p"
in_bash '' clandctl policy check --limit = ''
in_bash '' clandctl policy nothing x
in_bash '--help --json' clandctl policies -
in_bash '--buffer --for --help -o' clandctl record -
in_bash '--batch --delay --filter --help --once --pid --sort -n' clandctl top -
in_bash 'comm cpu pid wait wakes' clandctl top --sort ''
in_bash '' clandctl top --delay ''
in_bash "$work/modes.ini" clandctl record -o "$work/mo"
in_bash '--buffer --for --help -o' clandctl trace -
in_bash '--for --help --html --json --metric --seed --turn' clandctl compare fair -
in_bash 'fair fast' clandctl compare slow fa
in_bash '10s 1s 3s' clandctl compare fair --turn ''
in_bash "$work/modes.ini" clandctl compare fair --html "$work/mo"
in_bash '' clandctl compare fair --metric ''
in_bash '' clandctl stop ''
in_bash "$work/modes.ini" clandctl upgrade "$work/mo"
export SCX_CLAND_POLICY_PATH=$real
in_bash 'vruntime.slice_us=' clandctl set vruntime.s
in_bash 'deadline.rule.' clandctl set deadline.r
in_bash 'vruntime.preempt_us=' clandctl set vruntime.slice_us = 1 vruntime.p
in_bash '' clandctl set fifo
[ $# -lt 3 ] || in_bash 'vruntime.slice_us=' scx-cland --set = vruntime.s
export SCX_CLAND_POLICY_PATH=$made_up
if [ $# -ge 3 ]; then
	in_bash '--policy' scx-cland --pol
	in_bash 'fair fast slow' scx-cland --policy =
	in_bash 'fair fast' scx-cland --policy = fa
	in_bash 'fair fast' scx-cland --policy fa
	in_bash 'leased strict' scx-cland --decisions =
	in_bash 'gaming' scx-cland --mode = g
	in_bash 'no yes' scx-cland --partial =
	in_bash "$work/modes.ini" scx-cland --config = "$work/m"
	in_bash '' scx-cland --max-tasks = ''
fi

# ---- fish ------------------------------------------------------------------------------------------

# in_fish WANTED LINE: of what begins with the line's last word. Further ones, which have it somewhere, fish
# 4 lists as well, and takes when there are no others.
in_fish()
{
	# shellcheck disable=SC2016 # fish's variables
	same fish "$2" "$1" "$(HOME=$work fish --no-config -c \
		'source $argv[1]; complete -C $argv[2]' "$folder/clandctl.fish" "$2" |
		cut -f1 | word=${2##* } awk 'index($0, ENVIRON["word"]) == 1' | sort | xargs)"
}

if command -v fish >/dev/null; then
	fish --no-execute "$folder/clandctl.fish" || err=1
	in_fish "$commands" 'clandctl '
	in_fish 'set stats status stop switch' 'clandctl s'
	in_fish 'reload' 'clandctl --socket /x rel'
	in_fish '--help --json' 'clandctl status --'
	in_fish '--fairness --help --json --watch' 'clandctl stats --'
	in_fish 'fair fast' 'clandctl switch fa'
	in_fish '--for --help --hold' 'clandctl switch fair --'
	in_fish '10m 1h 30s' 'clandctl switch fair --for '
	in_fish 'check new' 'clandctl policy '
	in_fish 'fair fast' 'clandctl policy check fa'
	in_fish '--help --in-process --limit --seed --verbose' 'clandctl policy check --'
	in_fish '--help --include' 'clandctl policy new mine --'
	in_fish '' 'clandctl policy new '
	in_fish "$work/policies/" "clandctl policy new mine $work/p"
	in_fish '--help --json' 'clandctl policies --'
	in_fish '--batch --delay --filter --help --once --pid --sort' 'clandctl top --'
	in_fish 'comm cpu pid wait wakes' 'clandctl top --sort '
	in_fish '--buffer --for --help' 'clandctl record --'
	in_fish '--buffer --for --help' 'clandctl trace --'
	in_fish "$work/modes.ini" "clandctl trace -o $work/mo"
	in_fish "$work/modes.ini" "clandctl record -o $work/mo"
	in_fish '--for --help --html --json --metric --seed --turn' 'clandctl compare fair --'
	in_fish 'fair fast' 'clandctl compare slow fa'
	SCX_CLAND_POLICY_PATH=$real in_fish 'vruntime.slice_us=' 'clandctl set vruntime.s'
	SCX_CLAND_POLICY_PATH=$real in_fish 'deadline.rule.' 'clandctl set deadline.r'
	if [ $# -ge 3 ]; then
		in_fish '--policy' 'scx-cland --pol'
		in_fish '--decisions=leased --decisions=strict' 'scx-cland --decisions='
		in_fish '--policy=fair --policy=fast' 'scx-cland --policy=fa'
		SCX_CLAND_POLICY_PATH=$real in_fish '--set=vruntime.slice_us=' 'scx-cland --set=vruntime.s'
	fi
fi

# ---- zsh -------------------------------------------------------------------------------------------

# in_zsh WANTED LINE: what the line has become when a tab, and a mark behind it, were typed
in_zsh()
{
	local got
	got=$(HOME=$work timeout 60 zsh -f "$work/typist.zsh" "$folder" "$2") || got='(nothing)'
	same zsh "$2" "$1" "$got"
}

if command -v zsh >/dev/null; then
	zsh -n "$folder/_clandctl" || err=1
	cat >"$work/typist.zsh" <<-'END'
	zmodload zsh/zpty
	zpty shell zsh -f -i
	zpty -w shell "PS1= PS2= RPS1=; unsetopt zle_bracketed_paste; stty -echo; export HOME='$HOME'"
	zpty -w shell "fpath=('$1' \$fpath); autoload -Uz compinit; compinit -u -d '$HOME/dump'"
	# what it has on the line, instead of running it
	zpty -w shell 'show() { print -r -- "<<$BUFFER>>"; exit }; zle -N show; bindkey "^X" show'
	zpty -w shell "cd '$HOME'"
	zpty -w shell 'print rea""dy'
	zpty -r shell seen '*ready*'
	zpty -w -n shell "$2"$'\t\C-x'
	zpty -r shell seen '*<<*>>*'
	seen=${${seen##*<<}%%>>*}
	print -r -- ${seen% }
	END
	in_zsh 'clandctl reload' 'clandctl rel'
	in_zsh 'clandctl status --json' 'clandctl status --j'
	in_zsh 'clandctl stats --watch' 'clandctl stats --w'
	in_zsh 'clandctl switch slow' 'clandctl switch s'
	in_zsh 'clandctl switch slow --for' 'clandctl switch slow --f'
	in_zsh 'clandctl --socket /x reload' 'clandctl --socket /x rel'
	in_zsh 'clandctl policy check' 'clandctl policy c'
	in_zsh 'clandctl record --for' 'clandctl record --f'
	in_zsh 'clandctl trace --for' 'clandctl trace --f'
	in_zsh "clandctl record -o $work/modes.ini" "clandctl record -o $work/mo"
	in_zsh 'clandctl policy check slow' 'clandctl policy check s'
	in_zsh 'clandctl policy check --verbose' 'clandctl policy check --v'
	in_zsh "clandctl policy check $work/policies/slow.so" "clandctl policy check $work/policies/sl"
	in_zsh 'clandctl policy new mine --include=' 'clandctl policy new mine --i'
	in_zsh "clandctl policy new mine $work/policies/" "clandctl policy new mine $work/p"
	SCX_CLAND_POLICY_PATH=$real in_zsh 'clandctl set vruntime.slice_us=' 'clandctl set vruntime.s'
	if [ $# -ge 3 ]; then
		in_zsh 'scx-cland --decisions=leased' 'scx-cland --decisions=l'
		in_zsh 'scx-cland --policy=slow' 'scx-cland --policy=s'
		SCX_CLAND_POLICY_PATH=$real in_zsh 'scx-cland --set=vruntime.slice_us=' \
			'scx-cland --set=vruntime.s'
	fi
fi

# ---- all of them -----------------------------------------------------------------------------------

head -n 1 "$folder/_clandctl" | grep -x '#compdef clandctl scx-cland' >/dev/null ||
	{ echo "_clandctl is not a completion for zsh" >&2; err=1; }
for file in clandctl.bash _clandctl clandctl.fish; do
	if grep -n '@[A-Z_]*@' "$folder/$file" >&2; then
		echo "$file has not been filled in" >&2
		err=1
	fi
	# options of subcommands that they spell out must be there
	while IFS= read -r option; do
		clandctl --help | grep -- "$option" >/dev/null ||
			{ echo "$file: clandctl has no $option" >&2; err=1; }
	done < <(grep -oE -- '(^|[^a-z-])--(buffer|for|hold|json|socket|sysfs|include|verbose|limit|seed|in-process)\b' "$folder/$file" |
		grep -oE -- '--[a-z]+' | sort -u)
done

exit $err
