# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion of scx-loader's command line for bash. Commands and options are not written here: they are read from `--help`,
# and so is what belongs where, in its words for it (CGROUP, NODE, ...): see _scx_loader_words.
#
# Files, cgroups and nodes may be called anything: a name is never evaluated here, and quoted on the command line.

# _scx_loader_words KIND: what can stand for a word of the help, one a line. Fails when the kind is not known.
_scx_loader_words() {
	if _scx_loader_is_file "$1"; then
		_scx_loader_files
		return 0
	fi
	case $1 in
	CGROUP) if [[ $command == detach ]]; then _scx_loader_running cgroup; else _scx_loader_cgroups; fi ;;
	SCHED) _scx_loader_list '^\([^ :]*\).*' ;;
	NODE) _scx_loader_running name ;;
	KEY=VALUE) _scx_loader_keys ;;
	COMMAND) help=$("$program" --help 2>/dev/null) && _scx_loader_commands ;;
	TIME) printf '%s\n' 10m 1h 1d ;;
	ADDRESS) echo 127.0.0.1: ;;
	*) return 1 ;;
	esac
	return 0
}

# _scx_loader_is_file KIND
_scx_loader_is_file() {
	case $1 in
	FILE | PATH) return 0 ;;
	SCHED | ADDRESS) [[ $cur == */* ]] ;;
	*) return 1 ;;
	esac
}

# Those whose names go on from what is typed; one with a newline can't be told.
_scx_loader_files() {
	local file home=''
	# shellcheck disable=SC2088 # it is as typed
	[[ $cur != '~/'* ]] || home=$HOME
	for file in "$home${cur#"${home:+"~"}"}"*; do
		[[ $file == *$'\n'* || ! ( -e $file || -L $file ) ]] || echo "${home:+"~"}${file#"$home"}"
	done
}

# _scx_loader_running FIELD: name or cgroup of each node of the running tree, but for root's. What JSON escapes is left out.
_scx_loader_running() {
	"$program" status --json ${socket:+--socket "$socket"} 2>/dev/null |
		sed -n "s/.*\"$1\" *: *\"\\([^\"\\\\]*\\)\".*/\\1/p" | grep -vx /
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
	local folder
	for folder in "/sys/fs/cgroup/${cur#/}"*/; do
		[[ $folder == *$'\n'* || ! -d $folder ]] || echo "${folder#/sys/fs/cgroup}"
	done
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

# Words of the line up to the cursor, and the quote that is still open in the last one. Bash's own COMP_WORDS are cut at '='
# and ':', and it keeps their quotes.
_scx_loader_split() {
	local line=$1 word='' begun='' backslash=$'\\' char i
	words=() quote=''
	for ((i = 0; i < ${#line}; i++)); do
		char=${line:i:1}
		if [[ $quote ]]; then
			if [[ $char == "$quote" ]]; then
				quote=''
			else
				[[ $quote$char != "\"$backslash" ]] || char=${line:$((++i)):1}
				word+=$char
			fi
		elif [[ $char == [[:blank:]] ]]; then
			[[ -z $begun ]] || words+=("$word")
			word='' begun=''
			continue
		elif [[ $char == [\'\"] ]]; then
			quote=$char
		else
			[[ $char != "$backslash" ]] || char=${line:$((++i)):1}
			word+=$char
		fi
		begun=yes
	done
	words+=("$word")
}

_scx_loader() {
	local program=$1 words word cur quote
	local command='' help option='' kind='' socket='' nr=0
	_scx_loader_split "${COMP_LINE:0:COMP_POINT}"
	cur=${words[-1]}
	help=$("$program" --help 2>/dev/null)
	for word in "${words[@]:1:${#words[@]}-2}"; do
		if [[ -n $kind ]]; then
			[[ $option != --socket ]] || socket=$word
			kind=''
		elif [[ $word == -* ]]; then
			option=$word
			kind=$(_scx_loader_options | awk -v option="$option" '$1 == option { print $2 }')
		elif [[ -z $command ]]; then
			command=$word
			help=$("$program" "$command" --help 2>/dev/null)
		else
			nr=$((nr + 1))
		fi
	done
	[[ $option != --check || -n $kind$command ]] || kind=FILE
	if [[ $cur == -* && ( -z $kind || $option == --check ) ]]; then
		_scx_loader_reply < <(_scx_loader_options | sed 's/ .*//')
	elif [[ -z $kind && -z $command ]]; then
		_scx_loader_reply < <(_scx_loader_commands)
	else
		kind=${kind:-$(_scx_loader_kind "$nr")}
		_scx_loader_reply "$kind" < <(_scx_loader_words "$kind")
	fi
}

# _scx_loader_reply [KIND]: what of the lines read goes on from what is typed, without the part that bash has cut off. Files
# readline quotes itself. For the rest this does, but for what can't stand in a quote that is open.
_scx_loader_reply() {
	local cut=${cur%"${cur##*[=:]}"} line
	COMPREPLY=()
	while IFS= read -r line; do
		[[ $line && $line == "$cur"* ]] || continue
		line=${line#"$cut"}
		if ! _scx_loader_is_file "${1-}"; then
			[[ -z $quote || $line != *[!a-zA-Z0-9_./@:=+,-]* ]] || continue
			[[ $quote ]] || printf -v line %q "$line"
		fi
		COMPREPLY+=("$line")
	done
	_scx_loader_is_file "${1-}" && compopt -o filenames 2>/dev/null
	[[ ${COMPREPLY[0]-} != *[=/:] ]] || compopt -o nospace 2>/dev/null
}

complete -F _scx_loader scx-loader
