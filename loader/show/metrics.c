// SPDX-License-Identifier: GPL-2.0
/*
 * metrics.c: what of a status becomes which metric. The label `node` is the node's name; what else identifies it is in
 * scx_tree_node_info, to be joined.
 */
#include <inttypes.h>

#include "metrics.h"
#include "status.h"

#define PREFIX	"scx_tree_"

/* Whom a number is known of: but for the first, only of those that run. */
enum whose {
	OF_ANY,
	OF_ALL,
	OF_OURS,	/* not of foreign schedulers */
	OF_NODES,	/* not of root, which competes with nobody */
};

#define NUMBER(type, name, whose, f, help) \
	{ name, #type, NULL, help, whose, offsetof(struct node_status, f), sizeof(((struct node_status *)NULL)->f), 1 }
#define COUNTER(...)	NUMBER(counter, __VA_ARGS__)
#define GAUGE(...)	NUMBER(gauge, __VA_ARGS__)

static const struct metric {
	const char *name, *type, *unit, *help;
	enum whose whose;
	size_t field, size;	/* in struct node_status */
	unsigned long per;	/* so much of the field is 1: 1, 1000 or 10^9 */
} metrics[] = {
	/* clang-format off */
	{ "cpu_seconds", "counter", "seconds", "CPU time that its own tasks have had", OF_ALL,
	  offsetof(struct node_status, used_ns), sizeof(uint64_t), 1000000000 },
	{ "entitled_cpus", "gauge", "cpus", "CPUs that it and all beneath it should have had by the weights of late", OF_ALL,
	  offsetof(struct node_status, entitled_milli), sizeof(uint32_t), 1000 },
	{ "delivered_cpus", "gauge", "cpus", "CPUs that they had of late", OF_ALL,
	  offsetof(struct node_status, delivered_milli), sizeof(uint32_t), 1000 },
	COUNTER("dispatched", OF_ALL, nr_dispatched, "Tasks put on a CPU from a queue"),
	COUNTER("direct", OF_OURS, nr_direct, "Tasks put on a CPU when they woke up, without being queued"),
	COUNTER("preempted", OF_OURS, nr_preempt, "Tasks of other nodes interrupted by its waking ones"),
	COUNTER("kept", OF_OURS, nr_kept, "Times a task had another slice because nobody else wanted the CPU"),
	COUNTER("enqueued", OF_OURS, nr_enqueued, "Tasks queued"),
	COUNTER("reenqueued", OF_OURS, nr_reenq, "Tasks given back by the kernel before they ran, as their CPU was taken"),
	COUNTER("denied", OF_OURS, nr_reenq_cap, "Tasks given back by the kernel for want of a right to the CPU"),
	COUNTER("rescued", OF_OURS, nr_rescued, "Tasks left to the kernel, because it may use none of their CPUs"),
	COUNTER("degraded", OF_OURS, nr_degraded, "Times a task without data of its own was queued plainly"),
	COUNTER("slab_full", OF_OURS, nr_full, "Tasks that found no room for data of their own"),
	COUNTER("orphans", OF_OURS, nr_orphans, "Queued contexts whose task was gone when its turn came"),
	COUNTER("restarts", OF_ANY, nr_restarts, "Times its scheduler was attached again after an end"),
	COUNTER("periods", OF_NODES, nr_periods, "Periods of cpu.max that began"),
	COUNTER("throttled_periods", OF_NODES, nr_throttled, "Periods of cpu.max in which the quota was used up"),
	GAUGE("weight", OF_NODES, weight, "cpu.weight of the cgroup"),
	GAUGE("tasks", OF_OURS, nr_tasks, "Tasks that it schedules"),
	GAUGE("running_tasks", OF_OURS, nr_running, "Tasks of its own that are on a CPU"),
	GAUGE("exclusive_cpus", OF_NODES, nr_cids, "CPUs of its own"),
	GAUGE("queued_tasks", OF_OURS, nr_queued, "Tasks that wait in its queue"),
	GAUGE("slab_used", OF_OURS, slab_used, "Task contexts in use"),
	GAUGE("slab_high", OF_OURS, slab_high, "The most task contexts that ever were in use"),
	GAUGE("slab_capacity", OF_OURS, slab_capacity, "All task contexts"),
	GAUGE("region_pages", OF_ALL, region_pages, "Pages of the pool in its region"),
	/* clang-format on */
};

static void print_family(FILE *out, const char *name, const char *type, const char *unit, const char *help)
{
	fprintf(out, "# TYPE " PREFIX "%s %s\n", name, type);
	if (unit)
		fprintf(out, "# UNIT " PREFIX "%s %s\n", name, unit);
	fprintf(out, "# HELP " PREFIX "%s %s.\n", name, help);
}

static void print_label(FILE *out, const char *before, const char *name, const char *value)
{
	fprintf(out, "%s%s=\"", before, name);
	for (; value && *value; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '"' || *value == '\\')
			fprintf(out, "\\%c", *value);
		else
			fputc(*value, out);
	}
	fputc('"', out);
}

/* Up to the labels' closing brace, which is the caller's: there may be more labels. */
static void begin_sample(FILE *out, const char *name, const char *suffix, const struct node_status *n)
{
	fprintf(out, PREFIX "%s%s", name, suffix);
	print_label(out, "{", "node", n->name);
}

static uint64_t field_value(const struct node_status *n, const struct metric *m)
{
	const void *field = (const char *)n + m->field;

	return m->size == sizeof(uint64_t) ? *(const uint64_t *)field : *(const uint32_t *)field;
}

static bool is_known(const struct node_status *n, enum whose whose)
{
	if (whose == OF_ANY)
		return true;
	if (n->state != NODE_ATTACHED || (whose == OF_OURS && n->foreign))
		return false;
	return whose != OF_NODES || n->depth;
}

static void print_metric(const struct metric *m, const struct tree_status *st, FILE *out)
{
	const char *suffix = *m->type == 'c' ? "_total" : "";
	const int digits = m->per == 1000 ? 3 : 9;

	print_family(out, m->name, m->type, m->unit, m->help);
	for (size_t i = 0; i < st->nr_nodes; i++) {
		const struct node_status *n = &st->nodes[i];
		uint64_t value = field_value(n, m);

		if (!is_known(n, m->whose))
			continue;
		begin_sample(out, m->name, suffix, n);
		fprintf(out, "} %" PRIu64, value / m->per);
		if (m->per > 1)
			fprintf(out, ".%0*" PRIu64, digits, value % m->per);
		fputc('\n', out);
	}
}

/* No sum: the schedulers count waits, and do not add them up. */
static void print_waits(const struct tree_status *st, FILE *out)
{
	print_family(out, "wait_seconds", "histogram", "seconds",
		     "How long tasks waited for a CPU that woke up and were queued");
	for (size_t i = 0; i < st->nr_nodes; i++) {
		const struct node_status *n = &st->nodes[i];
		uint64_t sum = 0;

		for (uint32_t w = 0; is_known(n, OF_OURS) && w < POOL_WAITS; w++) {
			char le[32] = "+Inf";

			sum += n->nr_waits[w];
			if (w < POOL_WAITS - 1)
				snprintf(le, sizeof(le), "%g", pool_wait_below_ns(w) / 1e9);
			begin_sample(out, "wait_seconds", "_bucket", n);
			print_label(out, ",", "le", le);
			fprintf(out, "} %" PRIu64 "\n", sum);
		}
	}
}

static void print_quota(const struct tree_status *st, FILE *out)
{
	print_family(out, "quota_cpus", "gauge", "cpus", "CPUs that cpu.max of the cgroup allows");
	for (size_t i = 0; i < st->nr_nodes; i++) {
		const struct node_status *n = &st->nodes[i];

		if (!n->quota_us || !n->period_us)
			continue;
		begin_sample(out, "quota_cpus", "", n);
		fprintf(out, "} %g\n", (double)n->quota_us / n->period_us);
	}
}

/* Who the nodes are. */
static void print_info(const struct tree_status *st, FILE *out)
{
	print_family(out, "node", "info", NULL, "The nodes of the tree");
	for (size_t i = 0; i < st->nr_nodes; i++) {
		const struct node_status *n = &st->nodes[i];

		begin_sample(out, "node", "_info", n);
		print_label(out, ",", "cgroup", n->cgroup);
		print_label(out, ",", "sched", n->sched);
		print_label(out, ",", "parent", n->parent);
		fputs("} 1\n", out);
	}
}

static void print_states(const struct tree_status *st, FILE *out)
{
	const char *state;

	print_family(out, "node_state", "stateset", NULL, "What has become of the node's scheduler");
	for (size_t i = 0; i < st->nr_nodes; i++) {
		const struct node_status *n = &st->nodes[i];

		for (enum node_state s = 0; (state = status_state_name(s)); s++) {
			begin_sample(out, "node_state", "", n);
			print_label(out, ",", PREFIX "node_state", state);
			fprintf(out, "} %d\n", n->state == s);
		}
	}
}

static void print_exits(const struct tree_status *st, FILE *out)
{
	print_family(out, "node_exit", "info", NULL, "How the node's scheduler ended: the kernel's enum scx_exit_kind");
	for (size_t i = 0; i < st->nr_nodes; i++) {
		const struct node_status *n = &st->nodes[i];
		char kind[16];

		if (!n->exit.kind)
			continue;
		snprintf(kind, sizeof(kind), "%d", n->exit.kind);
		begin_sample(out, "node_exit", "_info", n);
		print_label(out, ",", "kind", kind);
		print_label(out, ",", "reason", n->exit.reason);
		fputs("} 1\n", out);
	}
}

static void print_pool(const struct pool_status *p, FILE *out)
{
	print_family(out, "pool_pages", "gauge", "pages", "Pages of the pool that all schedulers share, by use");
	fprintf(out, PREFIX "pool_pages{use=\"fixed\"} %" PRIu64 "\n", p->nr_fixed);
	fprintf(out, PREFIX "pool_pages{use=\"regions\"} %" PRIu64 "\n", p->nr_region);
	fprintf(out, PREFIX "pool_pages{use=\"guards\"} %" PRIu64 "\n", p->nr_guard);
	fprintf(out, PREFIX "pool_pages{use=\"kernel\"} %" PRIu64 "\n", p->nr_kernel);
	print_family(out, "pool_capacity_pages", "gauge", "pages", "All pages of the pool");
	fprintf(out, PREFIX "pool_capacity_pages %" PRIu64 "\n", p->nr_pages);
	print_family(out, "pool_regions_high_pages", "gauge", "pages", "The most pages that regions ever held");
	fprintf(out, PREFIX "pool_regions_high_pages %" PRIu64 "\n", p->nr_high);
}

static void print_machine(const struct tree_status *st, FILE *out)
{
	print_family(out, "online_cpus", "gauge", "cpus", "CPUs of the machine that are on");
	fprintf(out, PREFIX "online_cpus %" PRIu32 "\n", st->nr_online);
}

static void print_file(const struct file_status *f, FILE *out)
{
	size_t nr = 0;

	while (f->differences && f->differences[nr])
		nr++;
	print_family(out, "file_good", "gauge", NULL,
		     "Whether the hierarchy file, as it is now, can be read and is right");
	fprintf(out, PREFIX "file_good %d\n", !f->problem);
	print_family(out, "file_differences", "gauge", NULL, "Steps that a reload of the hierarchy file would take");
	fprintf(out, PREFIX "file_differences %zu\n", nr);
}

void metrics_print(const struct tree_status *st, FILE *out)
{
	print_family(out, "loader", "info", NULL, "The loader that runs the tree");
	fputs(PREFIX "loader_info", out);
	print_label(out, "{", "version", VERSION);
	fputs("} 1\n", out);
	print_info(st, out);
	print_states(st, out);
	print_exits(st, out);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		print_metric(&metrics[i], st, out);
	print_waits(st, out);
	print_quota(st, out);
	print_machine(st, out);
	print_pool(&st->pool, out);
	print_file(&st->file, out);
	fputs("# EOF\n", out);
}
