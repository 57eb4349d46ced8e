// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_control.c: what a client can send to the control socket. The server is the loader's; the tree beneath it is a
 * hierarchy that does what it is told without a kernel.
 *
 * An input is what a client sends, byte by byte, a NUL behind each message. Four bytes that can't be in JSON are what
 * else a client does: see enum act. Whatever it does, another client, which has been there all the time, gets the right
 * answer afterwards.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <systemd/sd-json.h>

#include "fuzz.h"
#include "loader/cleanup.h"
#include "loader/file/config.h"
#include "loader/talk/control.h"
#include "loader/file/section.h"

enum act {
	ACT_WAIT = 1,	   /* let the server work */
	ACT_READ = 2,	   /* let it work, and read what it has answered: otherwise nothing is read */
	ACT_SHUT = 3,	   /* say that nothing will follow */
	ACT_RECONNECT = 4, /* hang up, whatever is unread, and come again */
};

#define MAX_NODES	16

/* The tree */

struct tree {
	struct hierarchy *h;
};

int tree_attach(struct tree *t, struct node *node, int, struct problems *ps)
{
	struct node *copy;

	if (hierarchy_find(t->h, node->cgroup)) {
		problem_add(ps, NULL, 0, "detach it first", "cgroup '%s' has a scheduler", node->cgroup);
		return -EEXIST;
	}
	if (t->h->nr_nodes == MAX_NODES)
		return -ENOSPC;
	copy = node_copy(node);
	hierarchy_add(t->h, copy);
	return hierarchy_finish(t->h, NULL) == -ENOMEM ? -ENOMEM : 0;
}

int tree_detach(struct tree *t, const char *cgroup, struct problems *ps)
{
	struct node *node = hierarchy_find(t->h, cgroup);

	if (!node) {
		problem_add(ps, NULL, 0, NULL, "no scheduler on '%s'", cgroup);
		return -ENOENT;
	}
	for (size_t i = 0; i < t->h->nr_nodes; i++)
		if (t->h->nodes[i]->parent == node)
			return -EBUSY;
	for (size_t i = 0, kept = 0; i < t->h->nr_nodes; i++)
		if (t->h->nodes[i] != node)
			t->h->nodes[kept++] = t->h->nodes[i];
	t->h->nr_nodes--;
	node_free(node);
	return 0;
}

void tree_take_down(struct tree *t)
{
	while (t->h->nr_nodes)
		node_free(t->h->nodes[--t->h->nr_nodes]);
}

void tree_keep(struct tree *)
{
}

/* Stop ends the loader's loop; the next input wants this one. */
int sd_event_exit(sd_event *, int)
{
	return 0;
}

/* What the keys of a section are now. */
static char **say_section(const struct section *s)
{
	char **steps = calloc(32, sizeof(*steps));
	enum key_change change;

	must(steps);
	for (size_t i = 0; section_key(s, i, &change); i++)
		must((steps[i] = section_value(s, i)));
	return steps;
}

int tree_reload(struct tree *t, bool dry_run, char ***ret_steps, struct problems *ps)
{
	struct section s = section_of_root(t->h);

	*ret_steps = say_section(&s);
	if (dry_run)
		return 0;
	problem_add(ps, t->h->file, 1, NULL, "gone");
	return -ENOENT;
}

static struct node *find_name(const struct tree *t, const char *name)
{
	for (size_t i = 0; i < t->h->nr_nodes; i++)
		if (!strcmp(t->h->nodes[i]->name, name))
			return t->h->nodes[i];
	return NULL;
}

int tree_set(struct tree *t, const char *name, char *const *settings, bool dry_run, char ***ret_steps,
	     struct problems *ps)
{
	struct node *node = find_name(t, name), *copy;
	struct section s = section_of_root(t->h);
	int r;

	*ret_steps = NULL;
	if (!node) {
		problem_add(ps, NULL, 0, NULL, "no node '%s' in this tree", name);
		return -ENOENT;
	}
	copy = node_copy(node);
	must(copy);
	r = config_change_node(copy, settings, ps);
	must((r == 0) == !ps->nr);
	if (r == 0 && !dry_run)
		node_swap(node, copy);
	if (r == 0) {
		s = section_of_node(node);
		*ret_steps = say_section(&s);
	}
	node_free(copy);
	return r;
}

void tree_steps_free(char **steps)
{
	for (char **step = steps; step && *step; step++)
		free(*step);
	free(steps);
}

int tree_read_status(struct tree *t, struct tree_status *ret)
{
	*ret = (struct tree_status){ .nr_nodes = t->h->nr_nodes, .file.path = t->h->file };
	ret->nodes = calloc(ret->nr_nodes + 1, sizeof(*ret->nodes));
	must(ret->nodes);
	for (size_t i = 0; i < t->h->nr_nodes; i++) {
		const struct node *n = t->h->nodes[i];

		ret->nodes[i] = (struct node_status){ .name = n->name,
						      .cgroup = n->cgroup,
						      .sched = n->sched,
						      .object = n->settings.nr ? n->settings.list[0].value : NULL,
						      .parent = n->parent ? n->parent->name : "root",
						      .depth = n->depth,
						      .weight = n->weight };
	}
	return 0;
}

char *tree_summary(const struct tree *)
{
	return strdup("");
}

void tree_status_free(struct tree_status *st)
{
	free(st->nodes);
}

/* Its loader */

static struct tree tree;
static sd_event *event;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static int witness;

static void serve(void)
{
	int r;

	while ((r = sd_event_run(event, 0)) > 0)
		;
	must(r == 0);
}

static int connect_client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	must(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

int LLVMFuzzerInitialize(int *, char ***)
{
	_cleanup_(problems_free) struct problems ps = {};
	struct control *control;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/fuzz_control.XXXXXX", getenv("TMPDIR") ?: "/tmp");
	must(mkdtemp(address.sun_path));
	strcat(address.sun_path, "/control");
	must(sd_event_new(&event) >= 0);
	must(control_open(address.sun_path, &control, &ps) == 0 && control_serve(control, event, &tree) == 0);
	witness = connect_client();
	return 0;
}

/* The client */

static void send_all(int fd, const uint8_t *data, size_t size)
{
	/* what does not fit is lost, as when the client were killed there */
	if (size && send(fd, data, size, MSG_NOSIGNAL) < 0)
		must(errno == EAGAIN || errno == EPIPE || errno == ECONNRESET);
}

/* Answers that are whole are JSON objects. */
static void receive(int fd)
{
	static char answer[1 << 20];
	ssize_t n = recv(fd, answer, sizeof(answer) - 1, 0);

	if (n <= 0)
		return;
	answer[n] = '\0';
	for (char *p = answer, *end; p < answer + n && (end = memchr(p, '\0', answer + n - p)); p = end + 1) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;

		must(sd_json_parse(p, 0, &json, NULL, NULL) == 0 && sd_json_variant_is_object(json));
	}
}

static void act(int *fd, enum act what)
{
	switch (what) {
	case ACT_WAIT:
		serve();
		break;
	case ACT_READ:
		serve();
		receive(*fd);
		break;
	case ACT_SHUT:
		shutdown(*fd, SHUT_WR);
		break;
	case ACT_RECONNECT:
		close(*fd);
		*fd = connect_client();
		break;
	}
}

/* All is well for others: the tree can be read, and all that is in it. */
static void ask_witness(void)
{
	static const char call[] = "{\"method\":\"org.scxtree.Loader.Status\"}";
	static char answer[1 << 20];
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *json = NULL;
	sd_json_variant *nodes;
	ssize_t n;

	must(send(witness, call, sizeof(call), MSG_NOSIGNAL) == sizeof(call));
	serve();
	n = recv(witness, answer, sizeof(answer), 0);
	must(n > 0 && answer[n - 1] == '\0' && sd_json_parse(answer, 0, &json, NULL, NULL) == 0);
	nodes = sd_json_variant_by_key(sd_json_variant_by_key(json, "parameters"), "nodes");
	must(sd_json_variant_elements(nodes) == tree.h->nr_nodes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *sent = data, *end = data + size;
	int fd = connect_client();

	tree.h = hierarchy_new("demo.ini");
	must(tree.h);
	for (const uint8_t *p = data; p < end; p++) {
		if (*p < ACT_WAIT || *p > ACT_RECONNECT)
			continue;
		send_all(fd, sent, p - sent);
		act(&fd, *p);
		sent = p + 1;
	}
	send_all(fd, sent, end - sent);
	act(&fd, ACT_READ);
	close(fd);
	serve();
	ask_witness();
	hierarchy_free(tree.h);
	tree.h = NULL;
	return 0;
}
