# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The conditions of the table: each starts groups of workers in the case's cgroup or below it (group), changes what it is
# about while they work (tell), and returns when that has lasted long enough: longer than the longest gap that is allowed.
# See guest.sh.

n=$(nproc)
half=0-$((n > 1 ? n / 2 - 1 : 0))
other=$((n / 2))-$((n - 1))
last=$((n - 1))

# As many as CPUs
steady() {
	group '' "$n"
	sleep 3
}

oversubscribed() {
	group '' $((4 * n))
	sleep 3
}

# Beside as many hogs that are in no node
host() {
	group '' "$n"
	group / "$n" spin
	sleep 3
}

# All are bound here and there.
affinity() {
	local i
	group '' $((2 * n))
	for ((i = 0; i < 3; i++)); do
		sleep 0.3
		tell 0 bind "$half"
		sleep 0.3
		tell 0 bind "$other"
		sleep 0.3
		tell 0 bind "$last"
		sleep 0.2
		tell 0 bind
	done
}

# Two bound to each CPU, beside hogs that are not
pinned() {
	group '' $((2 * n))
	tell 0 pin
	group / "$n" spin
	sleep 3
}

cpuset() {
	group '' $((2 * n))
	sleep 0.4
	tell 0 cpuset "$half"
	sleep 0.8
	tell 0 cpuset "$other"
	sleep 0.4
	tell 0 cpuset "$last"
	sleep 0.8
	tell 0 cpuset
	sleep 0.8
}

# Cgroups with work in them come and go beside one that stays.
churn() {
	local i
	group stays "$n"
	for ((i = 0; i < 6; i++)); do
		group "comes$i" "$n"
		sleep 0.5
		end_group "$group"
		rmdir "$cgroups$cgroup/comes$i"
		unset 'made[-1]'
	done
}

# At several depths
nested() {
	group a "$n"
	group b/c "$n"
	group b/d/e/f "$n"
	sleep 3
}

# Tasks are moved between cgroups of the place, and out of it and back.
moved() {
	local i at=$cgroups$cgroup
	group a "$n"
	group b "$n"
	make_cgroup /outside
	for ((i = 0; i < 6; i++)); do
		sleep 0.25
		tell 0 move "$at/b"
		tell 1 move "$cgroups/outside"
		sleep 0.25
		tell 0 move "$at/a"
		tell 1 move "$at/b"
	done
}
