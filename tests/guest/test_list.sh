# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: `scx-loader list` says of root, fair, qmap and fifo what they are, their flags, and what can be set in them

# says LINE: in the list, runs of blanks as one
says() {
	grep -qxF "$1" squeezed || fail "the list does not say: $1"
}

run() {
	local range='([-0-9]+\.\.[0-9]+ [a-z]+|[a-z|]+|up to [0-9]+ bytes)'
	scx-loader list >said
	tr -s ' ' <said | sed 's/^ //' >squeezed
	assert_eq 'fair fifo qmap root' "$(grep -oE '^[a-z]+:' said | tr -d ':' | paste -sd ' ')" 'the schedulers'
	says 'fair: CPU time by nice values'
	says 'fifo: first come, first served'
	says 'qmap: five weighted FIFOs'
	assert_match ': .*virtual time' "$(grep ^root: said)" 'what root is'
	says 'cid-form sub, takes subs beneath it; flags: ENQ_LAST, ENQ_EXITING, TID_TO_TASK'
	says 'cid-form root; flags: ENQ_LAST, ENQ_EXITING, TID_TO_TASK'
	# a number, a word, a switch, a text: name, default, range, unit
	assert_eq 4 "$(grep -c '^slice_us = 3000 100\.\.1000000 us how long' squeezed)" 'schedulers with slice_us'
	says 'grant_cids = 0 0..4096 cids the schedulers below may use our first so many cids only; 0: all of them'
	assert_eq 4 "$(grep -c '^on_full = degrade degrade|refuse|abort no task context left' squeezed)" 'schedulers with on_full'
	says 'highpri_boost = no yes|no tasks of nice -20 go before all others'
	says "fault_init_comm = '' up to 15 bytes for tests: refuse tasks of commands of this name"
	! grep '^    ' said | grep -vE "^    (cid-form |[a-z_]+ += [^ ]+ +$range  +[^ ])" || fail 'lines of another form'

	# where to look, and what is no scheduler
	mkdir empty
	assert_eq "no schedulers in 'empty'" "$(SCX_LOADER_PATH=empty scx-loader list)"
	echo nonsense >empty/wrong.bpf.o
	assert_eq "wrong.bpf.o: can't be used
    'empty/wrong.bpf.o' is not an ELF file" "$(SCX_LOADER_PATH=empty scx-loader list)"
}
