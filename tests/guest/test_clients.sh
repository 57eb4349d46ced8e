# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# test: programs that know nothing of the loader get on with it: curl with its metrics, varlinkctl with its control socket

control=/run/scx-loader/control
metrics_pid=''

# as the service does: the loader's group, and nothing else
reader=(setpriv --reuid nobody --regid 64000 --clear-groups)

setup() {
	echo scx-loader:x:64000: >>/etc/group
	cat >tree.ini <<-'END'
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

# The next test's loader knows no such group.
cleanup() {
	sed -i '/^scx-loader:/d' /etc/group
	end_workloads
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
	assert_eq "$(status_json | jq .pool.nr_pages)" "$(scrape scx_tree_pool_capacity_pages)" 'pages'
	before=$(scrape 'scx_tree_cpu_seconds_total{node="web-batch"}')
	hog web/batch
	wait_until 10 sample_exceeds 'scx_tree_cpu_seconds_total{node="web-batch"}' "$(awk "BEGIN { print $before + 0.1 }")"
	assert_eq 1 "$(scrape 'scx_tree_tasks{node="web-batch"}')" 'tasks'
	kill_all "$pid"
	assert_eq 404 "$(curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:9464/)" 'status of another path'
	assert_eq 405 "$(curl -sS -o /dev/null -w '%{http_code}' -d x http://127.0.0.1:9464/metrics)" 'status of a POST'
}

# serves_metrics ADDRESS PROBE...: until it does
serves_metrics() {
	"${reader[@]}" scx-loader metrics --listen "$1" 2>metrics.log &
	metrics_pid=$!
	shift
	wait_until 10 curl -sS --max-time 30 -o /dev/null "$@"
}

# As a user who may do nothing but read
elsewhere() {
	local socket=$PWD/socket/metrics
	mkdir -m 777 socket
	serves_metrics "$socket" --unix-socket "$socket" http://localhost/metrics
	assert_eq 300 "$(scrape 'scx_tree_weight{node="web"}' --unix-socket "$socket" http://localhost/metrics)" 'over a unix socket'
	assert_eq 'socket 660' "$(stat -c '%F %a' "$socket")" 'mode of the socket'
	kill $metrics_pid
	wait $metrics_pid || fail 'it does not end well'
	[[ ! -e $socket ]] || fail 'the socket is left'
}

refuses_addresses() {
	expect_refusal "scx-loader: bad address '0.0.0.0:9464' for metrics: other machines could read there what runs on this one
hint: see 'scx-loader metrics --help'" scx-loader metrics --listen 0.0.0.0:9464
	expect_refusal "scx-loader: can't listen on '127.0.0.1:9464' for metrics: Address already in use" scx-loader metrics
	expect_refusal "scx-loader: another loader has the tree that is pinned in '/sys/fs/bpf/scx-loader'
hint: one loader runs on a machine; see its --socket" \
		scx-loader -c tree.ini --socket "$PWD/other"
	expect_refusal "scx-loader: argument 2 is not UTF-8 without control characters
hint: see 'scx-loader --help'" scx-loader status $'\xff'
	assert_eq 403 "$(curl -sS -o /dev/null -w '%{http_code}' -H 'Host: evil.example' http://127.0.0.1:9464/metrics)" 'of another name'
}

# varlinkctl puts what it calls before what comes back
call() {
	varlinkctl call --json=short $control "org.scxtree.Loader.$1" "${2-{\}}"
}

speaks_varlink() {
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

# The metrics' server outlives loaders, and says when there is none.
without_loader() {
	stop_loader
	assert_eq 503 "$(curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:9464/metrics)" 'without a loader'
	start_loader tree.ini
	assert_eq 300 "$(scrape 'scx_tree_weight{node="web"}')" 'with the next one'
}

run() {
	start_loader tree.ini
	assert_eq 'root scx-loader 660' "$(stat -c '%U %G %a' $control)" 'the control socket'
	elsewhere
	serves_metrics 127.0.0.1:9464 http://127.0.0.1:9464/metrics
	reads_metrics
	! ss -ltnp | grep scx-loader | grep -q "pid=$loader_pid," || fail 'the loader itself listens'
	refuses_addresses
	speaks_varlink
	without_loader
	kill $metrics_pid
	stop_loader
}
