// SPDX-License-Identifier: GPL-2.0
/*
 * flags.c: the table of flags, and the rules.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "flags.h"
#include "text.h"
#include "types.h"

/* What becomes of a flag on a sub. */
enum flag_rule {
	FLAG_HONOURED,		/* per scheduler */
	FLAG_NEEDS_ROOT,	/* root must have it too */
	FLAG_IGNORED,		/* root's choice counts, and the kernel says nothing */
};

/* The bits are those of Linux 7.3; a running kernel's own count where its BTF is at hand. */
static const struct flag {
	const char *name;
	uint64_t bit;
	enum flag_rule rule;
} flags[] = {
	{ "SCX_OPS_KEEP_BUILTIN_IDLE", 1 << 0, FLAG_IGNORED },
	{ "SCX_OPS_ENQ_LAST", 1 << 1, FLAG_HONOURED },
	{ "SCX_OPS_ENQ_EXITING", 1 << 2, FLAG_HONOURED },
	{ "SCX_OPS_SWITCH_PARTIAL", 1 << 3, FLAG_IGNORED },
	{ "SCX_OPS_ENQ_MIGRATION_DISABLED", 1 << 4, FLAG_HONOURED },
	{ "SCX_OPS_ALLOW_QUEUED_WAKEUP", 1 << 5, FLAG_HONOURED },
	{ "SCX_OPS_BUILTIN_IDLE_PER_NODE", 1 << 6, FLAG_IGNORED },
	{ "SCX_OPS_ALWAYS_ENQ_IMMED", 1 << 7, FLAG_HONOURED },
	{ "SCX_OPS_TID_TO_TASK", 1 << 8, FLAG_NEEDS_ROOT },
};

#define NR_FLAGS	(sizeof(flags) / sizeof(*flags))

/* Members of the ops that the kernel reads for root only, and those that it calls only there. */
static const char *const root_values[] = { "hotplug_seq", "cid_shard_size", "rescue_bandwidth_ppt",
					   "rescue_quantum_us" };
static const char *const root_callbacks[] = { "init_cids", "cid_online", "cid_offline" };

uint64_t flags_bit(const char *name)
{
	for (size_t i = 0; i < NR_FLAGS; i++)
		if (!strcmp(flags[i].name, name))
			return flags[i].bit;
	return 0;
}

/* The bit of a flag, or of SCX_OPS_ALL_FLAGS; @fallback when the kernel's BTF is not known. */
static uint64_t kernel_bit(const struct btf *kernel, const char *name, uint64_t fallback)
{
	int id = kernel ? btf__find_by_name_kind(kernel, "scx_ops_flags", BTF_KIND_ENUM64) : -1;
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(kernel, id);

	if (!t)
		return fallback;
	for (int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(kernel, btf_enum64(t)[i].name_off), name))
			return btf_enum64_value(&btf_enum64(t)[i]);
	return 0;
}

/* An object that is being judged, and where to tell what is wrong with it. */
struct claim {
	const struct object_facts *facts, *root;
	const char *who;	/* "'qmap' on '/web'", "root 'root'" */
	const char *file;
	unsigned int line;
	const struct btf *kernel;
	struct problems *ps;
};

#define claim_refuse(c, hint, fmt, ...) \
	problem_add((c)->ps, (c)->file, (c)->line, hint, "%s " fmt, (c)->who, ##__VA_ARGS__)

static int check_unknown(const struct claim *c)
{
	uint64_t all = kernel_bit(c->kernel, "SCX_OPS_ALL_FLAGS", (1 << NR_FLAGS) - 1);
	uint64_t unknown = c->facts->flags & ~all;

	for (uint64_t rest = unknown; rest; rest &= rest - 1)
		claim_refuse(c, "build the object for the kernel that runs",
			     "declares flag bit 0x%llx, which is unknown to this kernel",
			     (unsigned long long)(rest & -rest));
	return unknown ? -EINVAL : 0;
}

/* The kernel ends root, not the caller, when the flag is missing there. */
static int check_tid_to_task(const struct claim *c)
{
	const char *name = "SCX_OPS_TID_TO_TASK";
	uint64_t bit = kernel_bit(c->kernel, name, flags_bit(name));

	if (!c->facts->calls_tid_to_task || c->facts->flags & bit)
		return 0;
	if (c->facts == c->root)
		claim_refuse(c, "declare it in the flags of its ops",
			     "calls scx_bpf_tid_to_task() without declaring %s", name);
	else
		claim_refuse(c, "declare it in the flags of its ops",
			     "calls scx_bpf_tid_to_task() without declaring %s, which root '%s' %s", name,
			     c->root->name, c->root->flags & bit ? "enables" : "does not enable");
	return -EINVAL;
}

static int check_flag(const struct claim *c, const struct flag *flag)
{
	uint64_t bit = kernel_bit(c->kernel, flag->name, flag->bit);

	if (!(c->facts->flags & bit) || flag->rule == FLAG_HONOURED)
		return 0;
	if (flag->rule == FLAG_IGNORED)
		claim_refuse(c, "take it out of the flags of its ops",
			     "declares %s, which the kernel ignores on a sub; root '%s' %s it", flag->name,
			     c->root->name, c->root->flags & bit ? "enables" : "does not enable");
	else if (!(c->root->flags & bit))
		claim_refuse(c, "choose another scheduler here, or a root scheduler that enables it",
			     "declares %s, which root '%s' does not enable", flag->name, c->root->name);
	else
		return 0;
	return -EINVAL;
}

static int check_root_only(const struct claim *c, const char *member)
{
	if (!object_has(c->facts, member))
		return 0;
	claim_refuse(c, "take it out of its ops", "has ops.%s, which the kernel ignores on a sub; root '%s' %s", member,
		     c->root->name, object_has(c->root, member) ? "has it" : "has none");
	return -EINVAL;
}

static int check_parent(const struct object_facts *facts, const struct object_facts *parent, const struct node *node,
			const char *file, struct problems *ps)
{
	char hint[160];

	if (!node->parent)
		return 0;
	if (!parent->uses_pool) {
		snprintf(hint, sizeof(hint), "choose one built on sub-scheds/sub.bpf.h for '%s'", node->parent->cgroup);
		problem_add(ps, file, node_sched_line(node), hint,
			    "'%s' on '%s' can't attach beneath '%s' on '%s', which is no scheduler of this tree",
			    facts->name, node->cgroup, parent->name, node->parent->cgroup);
		return -EINVAL;
	}
	if (object_has(parent, "sub_attach"))
		return 0;
	problem_add(ps, file, node_sched_line(node->parent), "choose another scheduler for the upper one",
		    "'%s' on '%s' has no sub_attach, so '%s' on '%s' can't attach beneath it", parent->name,
		    node->parent->cgroup, facts->name, node->cgroup);
	return -EINVAL;
}

int flags_check_root(const struct object_facts *root, const struct root_conf *conf, const char *file,
		     const struct btf *kernel, struct problems *ps)
{
	_cleanup_(freep) char *who = text_of("root '%s'", root->name);
	unsigned int line = conf->sched_line ?: conf->line;
	struct claim c = {
		.facts = root, .root = root, .who = who, .file = file, .line = line, .kernel = kernel, .ps = ps
	};

	return check_unknown(&c) | check_tid_to_task(&c) ? -EINVAL : 0;
}

int flags_check(const struct object_facts *facts, const struct object_facts *parent, const struct object_facts *root,
		const struct node *node, const char *file, const struct btf *kernel, struct problems *ps)
{
	_cleanup_(freep) char *who = text_of("'%s' on '%s'", facts->name, node->cgroup);
	struct claim c = { .facts = facts,
			   .root = root,
			   .who = who,
			   .file = file,
			   .line = node_sched_line(node),
			   .kernel = kernel,
			   .ps = ps };
	int bad;

	bad = check_unknown(&c) | check_tid_to_task(&c) | check_parent(facts, parent, node, file, ps);
	for (size_t i = 0; i < NR_FLAGS; i++)
		bad |= check_flag(&c, &flags[i]);
	for (size_t i = 0; i < sizeof(root_values) / sizeof(*root_values); i++)
		bad |= check_root_only(&c, root_values[i]);
	/* a scheduler that is not made for this tree may be root elsewhere */
	for (size_t i = 0; facts->uses_pool && i < sizeof(root_callbacks) / sizeof(*root_callbacks); i++)
		bad |= check_root_only(&c, root_callbacks[i]);
	return bad ? -EINVAL : 0;
}

char *flags_text(uint64_t set)
{
	char *text;
	FILE *out = text_open(&text);
	const char *between = "";

	for (size_t i = 0; i < NR_FLAGS; i++) {
		if (set & flags[i].bit) {
			fprintf(out, "%s%s", between, flags[i].name + strlen("SCX_OPS_"));
			between = ", ";
		}
	}
	text_close(out);
	return text;
}
