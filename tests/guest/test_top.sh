# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: top shows the tree live in 80 columns, folds it, follows the terminal's size, waits for a loader that is gone, and leaves the terminal as it was

setup() {
	cat >tree.ini <<-'END'
		[web]
		cgroup = /web
		sched = fifo
		create = yes
		[web-deep]
		cgroup = /web/deep
		sched = fifo
		create = yes
	END
	start_loader tree.ini
}

cleanup() {
	on_screen kill-server 2>/dev/null || true
	end_workloads
}

on_screen() {
	LC_ALL=C.UTF-8 tmux -L top -f /dev/null "$@"
}

screen() {
	on_screen capture-pane -p "$@"
}

shows() {
	screen | grep -qE "$1"
}

shows_not() {
	! shows "$1"
}

# begin COMMAND: in a terminal of 80 columns, whose state before and after is kept with the exit status. The screen is wider:
# when its screen gets a new size, tmux tells the terminal so at a time of its own; so it is the terminal that gets one.
begin() {
	rm -f before after
	on_screen new-session -d -x 120 -y 12 "stty rows 12 columns 80; stty -a >before; $1; echo \$? >status; stty -a >after; exec sleep 1000"
}

# resize ROWS COLUMNS
resize() {
	stty -F "$(on_screen display-message -p '#{pane_tty}')" rows "$1" columns "$2"
}

# ended WITH: top has, with that exit status, and has left everything as it was
ended() {
	wait_until 10 test -s after
	assert_eq "$1" "$(<status)" 'exit status of top'
	assert_eq "$(<before)" "$(<after)" 'state of the terminal'
	assert_eq '' "$(screen)" 'what top left on the screen'
	on_screen kill-server
}

keys_and_sizes() {
	begin 'scx-loader top'
	wait_until 20 shows '^    web-deep +attached '
	assert_match ' 3 schedulers on 4 CPUs' "$(screen)"
	assert_eq 'NODE STATE WEIGHT ENTITLED CPUS RUN P99 WAIT USED/HIGH/SLAB' "$(screen | sed -n '2s/  */ /gp')" '80 columns'
	hog /web/deep
	wait_until 20 shows '^  web +attached +100 +[0-9.]+ +(0\.[5-9]|1\.)'
	kill_all "$pid"
	on_screen send-keys j Space
	wait_until 10 shows '^  web \+1 '
	wait_until 10 shows_not '^ *web-deep '
	wait_until 10 shows '^fifo on /web: '
	resize 9 120
	wait_until 10 shows '^NODE +SCHED +CGROUP '
	resize 7 40
	wait_until 10 shows '^NODE +ENTITLED +CPUS +RUN +P99 WAIT$'
	resize 12 80
	wait_until 10 shows '^NODE .* WEIGHT '
	on_screen send-keys q
	ended 0
}

# A signal ends it as well as a key does.
signals() {
	begin 'scx-loader top'
	wait_until 20 shows '^NODE '
	on_screen send-keys C-c
	ended 0
	begin "sh -c 'echo \$\$ >top.pid; exec scx-loader top'"
	wait_until 20 shows '^NODE '
	kill -TERM "$(<top.pid)"
	ended 0
}

loader_goes() {
	begin 'scx-loader top'
	wait_until 20 shows '^NODE '
	stop_loader
	wait_until 10 shows 'the loader is gone, waiting for one; last seen 3 schedulers'
	start_loader tree.ini
	wait_until 20 shows_not 'waiting for one'
	wait_until 20 shows '^  web '
	on_screen send-keys q
	ended 0
}

colours() {
	begin "$1"
	wait_until 20 test -s after
	screen -e
	on_screen kill-server
}

run() {
	expect_refusal "scx-loader: can't show the tree: not on a terminal that 'TERM' tells how to use
hint: 'scx-loader status' prints what it would show" scx-loader top
	keys_and_sizes
	signals
	assert_match $'\033\\[1mNODE' "$(colours 'scx-loader status')" 'status on a terminal'
	assert_match '(^|[^m])NODE' "$(colours 'NO_COLOR=1 scx-loader status')" 'status without colours'
	loader_goes
	stop_loader
	expect_refusal "scx-loader: no loader is running: nobody listens on '/run/scx-loader/control'" scx-loader top
}
