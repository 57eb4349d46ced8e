// SPDX-License-Identifier: GPL-2.0
/*
 * root: the scheduler of the whole machine. It owns the pool, schedules the tasks that no sub has, and decides which of the
 * schedulers beneath it gets a CPU that looks for work.
 *
 * Its parts: the pool and its programs in pool.bpf.h, region.bpf.h and cids.bpf.h; who gets a CPU in delegation.bpf.h and
 * exclusive.bpf.h; what it has in common with every sub (it is entity 0, with a region of its own for its own tasks'
 * contexts) in sub.bpf.h. Here is what only root does:
 *
 *  - its own tasks wait in one DSQ ordered by virtual time: run time scaled by 100 / weight (sub_vtime); who waits there
 *    for too long (a task of nice 19, among many) comes to the front;
 *  - a kernel thread that is bound to a cid goes to that cid at once, ahead of whom it interrupts: the machine needs it;
 *  - it keeps the idle mask from update_idle, for everybody;
 *  - it ends at their time the chunks of CPU time that nodes with a cpu.max are given;
 *  - it takes CPU hotplug in place: a cid that is gone is not idle, its tasks are re-enqueued by the kernel.
 *
 * Promises: init_task never fails: the tasks of a sub that ends come home to root, and a root that refused one would end
 * with it. Without a context (slab full, no memory) a task runs from the PLAIN DSQ. Migration-disabled tasks never get
 * here: without SCX_OPS_ENQ_MIGRATION_DISABLED the kernel leaves them where they are.
 *
 * The clock of its tasks (vnow) is written without a lock: a lost update costs the fairness of one slice.
 */

/* A kernel thread has no small weight: khugepaged, of nice 19, holds the mmap_lock of who waits for it. */
#define SUB_TASK_WEIGHT(p)	\
	((p)->scx.weight < 100 && (!(p)->scx.weight || ((p)->flags & PF_KTHREAD)) ? 100 : (p)->scx.weight)
#include "../sub-scheds/sub.bpf.h"
#include "region.bpf.h"
#include "foreign.bpf.h"
#include "alarm.bpf.h"

#define OWN_DSQ		1
#define OVERDUE_LOOK_NS	250000000ull	/* how often the queue is looked through for who has waited too long */
#define OVERDUE_TRIES	256		/* and how far, from its end */
#define OVERDUE_NS	1000000000ull	/* who waits for longer may be what the kernel waits for (RCU, a lock): one such a look */

TUNABLE(bool, switch_partial, false, "bool", "SCX_OPS_SWITCH_PARTIAL",
	"only tasks of policy SCHED_EXT are scheduled here, all others stay with the kernel's own scheduler");

struct root_task {
	struct sub_task sub;
	u64 queued_at;		/* ns */
};

typedef struct root_task __arena root_task_t;

struct root_block {
	u64 looked_at;		/* when the queue was looked through last, ns */
	u64 nr_looked;		/* how far; here, as the verifier follows a counter of the program's own through every value */
};

typedef struct root_block __arena root_block_t;

SUB_POLICY(struct root_task, struct root_block);
SUB_CALLBACKS(root)

/* Bring those to the front who have waited for too long. Their small weight has put them near the end. */
static __noinline void root_find_overdue(root_block_t *block, u64 now)
{
	u64 front = sub_region()->vnow - TASK_CREDIT_NS;
	struct task_struct *p;
	bool one = false;

	block->looked_at = now;
	block->nr_looked = 0;
	bpf_for_each(scx_dsq, p, OWN_DSQ, SCX_DSQ_ITER_REV) {
		sub_task_t *t = sub_task(sub_storage(p));

		if (block->nr_looked++ >= OVERDUE_TRIES)
			break;
		if (!t || (s64)(now - ((root_task_t *)t)->queued_at - (one ? TURN_NS : OVERDUE_NS)) < 0)
			continue;
		one = true;
		t->vtime = front;
		scx_bpf_dsq_move_set_vtime(BPF_FOR_EACH_ITER, front);
		scx_bpf_dsq_move_vtime(BPF_FOR_EACH_ITER, p, OWN_DSQ, 0);
	}
}

static bool policy_dispatch(s32 cid)
{
	root_block_t *block = policy_block(struct root_block);
	u64 now = scx_bpf_now();

	if ((s64)(now - block->looked_at - OVERDUE_LOOK_NS) >= 0)
		root_find_overdue(block, now);
	return scx_bpf_dsq_move_to_local(OWN_DSQ, SCX_ENQ_IMMED);
}

static __always_inline bool is_bound_kthread(struct task_struct *p)
{
	return (p->flags & PF_KTHREAD) && p->nr_cpus_allowed == 1;
}

void BPF_STRUCT_OPS(root_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct sub_storage *stor;
	sub_task_t *t;

	if (is_bound_kthread(p)) {
		sub_charge_task(p);
		sub_count(nr_direct);
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL, slice_ns(), enq_flags | SCX_ENQ_PREEMPT);
		return;
	}
	stor = sub_enqueue(p, enq_flags);
	if (!stor)
		return;
	t = sub_task(stor);
	((root_task_t *)t)->queued_at = scx_bpf_now();
	scx_bpf_dsq_insert_vtime(p, OWN_DSQ, slice_ns(), sub_vtime(p, t), enq_flags);
	sub_queued(p, stor);
}

void BPF_STRUCT_OPS(root_dequeue, struct task_struct *p, u64 deq_flags)
{
	sub_dequeue(sub_storage(p));
}

/* Before a dispatch: the chunk that was reserved for the cid is over. */
__noinline void root_end_chunk(s32 cid)
{
	cid_state_t *c = pool_cid(cid);

	c->due = 0;
	if (!c->reserved_ns)
		return;
	c->settling = 1;
	sub_settle(cid);
	c->settling = 0;
	bandwidth_release(c);
}

/* After it: set the cid's alarm to the end of the next chunk, or, when nobody brought anything, to when somebody may. */
__noinline void root_begin_chunk(s32 cid, bool found)
{
	u64 chunk = found ? bandwidth_grant(cid) : 0, due = found ? 0 : pool_cid(cid)->due, now = scx_bpf_now();

	if (chunk)
		alarm_set(cid, SCX_KICK_PREEMPT, chunk);
	else if (due)
		alarm_set(cid, SCX_KICK_IDLE, time_before64(now, due) ? due - now : 0);
	else
		alarm_set(cid, 0, 0);
}

void BPF_STRUCT_OPS(root_dispatch, s32 cid, struct task_struct *prev)
{
	struct task_struct *curr = bpf_get_current_task_btf();
	bool limits = pool_hdr()->nr_limited || pool_cid(cid)->reserved_ns, found;

	__sync_fetch_and_add(&pool_cid(cid)->nr_dispatch, 1);
	if (limits)
		root_end_chunk(cid);
	found = sub_dispatch(cid, prev);
	if (limits)
		root_begin_chunk(cid, found);
	if (found)
		return;
	/*
	 * A claimed cid that found nothing goes idle again without a transition, so update_idle will not tell.
	 */
	if (!(curr->scx.flags & SCX_TASK_QUEUED) && pool_cid(cid)->online)
		pool_set(pool_idle_mask(), cid, true);
}

void BPF_STRUCT_OPS(root_update_idle, s32 cid, bool idle)
{
	/*
	 * A cid whose CPU is on its way out is nobody's to claim. Nor may it be kicked when it goes idle for the last time:
	 * the kernel would leave the kick's irq_work behind, and no irq_work of that CPU would ever run again.
	 */
	if (!idle || !pool_cid(cid)->online) {
		pool_set(pool_idle_mask(), cid, false);
		return;
	}
	__sync_fetch_and_add(&pool_cid(cid)->nr_idle, 1);
	pool_set(pool_idle_mask(), cid, true);
	/* who queued after our dispatch looked, and looked for an idle cid before we were one? */
	if (pool_entity_at(0)->nr_queued > 0)
		scx_bpf_kick_cid(cid, SCX_KICK_IDLE);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(root_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	sub_task_t *t;

	sub_init_task(p, &t);
	return 0;
}

void BPF_STRUCT_OPS(root_cid_online, s32 cid)
{
	pool_cid(cid)->online = 1;
}

void BPF_STRUCT_OPS(root_cid_offline, s32 cid)
{
	pool_cid(cid)->online = 0;
	bandwidth_release(pool_cid(cid));
	pool_set(pool_idle_mask(), cid, false);
	delegation_unsettle();
}

/* Root holds every cid from the start, and hears of no change. */
s32 BPF_STRUCT_OPS_SLEEPABLE(root_init)
{
	u32 nr_cids = scx_bpf_nr_cids(), cid;
	s32 ret;

	if (pool_hdr()->nr_cids != nr_cids) {
		scx_bpf_error("the pool was laid out for %u cids, this machine has %u", pool_hdr()->nr_cids, nr_cids);
		return -EINVAL;
	}
	ret = sub_init();
	if (ret)
		return ret;
	cids_publish(nr_cids);
	bpf_for(cid, 0, nr_cids) {
		pool_set(sub_usable(), cid, true);
		pool_set(region_home(sub_region()), cid, true);
		pool_cid(cid)->online = 1;
	}
	return alarm_init(nr_cids) ?: scx_bpf_create_dsq(OWN_DSQ, -1);
}

DESCRIPTION(root_ops, "the root of a tree: weighted virtual time among its subs and its own tasks");

SEC(".struct_ops.link")
struct sched_ext_ops_cid root_ops = {
	SUB_OPS(root),
	.enqueue		= (void *)root_enqueue,
	.dequeue		= (void *)root_dequeue,
	.dispatch		= (void *)root_dispatch,
	.update_idle		= (void *)root_update_idle,
	.init_task		= (void *)root_init_task,
	.init			= (void *)root_init,
	.cid_online		= (void *)root_cid_online,
	.cid_offline		= (void *)root_cid_offline,
	.flags			= SCX_OPS_TID_TO_TASK | SCX_OPS_ENQ_EXITING,
	.timeout_ms		= 30000,
	.name			= "root",
};
