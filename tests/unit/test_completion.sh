#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# test_completion.sh: what bash completes: every command and option that $LOADER's help has, and what belongs there. The
# tree that runs is made up. Speaks as the other unit tests do.

# shellcheck disable=SC2016,SC2088,SC2317 # names like programs, and what is called by name
set -euo pipefail

here=$(dirname "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=cases.sh
. "$here/cases.sh"

# The loader, but for what needs a kernel or installed schedulers
cat >"$scratch/scx-loader" <<-END
	#!/bin/sh
	case "\$*" in
	*--help) exec "$LOADER" "\$@" ;;
	'status --json') printf '{\n\t"nodes" : [\n\t\t{\n\t\t\t"name" : "root",\n\t\t\t"cgroup" : "/",\n' &&
		printf '\t\t{\n\t\t\t"name" : "web",\n\t\t\t"cgroup" : "/web",\n' ;;
	'status --json --socket /odd') printf '"cgroup" : "/\$(touch X)",\n"cgroup" : "/two words",\n"cgroup" : "/"\n' ;;
	'status --json --socket /other') printf '\t"name" : "elsewhere",\n' ;;
	-c*) printf '<%s>' "\$@" >"$scratch/given" ;;
	list) printf 'fifo: one queue\n    cid-form sub\n    slice_us = 4000 us\n\nqmap: five queues\n    batch = 1\n' ;;
	esac
END
chmod +x "$scratch/scx-loader"
completion=$(realpath "$here/../../loader/completion.bash")
# shellcheck source=../../loader/completion.bash
. "$completion"

# completed TEXT: what the line `scx-loader TEXT` can go on with, on one line
completed() {
	local COMP_LINE="scx-loader $1" COMPREPLY=()
	local COMP_POINT=${#COMP_LINE}
	_scx_loader "$scratch/scx-loader"
	echo "${COMPREPLY[*]}"
}

# check TEXT EXPECTED
check() {
	local said
	said=$(completed "$1")
	[[ $said == "$2" ]] || { echo "'$1': expected '$2', got '$said'" && return 1; }
}

commands() {
	"$LOADER" --help | sed -n '/^Commands:/,/^$/ s/^  \([a-z-]*\) .*/\1/p'
}

test_commands() {
	check '' "$(commands | xargs)"
	[[ $(commands | wc -l) -ge 6 ]]
	for command in $(commands); do
		check "$command" "$command"
	done
}

test_options() {
	local command option
	for command in '' $(commands); do
		# shellcheck disable=SC2086 # none or one
		for option in $("$LOADER" $command --help | sed -n '/^Options:/,$p' | grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' | tr -d ,); do
			[[ " $(completed "$command -") " == *" $option "* ]] || { echo "'$command' has no $option" && return 1; }
		done
	done
	check 'attach -' "$(completed 'attach --' | sed 's/^/-o /; s/--help/-h --help/; s/--version/-V --version/')"
	check 'set --d' --dry-run
}

# A word of the help that completion does not know: add it to _scx_loader_words.
test_kinds() {
	local cur='' command kind socket='' program=$scratch/scx-loader help
	for command in '' $(commands); do
		# shellcheck disable=SC2086 # none or one
		help=$("$LOADER" $command --help)
		for kind in $(grep -m 1 ^Usage <<<"$help" | grep -oE '\b[A-Z]{3,}(=[A-Z]+)?\b' | grep -v OPTION) \
			$(_scx_loader_options | awk 'NF == 2 { print $2 }'); do
			_scx_loader_words "$kind" >/dev/null || { echo "unknown: $kind" && return 1; }
		done
	done
}

test_words() {
	mkdir -p "$scratch/dir"
	check 'set ' 'root web'
	check 'set w' web
	check 'set --socket /other ' elsewhere
	check 'set --dry-run web sl' slice_us=
	check 'set web weight=3 b' batch=
	check 'set web weight=' ''
	check 'detach ' /web
	check 'attach /web ' 'fifo qmap'
	check 'attach -o slice_us=3 /web q' qmap
	check 'attach -o cpu' cpus=
	check 'attach -o ba' batch=
	check "attach /web $scratch/d" "$scratch/dir"
	check "-c $scratch/d" "$scratch/dir"
	check "--check $scratch/d" "$scratch/dir"
	check '--check --bt' --btf
	check "--check --btf $scratch/d" "$scratch/dir"
	check 'metrics --listen 1' 127.0.0.1:
	check 'stop --k' --keep
	check 'status w' web
	check 'log --since 1' '10m 1h 1d'
	check 'help sta' status
	check 'top ' ''
	check 'list x ' ''
}

# Names that do something when they are evaluated, and names of several words
test_names() {
	mkdir "$scratch/names"
	cd "$scratch/names"
	touch '$(touch X).ini' 'two words.ini' "it's.ini" 'back`touch X`.ini' 'a;touch X' '*'
	check '-c $' '$(touch X).ini'
	check '-c t' 'two words.ini'
	check '-c two\ w' 'two words.ini'
	check '-c "two w' 'two words.ini'
	check "-c 'two w" 'two words.ini'
	check "-c it\\'" "it's.ini"
	check '-c b' 'back`touch X`.ini'
	check '-c \*' '*'
	check "-c \$(touch X)" ''
	check 'attach /web ./a' './a;touch X'
	HOME=$PWD check '-c ~/tw' '~/two words.ini'
	[[ ! -e X ]]
}

# What is no file's is quoted here, by bash.
test_quoting() {
	check 'detach --socket /odd ' '/\$\(touch\ X\) /two\ words'
	check 'detach --socket /odd /two\ ' '/two\ words'
	check 'detach --socket /odd "/' ''
	check 'detach "/w' '/web'
}

# As a user does it: TAB after some of the name, and what the command is given then
given() {
	printf 'scx-loader -c %s\t\nexit\n' "$1" >keys
	rm -f "$scratch/given"
	PATH=$scratch:$PATH script -qec 'bash --noprofile --rcfile ../rc -i' /dev/null <keys >log 2>&1
	cat "$scratch/given"
}

test_terminal() {
	mkdir "$scratch/terminal"
	cd "$scratch/terminal"
	echo ". '$completion'" >../rc
	touch '$(touch X).ini' 'two words.ini'
	[[ $(given '\$') == '<-c><$(touch X).ini>' ]]
	[[ $(given "'\$") == '<-c><$(touch X).ini>' ]]
	[[ $(given tw) == '<-c><two words.ini>' ]]
	[[ $(given '"two w') == '<-c><two words.ini>' ]]
	[[ ! -e X ]]
}

cases test_commands test_options test_kinds test_words test_names test_quoting test_terminal
