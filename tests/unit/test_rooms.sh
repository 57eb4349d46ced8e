#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# test_rooms.sh: rooms.sh finds an include against the order of the loader's rooms, and nothing else. Speaks as the other unit
# tests do.

# shellcheck disable=SC2317 # called by name
set -euo pipefail

here=$(realpath "$(dirname "$0")")
# shellcheck source=cases.sh
. "$here/cases.sh"
house=$(mktemp -d)
trap 'rm -rf "$house"' EXIT

# Add a line to a file of a copy of the loader, and see what rooms.sh says of that file: its exit status, and the line.
with() {
	rm -rf "$house/loader"
	cp -r "$here/../../loader" "$house"
	mkdir -p "$house/loader/$(dirname "$1")"
	printf '%s\n' "$2" >>"$house/loader/$1"
	said=$("$here/../rooms.sh" "$house/loader")
}

is_refused() {
	! with "$@" && [[ $said == "$1:"*": includes \"$3\", against "* && $said != *$'\n'* ]]
}

is_fine() {
	with "$@" && [[ -z $said ]]
}

each_room_is_held() {
	is_refused file/plan.c '#include "object/object.h"' object/object.h
	is_refused object/facts.h '#include "tree/tree.h"' tree/tree.h
	is_refused kernel/pool.c '#include "tree/tree.h"' tree/tree.h
	is_refused tree/usage.c '#include "show/status.h"' show/status.h
	is_refused show/view.c '#include "talk/client.h"' talk/client.h
	is_refused talk/control.c '#include "commands.h"' commands.h
	is_refused text.c '#include "file/config.h"' file/config.h
}

each_way_to_write_it_is_seen() {
	is_refused object/image.c '#include <tree/tree.h>' tree/tree.h
	is_refused object/image.c '  #  include "loader/tree/tree.h"' tree/tree.h
	is_refused object/image.c '#include "../tree/tree.h"' tree/tree.h
	is_refused object/image.c '#include "../commands.h"' commands.h
}

what_is_below_is_fine() {
	is_fine talk/control.c '#include "file/config.h"'
	is_fine tree/pins.c '#include "tree.h"'
	is_fine file/plan.c '#include "text.h"'
	is_fine file/plan.c '#include "root-sched/pool_abi.h"'
	is_fine main.c '#include "commands.h"'
	is_fine main.c '#include "talk/control.h"'
}

a_new_folder_is_seen() {
	! with attic/box.c '#include "problem.h"' && [[ $said == "attic/box.c:1: is in none of the rooms"* ]]
}

cases each_room_is_held each_way_to_write_it_is_seen what_is_below_is_fine a_new_folder_is_seen
