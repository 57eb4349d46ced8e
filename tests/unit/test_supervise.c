// SPDX-License-Identifier: GPL-2.0
/*
 * test_supervise.c: what becomes of a scheduler that has ended, by how the kernel says it did. The clock, the cgroups and
 * the kernel are this file's: attaching works unless it is told to fail.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader/kernel/cgroup.h"
#include "loader/tree/pins.h"
#include "loader/tree/tree_impl.h"

/* The kernel's enum scx_exit_kind and enum scx_exit_code */
#define EXIT_UNREG		64
#define EXIT_UNREG_BPF		65
#define EXIT_UNREG_KERN		66
#define EXIT_SYSRQ		67
#define EXIT_PARENT		68
#define EXIT_PARENT_KILL	69
#define EXIT_ERROR		1024
#define EXIT_STALL		1026
#define EXIT_RESCUE		1028
#define CGROUP_OFFLINE		(2ll << 32)
#define HOTPLUG_RESTART		(1ll << 32 | 1ll << 48)

/* The kernel: what it has yet to tell, by the schedulers' own fields */

static struct {
	double now;
	bool attach_fails, parent_ends, cgroup_goes, no_controller;
	unsigned int weights[2];
	char said[4096];
} world;

static struct sched root, web, batch;
static struct sched *scheds[] = { &web, &batch };
static struct object objects[4];
static struct node nodes[2];
static struct hierarchy hierarchy;
static bool ended[3], cgroup_gone[2];

static size_t index_of(const struct sched *s)
{
	return s == &web ? 0 : s == &batch ? 1 : 2;
}

static void end(struct sched *s, int kind, int64_t code)
{
	ended[index_of(s)] = true;
	s->exit.kind = kind;
	s->exit.code = code;
}

double tree_now(void)
{
	return world.now;
}

void tree_tell_of(struct tree *, const struct sched *, enum tree_event_kind, int, const char *fmt, ...)
{
	size_t len = strlen(world.said);
	va_list args;

	va_start(args, fmt);
	vsnprintf(world.said + len, sizeof(world.said) - len, fmt, args);
	va_end(args);
	strcat(world.said, "\n");
}

void tree_tell_failure(struct tree *t, const struct sched *s, struct problems *ps)
{
	for (size_t i = 0; i < ps->nr; i++)
		tree_tell_of(t, s, EVENT_FAILED, 0, "%s", ps->list[i].text);
	problems_free(ps);
}

void tree_tell_problems(struct tree *t, struct problems *ps)
{
	tree_tell_failure(t, NULL, ps);
}

struct sched *tree_parent(const struct tree *, const struct node *node)
{
	return node->parent ? &web : &root;
}

struct image *tree_image_of(const struct tree *, const struct sched *)
{
	return NULL;
}

const char *tree_file_of(const struct tree *, const struct node *)
{
	return NULL;
}

int tree_attach_one(struct tree *t, struct sched *s, struct problems *ps)
{
	if (s == &batch && world.parent_ends)
		end(&web, EXIT_ERROR, 0);
	if (world.cgroup_goes) {
		cgroup_gone[index_of(s)] = true;
		problem_add(ps, NULL, 0, NULL, "can't open cgroup '%s'", s->node->cgroup);
		return -ESTALE;
	}
	if (world.attach_fails || ended[0]) {
		problem_add(ps, NULL, 0, NULL, "can't attach '%s'", s->node->name);
		return -EIO;
	}
	tree_tell_of(t, s, EVENT_ATTACHED, 0, "attached '%s'", s->node->name);
	s->state = NODE_ATTACHED;
	s->attached_at = world.now;
	return 0;
}

const char *sched_name(const struct sched *s)
{
	return s->node ? s->node->name : "root";
}

const char *sched_cgroup(const struct sched *s)
{
	return s->node ? s->node->cgroup : "/";
}

int sched_open(const struct node *, struct image *, const char *, const struct sched *, const struct sched *,
	       const struct btf *, struct sched **ret, struct problems *)
{
	*ret = calloc(1, sizeof(**ret));
	(*ret)->obj = &objects[2];
	return 0;
}

void sched_free(struct sched *s)
{
	free(s);
}

void sched_release(struct sched *, const struct pool *, struct problems *)
{
}

bool sched_ended(struct sched *s, double)
{
	bool has = s->state == NODE_ATTACHED && ended[index_of(s)];

	if (has)
		s->state = NODE_EXITED;
	ended[index_of(s)] = false;
	return has;
}

static unsigned int most_attempts;	/* that were ever written down */

int pins_record(struct sched *s)
{
	if (s->nr_attempts > most_attempts)
		most_attempts = s->nr_attempts;
	return 0;
}

/* What tree_poll() has yet to see */
int object_exit_record(const struct object *obj, struct exit_record *ret)
{
	ret->kind = obj == web.obj && ended[0] ? EXIT_ERROR : 0;
	return 0;
}

void exit_record_clear(struct exit_record *e)
{
	e->kind = 0;
}

void exit_record_set(struct exit_record *, int, int64_t, const char *)
{
}

char *exit_record_text(const struct exit_record *e)
{
	char *text;

	return asprintf(&text, "kind %d", e->kind) < 0 ? NULL : text;
}

int cgroup_id(const char *path, uint64_t *ret)
{
	*ret = 7;
	return cgroup_gone[strcmp(path, "/web") != 0] ? -ENOENT : 0;
}

int cgroup_get_weight(const char *path, unsigned int *ret)
{
	*ret = world.weights[strcmp(path, "/web") != 0];
	return world.no_controller ? -ENOENT : 0;
}

const char *cgroup_unit(const char *path)
{
	return strcmp(path, "/web") ? NULL : "web.slice";
}

int sched_weigh(const struct node *node, const char *, struct problems *)
{
	world.weights[node != &nodes[0]] = node->weight;
	return 0;
}

int cgroup_cpus(const char *, struct cid_set *)
{
	return -ENOENT;
}

static char folder[32];

char *cgroup_folder_above(const char *)
{
	return *folder ? strdup(folder) : NULL;
}

/* The tree: [batch] beneath [web] */

static struct tree tree = { .h = &hierarchy, .root = &root, .scheds = scheds, .nr_scheds = 2 };

static int set_up(void **)
{
	static char reason[] = "reason";

	memset(&world, 0, sizeof(world));
	world.now = 1000;
	tree.look_at_weights = 0;
	memset(cgroup_gone, 0, sizeof(cgroup_gone));
	objects[0].facts.ops_name = objects[1].facts.ops_name = objects[2].facts.ops_name = objects[3].facts.ops_name =
		(char *)"qmap";
	nodes[0] = (struct node){
		.name = (char *)"web", .cgroup = (char *)"/web", .on_exit = ON_EXIT_RESTART, .restart_delay_ms = 1000
	};
	nodes[1] = (struct node){
		.name = (char *)"batch", .cgroup = (char *)"/web/batch", .parent = &nodes[0], .restart_delay_ms = 1000
	};
	root = (struct sched){ .obj = &objects[3], .state = NODE_ATTACHED };
	web = (struct sched){
		.node = &nodes[0], .obj = &objects[0], .state = NODE_ATTACHED, .cgroup_id = 7, .attached_at = 1000
	};
	batch = (struct sched){
		.node = &nodes[1], .obj = &objects[1], .state = NODE_ATTACHED, .cgroup_id = 7, .attached_at = 1000
	};
	root.exit.reason = web.exit.reason = batch.exit.reason = reason;
	return 0;
}

static enum tree_verdict poll_after(double seconds)
{
	*world.said = '\0';
	world.now += seconds;
	return tree_poll(&tree);
}

#define assert_said(text) assert_string_equal(world.said, text)

/* Ten failures in a row, each told with the time to the next try; after the tenth there is none. */
static void test_backs_off(void **)
{
	static const unsigned int delays[] = { 1, 2, 4, 8, 16, 32, 32, 32, 32 };
	char expected[256];

	for (size_t i = 0; i < 9; i++) {
		end(&web, EXIT_ERROR, 0);
		assert_int_equal(poll_after(1), TREE_GOES_ON);
		snprintf(expected, sizeof(expected),
			 "'web' (qmap) on '/web' ended: kind 1024\n'web' is attached again in %u.0 s\n", delays[i]);
		assert_said(expected);
		poll_after(delays[i] - 0.1);
		assert_said("");
		assert_int_equal(web.state, NODE_EXITED);
		poll_after(0.2);
		assert_said("attached 'web'\n");
		assert_int_equal(web.nr_restarts, i + 1);
	}
	end(&web, EXIT_STALL, 0);
	assert_int_equal(poll_after(1), TREE_GOES_ON);
	assert_said("'web' (qmap) on '/web' ended: kind 1026\n"
		    "'web' has failed 10 times and is left to 'root'; 'scx-loader reload' tries again\n");
	assert_int_equal(web.state, NODE_LEFT);
	poll_after(1000);
	assert_said("");
}

/* What could not be attached again counts, too, and waits as long. */
static void test_attach_fails(void **)
{
	end(&web, EXIT_RESCUE, 0);
	poll_after(1);
	world.attach_fails = true;
	poll_after(1.1);
	assert_said("can't attach 'web'\n'web' is attached again in 2.0 s\n");
	for (int i = 0; i < 20; i++)
		poll_after(40);
	assert_int_equal(web.state, NODE_LEFT);
	assert_int_equal(web.nr_failures, 10);
	assert_int_equal(web.nr_restarts, 0);
}

/* The cgroup of a service that fails soon after each start goes while the scheduler is being attached. */
static void test_vanishes(void **)
{
	end(&web, EXIT_UNREG_KERN, CGROUP_OFFLINE);
	world.attach_fails = world.cgroup_goes = true;
	poll_after(1);
	assert_non_null(strstr(world.said, "'web' waits for its cgroup '/web'\n"));
	for (int i = 0; i < 20; i++) {
		cgroup_gone[0] = false;
		poll_after(1.1);
	}
	assert_int_equal(web.nr_failures, 0);
	world.attach_fails = world.cgroup_goes = cgroup_gone[0] = false;
	poll_after(1.1);
	assert_said("attached 'web'\n");
}

/* What somebody else makes of a node's weight is told once, with what keeps it; of a node without one nothing is. */
static void test_weights(void **)
{
	static const char *const remedy = "; 'systemctl set-property web.slice CPUWeight=300' keeps it\n";
	char expected[256];

	nodes[0].weight = world.weights[0] = 300;
	world.weights[1] = 50;
	poll_after(1.1);
	assert_said("");
	world.weights[0] = 100;
	poll_after(1.1);
	snprintf(expected, sizeof(expected), "somebody else has changed the weight of 'web' from 300 to 100%s", remedy);
	assert_said(expected);
	poll_after(1.1);
	assert_said("");
	world.no_controller = true;
	poll_after(1.1);
	snprintf(expected, sizeof(expected), "the cpu controller of '/web' was taken away: 'web' has no weight%s",
		 remedy);
	assert_int_equal(strncmp(world.said, expected, strlen(expected)), 0);
	assert_true(web.unweighed && batch.unweighed);
	poll_after(1.1);
	assert_said("");
	world.no_controller = false;
	poll_after(1.1);
	assert_non_null(strstr(world.said, "the cpu controller of '/web' is there again\n"));
	assert_false(web.unweighed || batch.unweighed);
	assert_int_equal(world.weights[0], 300);
}

/* Who ran for a minute begins anew, who ran for less does not. */
static void test_steady(void **)
{
	end(&web, EXIT_ERROR, 0);
	poll_after(1);
	poll_after(1.1);
	end(&web, EXIT_ERROR, 0);
	poll_after(599);
	assert_int_equal(web.nr_failures, 2);
	poll_after(2.1);
	end(&web, EXIT_ERROR, 0);
	poll_after(601);
	assert_int_equal(web.nr_failures, 2);
	poll_after(2.1);
	end(&web, EXIT_ERROR, 0);
	poll_after(3000);
	assert_int_equal(web.nr_failures, 1);
	assert_non_null(strstr(world.said, "again in 1.0 s"));
}

/* What fails a while after each start does not do so for ever. */
static void test_not_steady(void **)
{
	for (int i = 0; i < 10; i++) {
		assert_int_equal(web.state, NODE_ATTACHED);
		end(&web, EXIT_ERROR, 0);
		poll_after(70);
		poll_after(32.1);
	}
	assert_int_equal(web.state, NODE_LEFT);
}

static void test_delay_of_the_node(void **)
{
	nodes[0].restart_delay_ms = 200;
	end(&web, EXIT_ERROR, 0);
	poll_after(0);
	poll_after(0.25);
	assert_int_equal(web.state, NODE_ATTACHED);
}

/* That it failed is for on_exit to judge, whichever way it did. */
static void test_leave_and_stop(void **)
{
	static const int kinds[] = { EXIT_UNREG_BPF, EXIT_PARENT_KILL, EXIT_ERROR,
				     EXIT_STALL,     EXIT_RESCUE,      EXIT_KIND_UNKNOWN };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		set_up(NULL);
		end(&batch, kinds[i], 0);
		assert_int_equal(poll_after(1), TREE_GOES_ON);
		assert_int_equal(poll_after(1000), TREE_GOES_ON);
		assert_int_equal(batch.state, NODE_EXITED);

		set_up(NULL);
		nodes[1].on_exit = ON_EXIT_STOP;
		end(&batch, kinds[i], 0);
		assert_int_equal(poll_after(1), TREE_STOPS);
	}
}

/* What ended with its parent comes back with it, whatever on_exit says, and has not failed. */
static void test_parent(void **)
{
	for (enum on_exit on_exit = ON_EXIT_LEAVE; on_exit <= ON_EXIT_STOP; on_exit++) {
		set_up(NULL);
		nodes[1].on_exit = on_exit;
		end(&web, EXIT_ERROR, 0);
		end(&batch, EXIT_PARENT, 0);
		assert_int_equal(poll_after(1), TREE_GOES_ON);
		assert_int_equal(poll_after(0.9), TREE_GOES_ON);
		assert_int_equal(batch.state, NODE_EXITED);
		poll_after(0.2);
		assert_said("attached 'web'\nattached 'batch'\n");
		assert_int_equal(batch.nr_failures, 0);
	}
}

/* What ends with its parent is told of before the parent is, or after it is back: it waits for the next one. */
static void test_parent_is_told_later(void **)
{
	end(&batch, EXIT_PARENT, 0);
	poll_after(1);
	poll_after(1);
	assert_int_equal(batch.state, NODE_EXITED);
	end(&web, EXIT_ERROR, 0);
	poll_after(1);
	poll_after(1.1);
	assert_said("attached 'web'\nattached 'batch'\n");

	end(&web, EXIT_ERROR, 0);
	poll_after(1);
	poll_after(2.1);
	assert_said("attached 'web'\n");
	end(&batch, EXIT_PARENT, 0);
	poll_after(1);
	assert_int_equal(batch.state, NODE_ATTACHED);
}

/* The parent fails again while what lies below is attached: that does not count for it. */
static void test_parent_fails_again(void **)
{
	end(&web, EXIT_ERROR, 0);
	end(&batch, EXIT_PARENT, 0);
	poll_after(1);
	world.parent_ends = true;
	poll_after(1.1);
	assert_said("attached 'web'\ncan't attach 'batch'\n");
	assert_int_equal(batch.nr_failures, 0);
	world.parent_ends = false;
	poll_after(0.2);
	poll_after(2.1);
	assert_int_equal(batch.state, NODE_ATTACHED);
}

/* So does what lost its cgroup; attaching that fails is tried again also where on_exit = leave. */
static void test_cgroup(void **)
{
	cgroup_gone[1] = true;
	end(&batch, EXIT_UNREG_KERN, CGROUP_OFFLINE);
	assert_int_equal(poll_after(1), TREE_GOES_ON);
	assert_said("'batch' (qmap) on '/web/batch' ended: kind 66\n'batch' waits for its cgroup '/web/batch'\n");
	poll_after(1000);
	assert_said("");
	assert_int_equal(batch.state, NODE_WAITING);
	cgroup_gone[1] = false;
	world.attach_fails = true;
	poll_after(1);
	assert_int_equal(batch.state, NODE_EXITED);
	world.attach_fails = false;
	poll_after(1.1);
	assert_said("attached 'batch'\n");
	assert_int_equal(batch.nr_failures, 1);
}

/* What was never attached is attached as soon as it can be, parents first, and that was no restart. */
static void test_not_there_at_the_start(void **)
{
	struct problems ps = {};

	web.state = batch.state = NODE_OPENED;
	web.attached_at = batch.attached_at = 0;
	nodes[1].create = true;
	cgroup_gone[0] = cgroup_gone[1] = true;
	assert_int_equal(supervise_attach(&tree, &web, false, &ps), 0);
	assert_int_equal(supervise_attach(&tree, &batch, false, &ps), 0);
	assert_said("'web' waits for its cgroup '/web'\n'batch' waits for 'web'\n");
	poll_after(1000);
	assert_said("");
	assert_int_equal(web.state, NODE_WAITING);
	assert_int_equal(batch.state, NODE_WAITING);
	cgroup_gone[0] = false;
	poll_after(1);
	assert_said("attached 'web'\nattached 'batch'\n");
	assert_int_equal(web.nr_restarts, 0);
	assert_int_equal(ps.nr, 0);
	/* what attaches at once */
	*world.said = '\0';
	cgroup_gone[1] = true;
	assert_int_equal(supervise_attach(&tree, &batch, false, &ps), 0);
	assert_said("attached 'batch'\n");
	world.attach_fails = true;
	assert_int_equal(supervise_attach(&tree, &batch, false, &ps), -EIO);
	problems_free(&ps);
}

/* Somebody removes the cgroup while it is attached: nothing has failed. */
static void test_cgroup_goes_meanwhile(void **)
{
	struct problems ps = {};

	web.state = NODE_OPENED;
	world.cgroup_goes = true;
	assert_int_equal(supervise_attach(&tree, &web, false, &ps), 0);
	assert_said("'web' waits for its cgroup '/web'\n");
	assert_int_equal(ps.nr, 0);
	cgroup_gone[0] = false;
	poll_after(1);
	assert_said("'web' waits for its cgroup '/web'\n");
	assert_int_equal(web.nr_failures, 0);
	cgroup_gone[0] = world.cgroup_goes = false;
	poll_after(0);
	assert_said("");
	poll_after(1);
	assert_said("attached 'web'\n");
	problems_free(&ps);
}

/* What ended with the node above waits with that, also when it had failed itself; its own cgroup is made again. */
static void test_waits_with_parent(void **)
{
	nodes[1].create = true;
	nodes[1].on_exit = ON_EXIT_RESTART;
	end(&batch, EXIT_ERROR, 0);
	poll_after(0);
	assert_int_equal(batch.state, NODE_EXITED);
	cgroup_gone[0] = cgroup_gone[1] = true;
	end(&web, EXIT_UNREG_KERN, CGROUP_OFFLINE);
	poll_after(0);
	assert_int_equal(batch.state, NODE_WAITING);
	cgroup_gone[0] = false;
	poll_after(5);
	assert_said("attached 'web'\nattached 'batch'\n");
	/* but who takes only that away is not worked against */
	end(&batch, EXIT_UNREG_KERN, CGROUP_OFFLINE);
	poll_after(5);
	poll_after(5);
	assert_int_equal(batch.state, NODE_WAITING);
}

/* One that is to be attached again after a failure, and whose cgroup goes before, waits; what then fails is no longer waiting. */
static void test_cgroup_goes_before_restart(void **)
{
	end(&web, EXIT_ERROR, 0);
	poll_after(0);
	cgroup_gone[0] = true;
	poll_after(1.1);
	assert_said("'web' waits for its cgroup '/web'\n");
	cgroup_gone[0] = false;
	world.attach_fails = true;
	poll_after(1);
	assert_int_equal(web.state, NODE_EXITED);
	assert_int_equal(web.nr_failures, 2);
}

/* A cgroup that comes is seen by the loop, without a poll; and what comes beside it changes nothing. */
static void test_cgroup_is_watched(void **)
{
	sd_event *loop = NULL;
	char name[64];

	strcpy(folder, "/tmp/test_supervise.XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(sd_event_new(&loop), 0);
	tree_watch(&tree, loop);
	cgroup_gone[1] = true;
	end(&batch, EXIT_UNREG_KERN, CGROUP_OFFLINE);
	poll_after(1);
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s/%d", folder, i);
		assert_int_equal(batch.state, NODE_WAITING);
		cgroup_gone[1] = i == 0;
		assert_int_equal(mkdir(name, 0700), 0);
		assert_true(sd_event_run(loop, 1000000) > 0);
		rmdir(name);
	}
	assert_int_equal(batch.state, NODE_ATTACHED);
	assert_null(batch.comeback);
	tree_watch(&tree, NULL);
	sd_event_unref(loop);
	rmdir(folder);
	*folder = '\0';
}

/* One that keeps no record, on a kernel that does not tell: the cgroup does. */
static void test_cgroup_untold(void **)
{
	cgroup_gone[1] = true;
	end(&batch, EXIT_KIND_UNKNOWN, 0);
	poll_after(1);
	cgroup_gone[1] = false;
	poll_after(1);
	assert_said("attached 'batch'\n");
	assert_int_equal(batch.nr_failures, 0);
	/* it came back so soon that only its number tells */
	batch.cgroup_id = 8;
	end(&batch, EXIT_KIND_UNKNOWN, 0);
	poll_after(1);
	assert_int_equal(batch.state, NODE_ATTACHED);
}

/* Somebody's wish is nothing to work against. */
static void test_unregistered(void **)
{
	end(&web, EXIT_UNREG, 0);
	assert_int_equal(poll_after(1), TREE_GOES_ON);
	poll_after(1000);
	assert_int_equal(web.state, NODE_LEFT);
	set_up(NULL);
	nodes[0].on_exit = ON_EXIT_STOP;
	end(&web, EXIT_UNREG, 0);
	assert_int_equal(poll_after(1), TREE_STOPS);
}

static void test_root(void **)
{
	static const struct {
		int kind;
		int64_t code;
		enum tree_verdict verdict;
	} ends[] = { { EXIT_ERROR, 0, TREE_FAILED },
		     { EXIT_STALL, 0, TREE_FAILED },
		     { EXIT_UNREG_KERN, HOTPLUG_RESTART, TREE_FAILED },
		     { EXIT_KIND_UNKNOWN, 0, TREE_FAILED },
		     { EXIT_UNREG, 0, TREE_STOPS },
		     { EXIT_SYSRQ, 0, TREE_STOPS } };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		set_up(NULL);
		end(&root, ends[i].kind, ends[i].code);
		end(&web, EXIT_PARENT, 0);
		assert_int_equal(poll_after(1), ends[i].verdict);
	}
}

/* What had ended under another loader comes back as it would have under that. */
static void test_adopted(void **)
{
	static const struct {
		enum node_state state;
		enum on_exit on_exit;
		int kind;
		int64_t code;
		bool back;
	} cases[] = {
		{ NODE_EXITED, ON_EXIT_RESTART, EXIT_ERROR, 0, true },
		{ NODE_EXITED, ON_EXIT_LEAVE, EXIT_ERROR, 0, false },
		{ NODE_EXITED, ON_EXIT_LEAVE, EXIT_PARENT, 0, true },
		{ NODE_EXITED, ON_EXIT_LEAVE, EXIT_UNREG_KERN, CGROUP_OFFLINE, true },
		{ NODE_LEFT, ON_EXIT_RESTART, EXIT_ERROR, 0, false },
		{ NODE_FAILED, ON_EXIT_RESTART, 0, 0, false },
		{ NODE_WAITING, ON_EXIT_LEAVE, 0, 0, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		set_up(NULL);
		web.state = cases[i].state;
		web.exit.kind = cases[i].kind;
		web.exit.code = cases[i].code;
		nodes[0].on_exit = cases[i].on_exit;
		supervise_adopted(&tree, &web);
		poll_after(0.1);
		assert_said(cases[i].back ? "attached 'web'\n" : "");
	}
}

/* What ended two loaders while they attached it does not get a third. */
static void test_ended_loaders(void **)
{
	web.state = NODE_EXITED;
	web.exit.kind = EXIT_ERROR;
	web.nr_attempts = 1;
	most_attempts = 0;
	supervise_adopted(&tree, &web);
	poll_after(0.1);
	assert_said("attached 'web'\n");
	assert_int_equal(most_attempts, 2);

	set_up(NULL);
	web.state = NODE_OPENED;
	web.nr_attempts = 2;
	supervise_adopted(&tree, &web);
	assert_said("'web' was being attached when 2 loaders ended, and is left to 'root'; 'scx-loader reload' tries "
		    "again\n");
	assert_int_equal(web.state, NODE_LEFT);
	poll_after(1000);
	assert_said("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_backs_off, set_up),
		cmocka_unit_test_setup(test_attach_fails, set_up),
		cmocka_unit_test_setup(test_vanishes, set_up),
		cmocka_unit_test_setup(test_weights, set_up),
		cmocka_unit_test_setup(test_steady, set_up),
		cmocka_unit_test_setup(test_not_steady, set_up),
		cmocka_unit_test_setup(test_delay_of_the_node, set_up),
		cmocka_unit_test_setup(test_leave_and_stop, set_up),
		cmocka_unit_test_setup(test_parent, set_up),
		cmocka_unit_test_setup(test_parent_is_told_later, set_up),
		cmocka_unit_test_setup(test_parent_fails_again, set_up),
		cmocka_unit_test_setup(test_cgroup, set_up),
		cmocka_unit_test_setup(test_not_there_at_the_start, set_up),
		cmocka_unit_test_setup(test_cgroup_goes_meanwhile, set_up),
		cmocka_unit_test_setup(test_waits_with_parent, set_up),
		cmocka_unit_test_setup(test_cgroup_goes_before_restart, set_up),
		cmocka_unit_test_setup(test_cgroup_is_watched, set_up),
		cmocka_unit_test_setup(test_cgroup_untold, set_up),
		cmocka_unit_test_setup(test_unregistered, set_up),
		cmocka_unit_test_setup(test_root, set_up),
		cmocka_unit_test_setup(test_adopted, set_up),
		cmocka_unit_test_setup(test_ended_loaders, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
