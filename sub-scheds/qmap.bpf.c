// SPDX-License-Identifier: GPL-2.0
/*
 * qmap: five weighted FIFOs.
 *
 * A task waits in one of five FIFOs by its weight (qmap_fifo_of), behind all that wait there already; of the five that one is
 * next whose first task has run the least for its weight. The idea of the five queues is that of the kernel's demonstration
 * scheduler of this name.
 *
 * The fault_ tunables break the scheduler on purpose, so that tests can see who is hurt.
 */
#include "sub.bpf.h"
#include "order.bpf.h"
#include "qmap_abi.h"

TUNABLE(bool, highpri_boost, false, "bool", "", "tasks of nice -20 go before all others");
enum { CORE_ORDER_QUEUE, CORE_ORDER_ARRIVAL };
TUNABLE(u32, core_order, CORE_ORDER_QUEUE, "queue|arrival", "",
	"core scheduling: which of two siblings' tasks goes first, by what they have run or by arrival");

TUNABLE(u32, fault_error_after, 0, "tasks", "0..4294967295", "for tests: end with an error after so many enqueues");
TUNABLE(u32, fault_stall_nth, 0, "tasks", "0..4294967295", "for tests: lose every so manyth task that is enqueued");
TUNABLE(u32, fault_misplace_nth, 0, "tasks", "0..4294967295",
	"for tests: send every so manyth task to a cid that we do not hold");
TUNABLE_STRING(fault_init_comm, 16, "for tests: refuse tasks of commands of this name");

struct qmap_task {
	struct sub_task sub;
	u64 seq;		/* order of arrival */
};

typedef struct qmap_task __arena qmap_task_t;
typedef struct qmap_block __arena qmap_block_t;

SUB_POLICY(struct qmap_task, struct qmap_block);
SUB_CALLBACKS(qmap)

/* The FIFO of a load weight: below nice 5, below 0, 0, and above. */
static __always_inline u32 qmap_fifo_of(u32 weight)
{
	return weight <= 256 ? 0 : weight <= 512 ? 1 : weight < 2048 ? 2 : weight < 4096 ? 3 : 4;
}

static __always_inline void policy_order(sub_task_t *t)
{
	qmap_block_t *b = policy_block(struct qmap_block);
	u32 fifo = qmap_fifo_of(t->rival.weight);

	__sync_fetch_and_add(&b->nr_total[fifo], 1);
	if (highpri_boost && t->rival.weight >= nice_weights[0]) {
		t->rival.vtime = place_at(t->place)->queue.clock - TASK_CREDIT_NS;
		return;
	}
	order_arrival(t, &b->last[fifo]);
}

/* Fault injection at enqueue: true when the task is dealt with. */
static __always_inline bool qmap_fault(struct task_struct *p, qmap_task_t *t, u64 enq_flags)
{
	qmap_block_t *b = policy_block(struct qmap_block);
	u64 seq = t->seq + 1;

	if (fault_error_after && seq == fault_error_after)
		scx_bpf_error("fault_error_after: %u tasks enqueued", fault_error_after);
	if (fault_stall_nth && !(seq % fault_stall_nth)) {
		__sync_fetch_and_add(&b->nr_stalled, 1);
		return true;
	}
	if (fault_misplace_nth && !(seq % fault_misplace_nth) && !(enq_flags & SCX_ENQ_REENQ)) {
		s32 nr_cids = scx_bpf_nr_cids(), cid;

		bpf_for(cid, 0, nr_cids) {
			if (pool_has(sub_usable(), cid) || !pool_has(sub_cmask(&t->sub), cid))
				continue;
			__sync_fetch_and_add(&b->nr_misplaced, 1);
			scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cid, slice_ns(), enq_flags);
			return true;
		}
	}
	return false;
}

void BPF_STRUCT_OPS(qmap_enqueue, struct task_struct *p, u64 enq_flags)
{
	qmap_task_t *t = (qmap_task_t *)sub_task(sub_storage(p));

	if (t) {
		t->seq = __sync_fetch_and_add(&policy_block(struct qmap_block)->next_seq, 1);
		if ((fault_error_after || fault_stall_nth || fault_misplace_nth) && qmap_fault(p, t, enq_flags))
			return;
	}
	sub_enqueue(p, enq_flags);
}

void BPF_STRUCT_OPS(qmap_dispatch, s32 cid, struct task_struct *prev)
{
	sub_dispatch(cid, prev);
}

bool BPF_STRUCT_OPS(qmap_core_sched_before, struct task_struct *a, struct task_struct *b)
{
	qmap_task_t *ta = (qmap_task_t *)sub_task(sub_storage(a));
	qmap_task_t *tb = (qmap_task_t *)sub_task(sub_storage(b));

	if (!ta || !tb)		/* a child's task, or one without a context */
		return time_before(a->scx.runnable_at, b->scx.runnable_at);
	if (core_order == CORE_ORDER_ARRIVAL)
		return time_before64(ta->seq, tb->seq);
	return time_before64(ta->sub.rival.vtime, tb->sub.rival.vtime);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(qmap_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	sub_task_t *t;
	s32 ret;

	if (fault_init_comm[0] && !bpf_strncmp(p->comm, sizeof(p->comm), (const char *)fault_init_comm))
		return -ENOMEM;
	ret = sub_init_task(p, args, &t);
	if (t)
		((qmap_task_t *)t)->seq = 0;
	return ret;
}

void BPF_STRUCT_OPS(qmap_sub_ecaps_updated, s32 cid, u64 before, u64 after)
{
	sub_ecaps(cid, after);
}

void BPF_STRUCT_OPS(qmap_dump, struct scx_dump_ctx *dctx)
{
	qmap_block_t *b = policy_block(struct qmap_block);
	s32 i;

	bpf_for(i, 0, QMAP_NR_FIFOS)
		scx_bpf_dump("qmap: queue %d: %llu tasks ever\n", i, b->nr_total[i & 7]);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(qmap_init)
{
	return sub_init();
}

DESCRIPTION(qmap_ops, "five weighted FIFOs");

SEC(".struct_ops.link")
struct sched_ext_ops_cid qmap_ops = {
	SUB_OPS(qmap),
	.core_sched_before	= (void *)qmap_core_sched_before,
	.sub_ecaps_updated	= (void *)qmap_sub_ecaps_updated,
	.dump			= (void *)qmap_dump,
	.flags			= SCX_OPS_TID_TO_TASK | SCX_OPS_ENQ_EXITING | SCX_OPS_ENQ_LAST,
	.name			= "qmap",
};
