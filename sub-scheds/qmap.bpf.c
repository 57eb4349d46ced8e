// SPDX-License-Identifier: GPL-2.0
/*
 * qmap: five weighted FIFOs.
 *
 * A task waits in one of five queues by its weight (qmap_fifo_of). Each cid goes round the queues and takes 1, 2, 4, 8, 16
 * tasks from them in turn, so that a queue gets twice the turns of the one below. The idea of the five queues is that of
 * the kernel's demonstration scheduler of this name.
 *
 * A queue is a doubly linked list of task contexts in the region (qmap_abi.h), under a lock of its own. A context holds the
 * task's tid, by which dispatch finds the task again, also when it has lost its pid on the way out: a task that exits, or
 * a thread that takes its leader's pid in an exec, still passes through here.
 *
 * A task that may not run on the cid which looks for one is passed over, and keeps its place.
 *
 * Who writes what: links, head, tail and nr under the queue's lock; a task's own fields by the callback that has the task.
 * No lock is taken inside another.
 *
 * The fault_ tunables break the scheduler on purpose, so that tests can see who is hurt.
 */
#include "sub.bpf.h"
#include "qmap_abi.h"

TUNABLE(u32, batch, 1, "tasks", "1..32", "how many tasks a cid takes at once");
TUNABLE(bool, highpri_boost, false, "bool", "", "tasks of nice -20 go before all others");
enum { CORE_ORDER_QUEUE, CORE_ORDER_ARRIVAL };
TUNABLE(u32, core_order, CORE_ORDER_QUEUE, "queue|arrival", "",
	"core scheduling: which of two siblings' tasks goes first, by place in its weighted queue or by arrival");

TUNABLE(u32, fault_error_after, 0, "tasks", "0..4294967295", "for tests: end with an error after so many enqueues");
TUNABLE(u32, fault_stall_nth, 0, "tasks", "0..4294967295", "for tests: lose every so manyth task that is enqueued");
TUNABLE(u32, fault_misplace_nth, 0, "tasks", "0..4294967295",
	"for tests: send every so manyth task to a cid that we do not hold");
TUNABLE(bool, fault_key_pid, false, "bool", "", "for tests: find queued tasks by pid");
TUNABLE_STRING(fault_init_comm, 16, "for tests: refuse tasks of commands of this name");

#define HIGHPRI_WEIGHT	8668	/* what nice -20 is mapped to */
#define QMAP_LOOK_MAX	512	/* tasks of a queue looked at for one that may run on the cid */
#define QMAP_POP_MAX	64	/* contexts looked at in one dispatch: those of tasks that are gone cost one each */

struct qmap_task {
	struct sub_task sub;
	u64 next, prev;		/* arena addresses; the queue's lock */
	u32 fifo;		/* number of the queue plus 1; 0: in none. The queue's lock */
	u32 pad;
	u64 seq;		/* order of arrival */
};

typedef struct qmap_task __arena qmap_task_t;
typedef struct qmap_fifo __arena qmap_fifo_t;

SUB_POLICY(struct qmap_task, struct qmap_block);
SUB_CALLBACKS(qmap)

struct qmap_lock {
	struct bpf_res_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, QMAP_NR_FIFOS + 1);
	__type(key, u32);
	__type(value, struct qmap_lock);
} qmap_locks SEC(".maps");

/* Where a cid is in its round through the queues. */
struct qmap_cursor {
	u32 fifo;
	u32 left;		/* tasks to take before the next queue's turn */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct qmap_cursor);
} qmap_cursors SEC(".maps");

static __always_inline qmap_fifo_t *qmap_fifo_at(u32 nr)
{
	if (nr > QMAP_BOOSTED)
		nr = 0;
	return &policy_block(struct qmap_block)->fifos[nr];
}

static __always_inline qmap_task_t *qmap_task_at(u64 addr)
{
	return pool_ptr(qmap_task_t, addr);
}

static __always_inline struct bpf_res_spin_lock *qmap_lock(u32 nr)
{
	struct qmap_lock *l = bpf_map_lookup_elem(&qmap_locks, &nr);

	return l ? &l->lock : NULL;
}

static __always_inline u32 qmap_fifo_of(struct task_struct *p)
{
	u32 weight = p->scx.weight;

	if (highpri_boost && weight >= HIGHPRI_WEIGHT)
		return QMAP_BOOSTED;
	return weight <= 25 ? 0 : weight <= 50 ? 1 : weight < 200 ? 2 : weight < 400 ? 3 : 4;
}

/* Put a task at the end of a queue. Its rq lock is held: nobody else puts it anywhere. */
static __always_inline bool qmap_push(u32 nr, qmap_task_t *t)
{
	struct bpf_res_spin_lock *lock = qmap_lock(nr);
	qmap_fifo_t *f = qmap_fifo_at(nr);
	u64 addr = (u64)t;

	if (!lock || bpf_res_spin_lock(lock))
		return false;
	t->fifo = nr + 1;
	t->next = 0;
	t->prev = f->tail;
	if (f->tail)
		qmap_task_at(f->tail)->next = addr;
	else
		f->head = addr;
	f->tail = addr;
	f->nr++;
	f->nr_total++;
	bpf_res_spin_unlock(lock);
	return true;
}

/* Unlink a task; the queue's lock is held. */
static __always_inline void qmap_unlink(qmap_fifo_t *f, qmap_task_t *t)
{
	if (t->next)
		qmap_task_at(t->next)->prev = t->prev;
	else
		f->tail = t->prev;
	if (t->prev)
		qmap_task_at(t->prev)->next = t->next;
	else
		f->head = t->next;
	t->fifo = 0;
	f->nr--;
}

/*
 * The first task of a queue that may run on a cid; 0: none. Also one that may run on no cid of ours any more, as we have
 * lost those since it was queued. The queue's lock is held.
 */
static __noinline u64 qmap_first_fit(u32 nr, s32 cid)
{
	u64 addr = qmap_fifo_at(nr)->head;
	u32 i;

	bpf_for(i, 0, QMAP_LOOK_MAX) {
		qmap_task_t *t = qmap_task_at(addr);

		if (!addr || pool_has(sub_cmask(&t->sub), cid) || !cmask_intersects(sub_cmask(&t->sub), sub_usable()))
			return addr;
		addr = t->next;
		barrier_var(addr);
	}
	return 0;
}

/* The same; nearly always that is the head, which is spared the loop. */
static __always_inline u64 qmap_first(u32 nr, s32 cid)
{
	u64 head = qmap_fifo_at(nr)->head;

	return head && pool_has(sub_cmask(&qmap_task_at(head)->sub), cid) ? head : qmap_first_fit(nr, cid);
}

/* Take that out of the queue. (Not static: see pool_next_in_all().) */
__noinline u64 qmap_pop_locked(u32 nr, s32 cid)
{
	struct bpf_res_spin_lock *lock = qmap_lock(nr);
	qmap_fifo_t *f = qmap_fifo_at(nr);
	u64 addr;

	if (!lock || bpf_res_spin_lock(lock))
		return 0;
	addr = qmap_first(nr, cid);
	if (addr) {
		qmap_task_t *t = qmap_task_at(addr);

		qmap_unlink(f, t);
		f->head_seq = t->seq;
	}
	bpf_res_spin_unlock(lock);
	return addr;
}

static __always_inline u64 qmap_pop(u32 nr, s32 cid)
{
	return qmap_fifo_at(nr)->head ? qmap_pop_locked(nr, cid) : 0;
}

/* Take a task out of whatever queue it is in; a pop may be faster. */
static __always_inline void qmap_remove(qmap_task_t *t)
{
	u32 fifo = t->fifo;
	struct bpf_res_spin_lock *lock;

	if (!fifo)
		return;
	lock = qmap_lock(fifo - 1);
	if (!lock || bpf_res_spin_lock(lock))
		return;
	if (t->fifo == fifo)
		qmap_unlink(qmap_fifo_at(fifo - 1), t);
	bpf_res_spin_unlock(lock);
}

/* The next context in this cid's round; 0 when no queue has one for it. (Not static: see pool_next_in_all().) */
__noinline u64 qmap_next(s32 cid)
{
	u64 addr = highpri_boost ? qmap_pop(QMAP_BOOSTED, cid) : 0;
	struct qmap_cursor *cur;
	u32 key = 0, i;

	cur = bpf_map_lookup_elem(&qmap_cursors, &key);
	for (i = 0; cur && !addr && i <= QMAP_NR_FIFOS; i++) {
		if (!cur->left) {
			cur->fifo = (cur->fifo + 1) % QMAP_NR_FIFOS;
			cur->left = 1 << cur->fifo;
		}
		addr = qmap_pop(cur->fifo, cid);
		cur->left = addr ? cur->left - 1 : 0;
	}
	return addr;
}

/* Send a task to @cid, or have it rescued. True when it went to @cid. All but the first of a batch wait there. */
static __always_inline bool qmap_place(struct task_struct *p, qmap_task_t *t, s32 cid)
{
	if (pool_has(sub_cmask(&t->sub), cid)) {
		scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | cid, slice_ns(), batch > 1 ? 0 : SCX_ENQ_IMMED);
		return true;
	}
	scx_bpf_dsq_insert(p, SCX_DSQ_LOCAL_ON | scx_bpf_task_cid(p), slice_ns(), SCX_ENQ_RESCUE);
	return false;
}

/* The task of a context, by its tid; by its pid for the test that shows what that leads to. */
static bool qmap_dispatch_ctx(u64 addr, s32 cid)
{
	qmap_task_t *t = qmap_task_at(addr);
	struct task_struct *p;
	bool here = false;

	if (fault_key_pid) {
		p = bpf_task_from_pid(t->sub.pid);
		if (p) {
			here = qmap_place(p, t, cid);
			bpf_task_release(p);
			return here;
		}
	} else {
		p = scx_bpf_tid_to_task(t->sub.tid);
		if (p)
			return qmap_place(p, t, cid);
	}
	__sync_fetch_and_add(&sub_region()->nr_orphans, 1);
	return false;
}

static bool policy_dispatch(s32 cid)
{
	u32 taken = 0, i;
	u64 addr;

	bpf_for(i, 0, QMAP_POP_MAX) {
		addr = qmap_next(cid);
		if (!addr)
			break;
		if (qmap_dispatch_ctx(addr, cid) && ++taken >= batch)
			break;
		if (!scx_bpf_dispatch_nr_slots())
			break;
	}
	return taken;
}

/* Fault injection at enqueue: true when the task is dealt with. */
static __always_inline bool qmap_fault(struct task_struct *p, qmap_task_t *t, u64 enq_flags)
{
	struct qmap_block __arena *b = policy_block(struct qmap_block);
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
	struct sub_storage *stor = sub_enqueue(p, enq_flags);
	qmap_task_t *t = (qmap_task_t *)sub_task(stor);

	if (!t)
		return;
	t->seq = __sync_fetch_and_add(&policy_block(struct qmap_block)->next_seq, 1);
	if ((fault_error_after || fault_stall_nth || fault_misplace_nth) && qmap_fault(p, t, enq_flags))
		return;
	if (!qmap_push(qmap_fifo_of(p), t)) {
		scx_bpf_error("qmap: a queue's lock was not to be had");
		return;
	}
	sub_queued(p, stor);
}

void BPF_STRUCT_OPS(qmap_dequeue, struct task_struct *p, u64 deq_flags)
{
	struct sub_storage *stor = sub_storage(p);
	sub_task_t *t = sub_task(stor);

	if (t)
		qmap_remove((qmap_task_t *)t);
	sub_dequeue(stor);
}

void BPF_STRUCT_OPS(qmap_dispatch, s32 cid, struct task_struct *prev)
{
	sub_dispatch(cid, prev);
}

/* How far a task is from the head of its queue, in turns: a queue that gets twice the turns is half as far. */
static __always_inline s64 qmap_distance(struct task_struct *p, qmap_task_t *t)
{
	u32 fifo = qmap_fifo_of(p);
	s64 d = t->seq - qmap_fifo_at(fifo)->head_seq;

	return d >= 0 ? d << (QMAP_BOOSTED - fifo) : d << fifo;
}

bool BPF_STRUCT_OPS(qmap_core_sched_before, struct task_struct *a, struct task_struct *b)
{
	qmap_task_t *ta = (qmap_task_t *)sub_task(sub_storage(a));
	qmap_task_t *tb = (qmap_task_t *)sub_task(sub_storage(b));

	if (!ta || !tb)		/* a child's task, or one without a context */
		return time_before(a->scx.runnable_at, b->scx.runnable_at);
	if (core_order == CORE_ORDER_ARRIVAL)
		return time_before64(ta->seq, tb->seq);
	return qmap_distance(a, ta) < qmap_distance(b, tb);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(qmap_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	sub_task_t *st;
	s32 ret;

	if (fault_init_comm[0] && !bpf_strncmp(p->comm, sizeof(p->comm), (const char *)fault_init_comm))
		return -ENOMEM;
	ret = sub_init_task(p, &st);
	if (st) {
		qmap_task_t *t = (qmap_task_t *)st;

		t->fifo = 0;
		t->next = 0;
		t->prev = 0;
		t->seq = 0;
	}
	return ret;
}

void BPF_STRUCT_OPS(qmap_sub_ecaps_updated, s32 cid, u64 before, u64 after)
{
	sub_ecaps(cid, after);
}

void BPF_STRUCT_OPS(qmap_dump, struct scx_dump_ctx *dctx)
{
	s32 i;

	bpf_for(i, 0, QMAP_BOOSTED + 1) {
		qmap_fifo_t *f = qmap_fifo_at(i);

		scx_bpf_dump("qmap: queue %d: %llu tasks, %llu ever\n", i, f->nr, f->nr_total);
	}
}

s32 BPF_STRUCT_OPS_SLEEPABLE(qmap_init)
{
	return sub_init();
}

DESCRIPTION(qmap_ops, "five weighted FIFOs");

SEC(".struct_ops.link")
struct sched_ext_ops_cid qmap_ops = {
	SUB_OPS(qmap),
	.enqueue		= (void *)qmap_enqueue,
	.dequeue		= (void *)qmap_dequeue,
	.dispatch		= (void *)qmap_dispatch,
	.core_sched_before	= (void *)qmap_core_sched_before,
	.init_task		= (void *)qmap_init_task,
	.init			= (void *)qmap_init,
	.sub_ecaps_updated	= (void *)qmap_sub_ecaps_updated,
	.dump			= (void *)qmap_dump,
	.flags			= SCX_OPS_TID_TO_TASK | SCX_OPS_ENQ_EXITING | SCX_OPS_ENQ_LAST,
	.timeout_ms		= WATCHDOG_MS,
	.name			= "qmap",
};
