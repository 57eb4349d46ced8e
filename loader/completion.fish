# SPDX-License-Identifier: GPL-2.0
#
# Completion of scx-loader's command line for fish: commands, options and what belongs where are read from `--help`, as in
# completion.bash, which says more. fish takes each line that a function prints for a word, and quotes it.

function __scx_loader_running --argument-names field
    scx-loader status --json 2>/dev/null | string match -rg '"'$field'" *: *"([^"\\\\]*)"' | string match -v /
end

# __scx_loader_words KIND COMMAND: what can stand for a word of the help
function __scx_loader_words
    switch $argv[1]
        case FILE PATH
            __fish_complete_path (commandline -ct)
        case CGROUP
            if test "$argv[2]" = detach
                __scx_loader_running cgroup
            else
                set -l typed (string trim -lc / -- (commandline -ct))
                for folder in /sys/fs/cgroup/$typed*/
                    string replace /sys/fs/cgroup '' -- $folder
                end
            end
        case SCHED
            scx-loader list 2>/dev/null | string match -rg '^([^ :]+)'
            __fish_complete_path (commandline -ct)
        case NODE
            __scx_loader_running name
        case 'KEY=VALUE*'
            string join \n {weight,cpus,max_tasks,create,on_exit,restart_delay_ms}=
            scx-loader list 2>/dev/null | string match -rg '^    ([a-z0-9_]+) *= ' | string replace -r '$' = | sort -u
        case COMMAND
            scx-loader --help 2>/dev/null | string match -rg '^  ([a-z]+) '
        case TIME
            string join \n 10m 1h 1d
        case ADDRESS
            echo 127.0.0.1:
    end
end

# __scx_loader_learn CONDITION [COMMAND]: what its help says
function __scx_loader_learn
    set -l help (scx-loader $argv[2] --help 2>/dev/null)
    for line in $help
        set -l option (string match -rg '^  (-.,|   ) --([^ ]+) ([A-Z=]*) *(.*)' -- $line); or continue
        set -l given -l $option[2] -d "$option[4]"
        test "$option[1]" = '   '; or set -a given -s (string sub -s 2 -l 1 -- $option[1])
        test -z "$option[3]"; or set -a given -x -a "(__scx_loader_words $option[3] $argv[2])"
        complete -c scx-loader -n $argv[1] $given
    end
    for kind in (string match -rag '(?<=[ [])(CGROUP|SCHED|NODE|COMMAND|KEY=VALUE)\b' -- $help[1])
        complete -c scx-loader -n $argv[1] -a "(__scx_loader_words $kind $argv[2])"
    end
end

complete -c scx-loader -f
__scx_loader_learn __fish_use_subcommand
for line in (scx-loader --help 2>/dev/null)
    set -l command (string match -rg '^  ([a-z]+) +(.*)' -- $line); or continue
    complete -c scx-loader -n __fish_use_subcommand -a $command[1] -d $command[2]
    __scx_loader_learn "__fish_seen_subcommand_from $command[1]" $command[1]
end
