# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# sched: the kernel's own scheduler with its cpu controller

start() { :; }
stop() { :; }

running() {
	[[ $(scx_state) == disabled ]]
}
