// SPDX-License-Identifier: GPL-2.0
/*
 * supervise.c: what to do when a scheduler ends: give up what it held, tell why it ended, and attach it again, leave its
 * tasks to the parent, or end the tree.
 *
 * By the kernel's exit kind:
 *
 *	it failed: an error, a stall, too much rescue time, a parent's kill	on_exit decides
 *	the parent has ended, for whatever reason				it comes back when the parent has
 *	its cgroup was removed							it waits until the cgroup is there again
 *	somebody unregistered it						it is left, or the tree ends, as on_exit says
 *
 * on_exit = restart waits restart_delay_ms, then twice as long each time up to DELAY_DOUBLINGS times. After FAILURES_MAX
 * failures the node is left to its parent. One is forgiven for every FORGIVE_S that it runs: what fails once an hour comes
 * back for ever, and what fails every minute does not.
 *
 * A node that waits is as well as one that runs: nobody wants it to run now. From the start on it is what it is after a
 * cgroup was removed, and what is beneath it waits, too.
 *
 * A node whose attach has ended ATTEMPTS_MAX loaders is not tried again by the one that adopts it.
 *
 * Root is not restarted here: without it nothing of the tree is left, and a new start of the loader is what makes one.
 */
#include <errno.h>
#include <sys/inotify.h>
#include <syslog.h>

#include "kernel/cgroup.h"
#include "pins.h"
#include "tree_impl.h"

#define FAILURES_MAX	10
#define DELAY_DOUBLINGS	5
#define FORGIVE_S	600
#define ATTEMPTS_MAX	2

/* Of the kernel's enum scx_exit_kind and enum scx_exit_code */
#define EXIT_UNREG		64
#define EXIT_UNREG_KERN		66
#define EXIT_SYSRQ		67
#define EXIT_PARENT		68
#define CODE_REASON		(0xffffll << 32)
#define CODE_CGROUP_OFFLINE	(2ll << 32)

/* Who ended a scheduler */
enum ender { BY_ITSELF, BY_PARENT, BY_CGROUP, BY_SOMEBODY };

/* Is the cgroup the one that it was, and not gone, or another of the same name? */
static bool is_still(const struct sched *s, uint64_t id)
{
	uint64_t now;

	return !cgroup_id(s->node->cgroup, &now) && now == id;
}

/* Nobody told: what else is gone? */
static enum ender guess_ender(const struct tree *t, const struct sched *s)
{
	if (!is_still(s, s->cgroup_id))
		return BY_CGROUP;
	return tree_parent(t, s->node)->state == NODE_ATTACHED ? BY_ITSELF : BY_PARENT;
}

/* Of a parent that is about to end its children are often told first: they wait for its next start. */
static bool parent_is_ready(const struct tree *t, const struct sched *s)
{
	const struct sched *parent = tree_parent(t, s->node);

	return parent->state == NODE_ATTACHED && (!s->with_parent || parent->attached_at > s->attached_at);
}

static enum ender ender_of(const struct tree *t, const struct sched *s)
{
	switch (s->exit.kind) {
	case EXIT_UNREG:
	case EXIT_SYSRQ:
		return BY_SOMEBODY;
	case EXIT_PARENT:
		return BY_PARENT;
	case EXIT_UNREG_KERN:
		return (s->exit.code & CODE_REASON) == CODE_CGROUP_OFFLINE ? BY_CGROUP : BY_ITSELF;
	case EXIT_KIND_UNKNOWN:
		return s->node ? guess_ender(t, s) : BY_ITSELF;
	}
	return BY_ITSELF;
}

/* Report the end of a scheduler. That its cgroup was removed is what somebody meant to do. */
static void tree_tell_end(struct tree *t, const struct sched *s)
{
	_cleanup_(freep) char *how = exit_record_text(&s->exit);

	tree_tell_of(t, s, EVENT_ENDED, ender_of(t, s) == BY_CGROUP ? LOG_INFO : LOG_WARNING,
		     "'%s' (%s) on '%s' ended: %s", sched_name(s), s->obj->facts.ops_name, sched_cgroup(s), how);
}

/* Until its cgroup is there and the scheduler above attached: see supervise_restarts(). */
static void supervise_wait(struct tree *t, struct sched *s)
{
	const struct sched *parent = tree_parent(t, s->node);

	s->state = NODE_WAITING;
	s->restart_at = tree_now();
	s->with_parent = parent->state == NODE_WAITING;
	pins_record(s);
	if (s->with_parent)
		tree_tell_of(t, s, EVENT_WAITS, LOG_INFO, "'%s' waits for '%s'", s->node->name, sched_name(parent));
	else
		tree_tell_of(t, s, EVENT_WAITS, LOG_INFO, "'%s' waits for its cgroup '%s'", s->node->name,
			     s->node->cgroup);
}

/* Attach it; what somebody takes the cgroup from meanwhile waits. */
static int attach_or_wait(struct tree *t, struct sched *s, bool anew, struct problems *ps)
{
	size_t before = ps->nr;
	int r = anew ? tree_attach_anew(t, s, ps) : tree_attach_one(t, s, ps);

	if (r != -ESTALE)
		return r;
	problems_cut(ps, before);
	supervise_wait(t, s);
	/* a service that fails soon after each start is not hurried after */
	s->restart_at += s->node->restart_delay_ms / 1e3;
	return 0;
}

int supervise_attach(struct tree *t, struct sched *s, bool anew, struct problems *ps)
{
	if (tree_parent(t, s->node)->state != NODE_WAITING && (s->node->create || cgroup_is_there(s->node->cgroup)))
		return attach_or_wait(t, s, anew, ps);
	supervise_wait(t, s);
	return 0;
}

/* It, or the attempt to attach it again, has failed: try again later, unless it has too often. */
static void supervise_failure(struct tree *t, struct sched *s)
{
	unsigned int doublings;
	double delay;

	if (++s->nr_failures >= FAILURES_MAX) {
		s->state = NODE_LEFT;
		tree_tell_of(t, s, EVENT_LEFT, LOG_WARNING,
			     "'%s' has failed %u times and is left to '%s'; 'scx-loader reload' tries again",
			     s->node->name, s->nr_failures, sched_name(tree_parent(t, s->node)));
		return;
	}
	doublings = s->nr_failures - 1 < DELAY_DOUBLINGS ? s->nr_failures - 1 : DELAY_DOUBLINGS;
	delay = (1 << doublings) * (s->node->restart_delay_ms / 1e3);
	s->restart_at = tree_now() + delay;
	tree_tell_of(t, s, EVENT_WAITS, LOG_INFO, "'%s' is attached again in %.1f s", s->node->name, delay);
}

static void forgive(struct sched *s)
{
	unsigned int nr = (tree_now() - s->attached_at) / FORGIVE_S;

	s->nr_failures -= nr < s->nr_failures ? nr : s->nr_failures;
}

/* What becomes of a node whose scheduler has ended: true when the tree must end with it. */
static bool supervise_end(struct tree *t, struct sched *s)
{
	enum ender ender = ender_of(t, s);

	s->with_parent = ender == BY_PARENT;
	switch (ender) {
	case BY_PARENT:
		s->restart_at = tree_now();
		return false;
	case BY_CGROUP:
		s->restart_at = tree_now();
		if (!cgroup_is_there(s->node->cgroup))
			supervise_wait(t, s);
		return false;
	case BY_SOMEBODY:
		s->state = NODE_LEFT;
		tree_tell_of(t, s, EVENT_LEFT, LOG_WARNING,
			     "'%s' is left to '%s', as somebody wished; 'scx-loader reload' attaches it again",
			     s->node->name, sched_name(tree_parent(t, s->node)));
		break;
	case BY_ITSELF:
		forgive(s);
		if (s->node->on_exit == ON_EXIT_RESTART)
			supervise_failure(t, s);
	}
	return s->node->on_exit == ON_EXIT_STOP;
}

void supervise_adopted(struct tree *t, struct sched *s)
{
	bool failed = ender_of(t, s) == BY_ITSELF;

	if ((s->state == NODE_OPENED || s->state == NODE_EXITED || s->state == NODE_WAITING) &&
	    s->nr_attempts >= ATTEMPTS_MAX) {
		s->state = NODE_LEFT;
		tree_tell_of(t, s, EVENT_LEFT, LOG_WARNING,
			     "'%s' was being attached when %u loaders ended, and is left to '%s'; "
			     "'scx-loader reload' tries again",
			     s->node->name, s->nr_attempts, sched_name(tree_parent(t, s->node)));
		s->nr_attempts = 0;
	}
	if (s->state == NODE_WAITING || (s->state == NODE_EXITED && (!failed || s->node->on_exit == ON_EXIT_RESTART)))
		s->restart_at = tree_now();
}

int tree_attach_anew(struct tree *t, struct sched *s, struct problems *ps)
{
	_cleanup_(sched_freep) struct sched *fresh = NULL;
	struct object *ended;
	int r;

	/* reading the object may be what ends a loader */
	s->nr_attempts++;
	pins_record(s);
	r = sched_open(s->node, tree_image_of(t, s), tree_file_of(t, s->node), t->root, tree_parent(t, s->node),
		       t->kernel, &fresh, ps);
	s->nr_attempts = r ? 0 : s->nr_attempts - 1;
	if (r)
		return r;
	ended = s->obj;
	s->obj = fresh->obj;
	fresh->obj = ended;
	exit_record_clear(&s->last_exit);
	s->last_exit = s->exit;
	s->exit = (struct exit_record){};
	return tree_attach_one(t, s, ps);
}

/* Has it, and tree_poll() has yet to see it? */
static bool has_just_ended(const struct sched *s)
{
	struct exit_record e = {};
	bool ended = !object_exit_record(s->obj, &e) && e.kind;

	exit_record_clear(&e);
	return ended;
}

static void supervise_restarts(struct tree *t);

/* Something has come where a cgroup must come, or that folder has gone. The next one to watch may be another. */
static int on_cgroup(sd_event_source *source, const struct inotify_event *, void *arg)
{
	struct tree *t = arg;

	for (size_t i = 0; i < t->nr_scheds; i++)
		if (t->scheds[i]->comeback == source)
			t->scheds[i]->comeback = sd_event_source_disable_unref(source);
	supervise_restarts(t);
	return 0;
}

/* Watch the folder where the cgroup, or one above it, must come. Where that can't be, tree_poll() sees it come. */
static void watch_cgroup(struct tree *t, struct sched *s)
{
	_cleanup_(freep) char *folder = t->loop && !s->comeback ? cgroup_folder_above(s->node->cgroup) : NULL;

	if (folder)
		sd_event_add_inotify(t->loop, &s->comeback, folder, IN_CREATE | IN_ONLYDIR, on_cgroup, t);
}

/* Its time has come; whether it can be is for the caller to have seen. */
static void supervise_restart(struct tree *t, struct sched *s)
{
	bool again = s->attached_at;
	struct problems ps = {};
	int r;

	s->comeback = sd_event_source_disable_unref(s->comeback);
	s->restart_at = 0;
	r = attach_or_wait(t, s, true, &ps);
	s->nr_restarts += again && s->state == NODE_ATTACHED;
	tree_tell_failure(t, s, &ps);
	if (r && s->state == NODE_WAITING)
		s->state = again ? NODE_EXITED : NODE_FAILED;
	if (r && has_just_ended(tree_parent(t, s->node)))
		s->restart_at = tree_now();
	else if (r)
		supervise_failure(t, s);
	pins_record(s);
}

/*
 * Is the cgroup there, or to be made? One that is made for a node and that somebody removes stays so as long as the node above
 * runs; with that it is made again.
 */
static bool has_cgroup(const struct sched *s)
{
	return cgroup_is_there(s->node->cgroup) || (s->node->create && s->with_parent);
}

static void supervise_restarts(struct tree *t)
{
	for (size_t i = 0; i < t->nr_scheds; i++) {
		struct sched *s = t->scheds[i];
		bool above_waits = tree_parent(t, s->node)->state == NODE_WAITING;

		if (!s->restart_at)
			continue;
		if (above_waits && s->state != NODE_WAITING)
			supervise_wait(t, s);
		s->with_parent |= above_waits;
		if (tree_now() < s->restart_at || !parent_is_ready(t, s))
			continue;
		if (has_cgroup(s)) {
			supervise_restart(t, s);
			continue;
		}
		if (s->state != NODE_WAITING)
			supervise_wait(t, s);
		watch_cgroup(t, s);
	}
}

void tree_watch(struct tree *t, sd_event *loop)
{
	t->loop = loop;
}

void tree_note_end(struct tree *t, uint64_t cgroup_id, int kind, int64_t code, const char *reason)
{
	for (size_t i = 0; i < t->nr_scheds; i++) {
		struct sched *s = t->scheds[i];

		if (s->state != NODE_ATTACHED || s->cgroup_id != cgroup_id)
			continue;
		exit_record_clear(&s->told);
		exit_record_set(&s->told, kind, code, reason);
	}
}

enum tree_verdict tree_poll(struct tree *t)
{
	bool root_ended = sched_ended(t->root, tree_now()), stop = false;
	struct problems ps = {};

	if (root_ended)
		tree_tell_end(t, t->root);
	/* children first: what they held must be given up before their parent's */
	for (size_t i = t->nr_scheds; i-- > 0;) {
		struct sched *s = t->scheds[i];

		if (!sched_ended(s, tree_now()))
			continue;
		tree_tell_end(t, s);
		if (root_ended)
			continue;
		pins_record(s);
		sched_release(s, &t->pool, &ps);
		stop |= supervise_end(t, s);
		pins_record(s);
	}
	tree_tell_problems(t, &ps);
	if (root_ended)
		return ender_of(t, t->root) == BY_SOMEBODY ? TREE_STOPS : TREE_FAILED;
	tree_look_at_owned(t);
	tree_look_at_weights(t);
	if (!stop)
		supervise_restarts(t);
	return stop ? TREE_STOPS : TREE_GOES_ON;
}
