#compdef scx-loader
# SPDX-License-Identifier: GPL-2.0
#
# Completion of scx-loader's command line for zsh: commands, options and what belongs where are read from `--help`, as in
# completion.bash, which says more. zsh quotes what is handed to compadd.

_scx_loader_running() {
	compadd -- ${(M)${(f)"$($words[1] status --json 2>/dev/null | sed -n "s/.*\"$1\" *: *\"\\([^\"\\\\]*\\)\".*/\\1/p")"}:#?*}
}

# _scx_loader_words KIND COMMAND: what can stand for a word of the help
_scx_loader_words() {
	case $1 in
	FILE | PATH) _files ;;
	CGROUP) if [[ $2 == detach ]]; then _scx_loader_running cgroup; else _path_files -/ -W /sys/fs/cgroup -P /; fi ;;
	SCHED) compadd -- ${(f)"$($words[1] list 2>/dev/null | sed -n 's/^\([^ :]\{1,\}\).*/\1/p')"} || _files ;;
	NODE) _scx_loader_running name ;;
	KEY=VALUE*) compadd -S '' -- {weight,cpus,max_tasks,create,on_exit,restart_delay_ms}= \
		${(u)${(f)"$($words[1] list 2>/dev/null | sed -n 's/^    \([a-z0-9_]*\) *= .*/\1=/p')"}} ;;
	COMMAND) compadd -- ${(f)"$($words[1] --help 2>/dev/null | sed -n '/^Commands:/,/^$/ s/^  \([^ ]*\) .*/\1/p')"} ;;
	TIME) compadd -- 10m 1h 1d ;;
	ADDRESS) compadd -S '' -- 127.0.0.1: ;;
	esac
}

_scx-loader() {
	local -a help specs commands
	local line command=${${words[2,CURRENT-1]}[(r)[a-z]*]} MATCH match mbegin mend
	help=(${(f)"$($words[1] $command --help 2>/dev/null)"})
	for line in $help; do
		if [[ $line =~ '^  (-.,|   ) --([^ ]+) ([A-Z=]*) *(.*)' ]]; then
			line="[${match[4]//[\[\]:]/ }]${match[3]:+:${match[3]}: _scx_loader_words ${match[3]} $command}"
			specs+=("*--$match[2]$line")
			[[ $match[1] != -* ]] || specs+=("*${match[1]%,}$line")
		elif [[ -z $command && $line =~ '^  ([a-z]+) +(.*)' ]]; then
			commands+=("$match[1]:$match[2]")
		fi
	done
	if [[ -z $command ]]; then
		_arguments $specs '1:command:{ _describe command commands }'
		return
	fi
	specs+=('1:command:')
	for line in ${${(s: :)${help[1]#*$command}}:#*OPTION*}; do
		[[ $line == *... ]] && specs+=("*:$line: _scx_loader_words ${line%...} $command") && continue
		specs+=(":$line: _scx_loader_words ${${line#\[}%\]} $command")
	done
	_arguments $specs
}

_scx-loader "$@"
