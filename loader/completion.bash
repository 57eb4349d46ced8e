# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of scx-loader's command line for bash. Commands and options are not written here: they are read from `--help`,
# and so is what belongs where, in its words for it (CGROUP, NODE, ...): see _scx_loader_words.

# _scx_loader_words KIND: what can stand for a word of the help, one a line. Fails when the kind is not known.
_scx_loader_words() {
	case $1 in
	FILE | PATH) compgen -f -- "$cur" ;;
	CGROUP) if [[ $command == detach ]]; then _scx_loader_running cgroup; else _scx_loader_cgroups; fi ;;
	SCHED) if [[ $cur == */* ]]; then compgen -f -- "$cur"; else _scx_loader_list '^\([^ :]*\).*'; fi ;;
	NODE) _scx_loader_running name ;;
	KEY=VALUE) _scx_loader_keys ;;
	ADDRESS) if [[ $cur == /* ]]; then compgen -f -- "$cur"; else printf '%s\n' 127.0.0.1: off; fi ;;
	*) return 1 ;;
	esac
	return 0
}

# _scx_loader_running FIELD: name or cgroup of each node of the running tree, but for root's
_scx_loader_running() {
	"$program" status --json ${socket:+--socket "$socket"} 2>/dev/null |
		sed -n "s/.*\"$1\" *: *\"\\([^\"]*\\)\".*/\\1/p" | grep -vx /
}

# The schedulers that can be found: a line for each begins with its name, those for its tunables with blanks.
_scx_loader_list() {
	"$program" list 2>/dev/null | sed -n "s/$1/\\1/p" | sort -u
}

_scx_loader_keys() {
	[[ $cur != *=* ]] || return 0
	printf '%s=\n' weight cpus max_tasks create on_exit restart_delay_ms
	_scx_loader_list '^    \([a-z0-9_]*\) *= .*' | sed 's/$/=/'
}

# Below the cgroup2 mount, one level at a time
_scx_loader_cgroups() {
	compgen -d -- "/sys/fs/cgroup/${cur#/}" | sed 's|^/sys/fs/cgroup\(.*\)|\1/|'
}

# From the help of a command: "-o KEY=VALUE" or "--json" for each option, a line each
_scx_loader_options() {
	sed -n '/^Options:/,$ s/^ *\(\(-.\), \)\{0,1\} *\(--[^ ]*\) \([A-Z=]*\).*/\2 \4\n\3 \4/p' <<<"$help" | sed '/^ /d'
}

_scx_loader_commands() {
	sed -n '/^Commands:/,/^$/ s/^  \([^ ]*\) .*/\1/p' <<<"$help"
}

# _scx_loader_kind N: what the Nth word behind the command is, from its usage; "..." is said of the last one
_scx_loader_kind() {
	local usage
	read -ra usage < <(sed -n "1 s/^Usage: [^ ]* $command//p" <<<"$help" | sed 's/\[OPTION\]\(\.\.\.\)*//; s/[][]//g')
	((${#usage[@]})) || return 0
	if (($1 < ${#usage[@]})); then
		echo "${usage[$1]%...}"
	elif [[ ${usage[-1]} == *... ]]; then
		echo "${usage[-1]%...}"
	fi
}

# Bash cuts words at '=' and ':'; this program does not.
_scx_loader() {
	local program=$1 line=${COMP_LINE:0:COMP_POINT} words word cur list
	local command='' help option='' kind='' socket='' nr=0
	read -ra words <<<"$line"
	[[ $line != *[[:space:]] ]] || words+=('')
	cur=${words[-1]}
	help=$("$program" --help 2>/dev/null)
	for word in "${words[@]:1:${#words[@]}-2}"; do
		if [[ -n $kind ]]; then
			[[ $option != --socket ]] || socket=$word
			kind=''
		elif [[ $word == -* ]]; then
			option=$word
			kind=$(_scx_loader_options | sed -n "s/^$option //p")
		elif [[ -z $command ]]; then
			command=$word
			help=$("$program" "$command" --help 2>/dev/null)
		else
			nr=$((nr + 1))
		fi
	done
	if [[ -z $kind && $cur == -* ]]; then
		list=$(_scx_loader_options | sed 's/ .*//')
	elif [[ -z $kind && -z $command ]]; then
		list=$(_scx_loader_commands)
	else
		list=$(_scx_loader_words "${kind:-$(_scx_loader_kind "$nr")}")
	fi
	_scx_loader_reply "$list"
}

# What of it goes on from what is typed, without the part that bash has cut off
_scx_loader_reply() {
	local cut=${cur%"${cur##*[=:]}"}
	mapfile -t COMPREPLY < <(compgen -W "${1//$'\n'/ }" -- "$cur")
	COMPREPLY=("${COMPREPLY[@]#"$cut"}")
	[[ ${COMPREPLY[0]-} != *[=/:] ]] || compopt -o nospace 2>/dev/null
}

complete -F _scx_loader scx-loader
