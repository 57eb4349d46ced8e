# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: tasks of a node that are bound to one CPU and send each other messages do not interrupt each other with each
# time: instructions
#
# Of who is bound to one CPU the kernel does not ask where it is to run, and so does not tell that it is woken synchronously.

MESSAGES=20000	# of one group of hackbench's: 20 senders to 20 receivers each

setup() {
	cat >tree.ini <<-'END'
		[talk]
		cgroup = /talk
		sched = qmap
		create = yes
	END
	start_loader tree.ini
}

run() {
	local interrupted
	cgexec -g cpu:talk taskset -c 1 hackbench -g 1 -l $((MESSAGES / 400)) </dev/null
	interrupted=$(node talk nr_preempt)
	echo "$interrupted interruptions for $MESSAGES messages"
	((interrupted * 10 <= MESSAGES)) || fail 'they interrupt each other all the time'
}
