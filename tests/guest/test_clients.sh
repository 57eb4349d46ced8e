# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: programs that know nothing of the loader get on with it: curl with its metrics, varlinkctl with its control socket

control=/run/scx-loader/control
metrics=/run/scx-loader/metrics

setup() {
	cat >tree.ini <<-'END'
		[root]
		metrics = 127.0.0.1:9464
		[web]
		cgroup = /web
		sched = qmap
		weight = 300
		create = yes
		[web-batch]
		cgroup = /web/batch
		sched = fifo
		create = yes
	END
}

# scrape SAMPLE [CURL-OPTION...]: the value of one sample, labels and all
scrape() {
	local sample=$1
	shift
	curl -sSf --max-time 30 "${@-http://127.0.0.1:9464/metrics}" | awk -v s="$sample" '{ v = $NF; sub(/ [^ ]*$/, "") } $0 == s { print v }'
}

sample_exceeds() {
	awk -v v="$(scrape "$1")" -v than="$2" 'BEGIN { exit !(v > than) }'
}

reads_metrics() {
	local pid before
	curl -sSf --max-time 30 -D head http://127.0.0.1:9464/metrics >body
	grep -q '^HTTP/1.1 200 OK' head || fail 'not 200'
	grep -qi '^content-type: application/openmetrics-text; version=1.0.0; charset=utf-8' head || fail 'wrong content type'
	assert_eq '# EOF' "$(tail -n 1 body)" 'the last line'
	assert_eq 1 "$(scrape 'scx_tree_node_info{node="web-batch",cgroup="/web/batch",sched="fifo",parent="web"}')" 'info'
	assert_eq 1 "$(scrape 'scx_tree_node_state{node="web",scx_tree_node_state="attached"}')" 'state'
	assert_eq "$(node web slab_capacity)" "$(scrape 'scx_tree_slab_capacity{node="web"}')" 'capacity of the slab'
	assert_eq "$(scx-loader status --json | jq .pool.nr_pages)" "$(scrape scx_tree_pool_capacity_pages)" 'pages'
	before=$(scrape 'scx_tree_cpu_seconds_total{node="web-batch"}')
	hog web/batch
	wait_until 10 sample_exceeds 'scx_tree_cpu_seconds_total{node="web-batch"}' "$(awk "BEGIN { print $before + 0.1 }")"
	assert_eq 1 "$(scrape 'scx_tree_tasks{node="web-batch"}')" 'tasks'
	kill_all "$pid"
	assert_eq 404 "$(curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:9464/)" 'status of another path'
	assert_eq 405 "$(curl -sS -o /dev/null -w '%{http_code}' -d x http://127.0.0.1:9464/metrics)" 'status of a POST'
}

moves_metrics() {
	local sample='scx_tree_weight{node="web"}' reader=(setpriv --reuid nobody --regid nogroup --clear-groups)
	scx-loader set root metrics=$metrics
	! curl -sS http://127.0.0.1:9464/metrics 2>/dev/null || fail 'still on the port'
	assert_eq 300 "$(scrape "$sample" --unix-socket $metrics http://localhost/metrics)" 'weight over a unix socket'
	assert_eq 'socket 660' "$(stat -c '%F %a' $metrics)" 'mode of the socket'
	! "${reader[@]}" curl -sS --unix-socket $metrics http://localhost/metrics 2>/dev/null || fail 'anybody may read it'
	assert_match "set metrics of 'root' to 127.0.0.1:9464" "$(scx-loader reload)" 'steps of the reload'
	assert_eq 300 "$(scrape "$sample")" 'weight over the port again'
	[[ ! -e $metrics ]] || fail 'the socket is left'
	scx-loader set root metrics=off >/dev/null
	! curl -sS http://127.0.0.1:9464/metrics 2>/dev/null || fail 'still there, and should be off'
	scx-loader reload >/dev/null
}

refuses_addresses() {
	expect_refusal "scx-loader: option 'metrics=0.0.0.0:9464': bad address '0.0.0.0:9464' for 'metrics': other machines could read there what runs on this one
hint: write '127.0.0.1:PORT', '[::1]:PORT', the path of a unix socket, or 'off'" \
		scx-loader set root metrics=0.0.0.0:9464
	expect_refusal "scx-loader: bad address '9464' for metrics: neither HOST:PORT nor a path
hint: see 'scx-loader --help'" scx-loader -c tree.ini --metrics 9464
	expect_refusal "scx-loader: can't listen on '/run/scx-loader/control' for metrics: Address already in use
scx-loader: failed: set metrics of 'root' to /run/scx-loader/control" \
		scx-loader set root metrics=/run/scx-loader/control
	expect_refusal "scx-loader: another loader has the tree that is pinned in '/sys/fs/bpf/scx-loader'
hint: one loader runs on a machine; see its --socket" \
		scx-loader -c tree.ini --socket "$PWD/other"
	expect_refusal "scx-loader: argument 2 is not UTF-8 without control characters
hint: see 'scx-loader --help'" scx-loader status $'\xff'
}

# varlinkctl puts what it calls before what comes back
call() {
	varlinkctl call --json=short $control "org.scxtree.Loader.$1" "${2-{\}}"
}

speaks_varlink() {
	local reader=(setpriv --reuid nobody --regid root --clear-groups)
	assert_match 'Product: scx-loader' "$(varlinkctl info $control)" 'info'
	assert_match 'method Status\(\) -> \(' "$(varlinkctl introspect $control org.scxtree.Loader)" 'interface'
	assert_eq '["root","web","web-batch"]' "$(call Status | jq -c '[.nodes[].name]')" 'nodes'
	assert_eq '["root","web","web-batch"]' "$("${reader[@]}" varlinkctl call --json=short $control org.scxtree.Loader.Status {} |
		jq -c '[.nodes[].name]')" 'nodes, for a member of the group'
	assert_eq '{"steps":["set weight of '"'web'"' to 250"]}' "$(call Set '{"node":"web","settings":["weight=250"]}')" 'Set'
	assert_eq 250 "$(cat /sys/fs/cgroup/web/cpu.weight)" 'weight of the cgroup'
	assert_eq 250 "$(scrape 'scx_tree_weight{node="web"}')" 'weight in the metrics'
	! "${reader[@]}" varlinkctl call $control org.scxtree.Loader.Set '{"node":"web","settings":["weight=1"]}' 2>said ||
		fail 'anybody may change the tree'
	grep -q 'PermissionDenied\|Permission denied' said || fail "it says: $(cat said)"
	assert_eq 250 "$(cat /sys/fs/cgroup/web/cpu.weight)" 'weight after what was refused'
	! call Set '{"node":"nosuch","settings":[]}' 2>said || fail 'a node that there is not'
	grep -q 'org.scxtree.Loader.Refused' said || fail "it says: $(cat said)"
}

run() {
	start_loader tree.ini
	reads_metrics
	moves_metrics
	refuses_addresses
	speaks_varlink
	stop_loader
	# the option wins
	start_loader tree.ini --metrics $metrics
	assert_eq 300 "$(scrape 'scx_tree_weight{node="web"}' --unix-socket $metrics http://localhost/metrics)" 'with --metrics'
	! curl -sS http://127.0.0.1:9464/metrics 2>/dev/null || fail 'on the port, too'
	stop_loader
	[[ ! -e $metrics ]] || fail 'the socket is left in the end'
}
