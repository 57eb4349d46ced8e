// SPDX-License-Identifier: GPL-2.0
/*
 * test_control.c: the control socket from one end to the other. A child process serves a tree that this file makes up:
 * it attaches whatever it is told, except what the cgroup's name asks it to refuse.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <systemd/sd-varlink.h>

#include "loader/cleanup.h"
#include "loader/talk/client.h"
#include "loader/talk/control.h"
#include "loader/talk/visitors.h"

#define KEPT	42	/* exit status of a loader that was to keep its tree */

/* The tree */

struct tree {
	struct node *nodes[8];
	size_t nr_nodes;
};

/* `weight` shows how long the file is that came with the call. */
int tree_attach(struct tree *t, struct node *node, int object, struct problems *ps)
{
	struct stat st;

	if (!strcmp(node->cgroup, "/refused")) {
		problem_add(ps, "demo.ini", 12, NULL, "unknown key '%s'", "wieght");
		problem_add(ps, NULL, 0, "create it", "can't open cgroup '%s'", node->cgroup);
		return -ENOENT;
	}
	if (!strcmp(node->cgroup, "/broken"))
		return -EIO;
	if (object >= 0 && !fstat(object, &st))
		node->weight = st.st_size;
	t->nodes[t->nr_nodes++] = node_copy(node);
	return 0;
}

int tree_detach(struct tree *t, const char *cgroup, struct problems *ps)
{
	for (size_t i = 0; i < t->nr_nodes; i++) {
		if (strcmp(t->nodes[i]->cgroup, cgroup))
			continue;
		node_free(t->nodes[i]);
		t->nodes[i] = t->nodes[--t->nr_nodes];
		return 0;
	}
	problem_add(ps, NULL, 0, NULL, "no scheduler on '%s'", cgroup);
	return -ENOENT;
}

void tree_take_down(struct tree *t)
{
	while (t->nr_nodes)
		node_free(t->nodes[--t->nr_nodes]);
}

static bool kept;

void tree_keep(struct tree *)
{
	kept = true;
}

/* The steps are what was asked for. */
int tree_reload(struct tree *, bool dry_run, char ***ret_steps, struct problems *)
{
	*ret_steps = calloc(2, sizeof(**ret_steps));
	(*ret_steps)[0] = strdup(dry_run ? "would reload" : "reloaded");
	return 0;
}

int tree_set(struct tree *, const char *name, char *const *settings, bool dry_run, char ***ret_steps,
	     struct problems *ps)
{
	*ret_steps = NULL;
	if (strcmp(name, "web")) {
		problem_add(ps, NULL, 0, NULL, "no node '%s' in this tree", name);
		return -ENOENT;
	}
	*ret_steps = calloc(3, sizeof(**ret_steps));
	(*ret_steps)[0] = strdup(settings[0]);
	(*ret_steps)[1] = strdup(dry_run ? "not done" : "done");
	return 0;
}

void tree_steps_free(char **steps)
{
	for (char **step = steps; step && *step; step++)
		free(*step);
	free(steps);
}

/* `object` shows the first setting. */
int tree_read_status(struct tree *t, struct tree_status *ret)
{
	*ret = (struct tree_status){ .nr_nodes = 1 + t->nr_nodes };
	ret->nodes = calloc(ret->nr_nodes, sizeof(*ret->nodes));
	ret->nodes[0] = (struct node_status){ .name = "root", .cgroup = "/", .sched = "root" };
	for (size_t i = 0; i < t->nr_nodes; i++) {
		const struct node *n = t->nodes[i];

		ret->nodes[1 + i] = (struct node_status){
			.name = n->name,
			.cgroup = n->cgroup,
			.sched = n->sched,
			.object = n->settings.nr ? n->settings.list[0].value : NULL,
			.parent = "root",
			.depth = 1,
			.weight = n->weight,
		};
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

static char folder[] = "/tmp/test_control.XXXXXX", path[64];
static pid_t server;

/* With few descriptors, so that a test can use them up */
static int serve(int up)
{
	const struct rlimit files = { 512, 512 };
	struct problems ps = {};
	struct control *c = NULL;
	struct tree tree = {};
	sd_event *event = NULL;
	int r;

	if (setrlimit(RLIMIT_NOFILE, &files) < 0 || sd_event_new(&event) < 0 ||
	    sd_event_add_signal(event, NULL, SIGTERM | SD_EVENT_SIGNAL_PROCMASK, NULL, NULL) < 0 ||
	    control_open(path, &c, &ps) < 0 || control_serve(c, event, &tree) < 0)
		return 1;
	if (write(up, "", 1) != 1)
		return 1;
	r = sd_event_loop(event);
	sd_event_unref(event);
	control_close(c);
	problems_free(&ps);
	for (size_t i = 0; i < tree.nr_nodes; i++)
		node_free(tree.nodes[i]);
	if (kept)
		return KEPT;
	return r;
}

/* The child leaves by exit(), for the sanitizers, and must not print again what the parent has printed so far. */
static pid_t fork_flushed(void)
{
	fflush(NULL);
	return fork();
}

static int start(void **)
{
	int up[2];
	char byte;

	if (pipe(up) < 0)
		return -1;
	server = fork_flushed();
	if (server == 0)
		exit(serve(up[1]));
	close(up[1]);
	if (read(up[0], &byte, 1) != 1)
		return -1;
	close(up[0]);
	return 0;
}

static int start_impatient(void **)
{
	int r;

	visitors_patience_s = 1;
	r = start(NULL);
	visitors_patience_s = 60;
	return r;
}

/* Sanitizers tell what the server did wrong by its exit status. */
static int stop(void **)
{
	int status;

	kill(server, SIGTERM);
	return waitpid(server, &status, 0) == server && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int make_folder(void **)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/run/control", folder);
	return chmod(folder, 0755);
}

static int remove_folder(void **)
{
	char name[96];

	snprintf(name, sizeof(name), "%s.lock", path);
	unlink(name);
	snprintf(name, sizeof(name), "%s/run", folder);
	return rmdir(name) ?: rmdir(folder);
}

/* What the user would read */
static char *said(struct problems *ps)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	problems_print(ps, "scx-loader", 0, out);
	fclose(out);
	problems_free(ps);
	return text;
}

static void assert_said(struct problems *ps, const char *expected)
{
	_cleanup_(freep) char *text = said(ps);

	assert_string_equal(text, expected);
}

static sd_json_variant *read_status(void)
{
	struct problems ps = {};
	sd_json_variant *v = NULL;

	assert_int_equal(client_status(path, &v, &ps), 0);
	assert_int_equal(ps.nr, 0);
	return v;
}

static const char *node_string(sd_json_variant *status, size_t i, const char *key)
{
	sd_json_variant *node = sd_json_variant_by_index(sd_json_variant_by_key(status, "nodes"), i);

	return sd_json_variant_string(sd_json_variant_by_key(node, key));
}

static size_t nr_nodes(void)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *status = read_status();

	return sd_json_variant_elements(sd_json_variant_by_key(status, "nodes"));
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void test_status(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *status = read_status();

	assert_string_equal(node_string(status, 0, "name"), "root");
	assert_int_equal(nr_nodes(), 1);
}

static void test_attach(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *status = NULL;
	char *options[] = { "slice_us=2000", "weight=300", NULL };
	struct problems ps = {};

	need_root();
	assert_int_equal(client_attach(path, "/web/batch/", "qmap", options, &ps), 0);
	status = read_status();
	assert_string_equal(node_string(status, 1, "cgroup"), "/web/batch");
	assert_string_equal(node_string(status, 1, "sched"), "qmap");
	assert_string_equal(node_string(status, 1, "object"), "2000");
	assert_int_equal(client_detach(path, "/web/batch/", &ps), 0);
	assert_int_equal(nr_nodes(), 1);
	assert_said(&ps, "");
}

/* The loader runs in another folder than its client. */
static void test_attach_path(void **)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *status = NULL;
	_cleanup_(freep) char *here = realpath(".", NULL);
	struct problems ps = {};
	sd_json_variant *node;
	char file[64];
	int fd;

	need_root();
	assert_int_equal(client_attach(path, "/web", "./none.bpf.o", (char *[]){ NULL }, &ps), -ENOENT);
	assert_said(&ps, "scx-loader: can't open './none.bpf.o': No such file or directory\n");
	assert_int_equal(client_attach(path, "/web", "./", (char *[]){ NULL }, &ps), 0);
	status = read_status();
	assert_string_equal(node_string(status, 1, "sched"), here);
	sd_json_variant_unref(status);

	/* nor need it see what the client does */
	snprintf(file, sizeof(file), "%s/mine.bpf.o", folder);
	assert_int_equal(truncate(file, 0), -1);
	fd = open(file, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "1234567", 7), 7);
	close(fd);
	assert_int_equal(client_attach(path, "/mine", file, (char *[]){ NULL }, &ps), 0);
	assert_int_equal(unlink(file), 0);
	status = read_status();
	assert_string_equal(node_string(status, 2, "sched"), file);
	node = sd_json_variant_by_index(sd_json_variant_by_key(status, "nodes"), 2);
	assert_int_equal(sd_json_variant_unsigned(sd_json_variant_by_key(node, "weight")), 7);
}

static void test_refused(void **)
{
	struct problems ps = {};

	need_root();
	assert_true(client_attach(path, "/refused", "qmap", (char *[]){ NULL }, &ps) < 0);
	assert_said(&ps, "scx-loader: demo.ini:12: unknown key 'wieght'\n"
			 "scx-loader: can't open cgroup '/refused'\n"
			 "hint: create it\n");
	assert_true(client_attach(path, "/broken", "qmap", (char *[]){ NULL }, &ps) < 0);
	assert_said(&ps, "scx-loader: can't attach 'qmap' to '/broken': Input/output error\n");
	assert_true(client_detach(path, "/none", &ps) < 0);
	assert_said(&ps, "scx-loader: no scheduler on '/none'\n");
	assert_true(client_detach(path, "none", &ps) < 0);
	assert_said(&ps, "scx-loader: bad cgroup 'none': it does not begin with '/'\n");
	assert_int_equal(nr_nodes(), 1);
}

/* All of what is wrong, as in a file */
static void test_bad_options(void **)
{
	char *options[] = { "weight=0", "create=maybe", NULL };
	struct problems ps = {};

	need_root();
	assert_true(client_attach(path, "/web", "qmap", options, &ps) < 0);
	assert_int_equal(ps.nr, 2);
	assert_non_null(strstr(ps.list[0].text, "weight"));
	assert_non_null(strstr(ps.list[1].text, "create"));
	assert_int_equal(nr_nodes(), 1);
	problems_free(&ps);
	assert_true(client_attach(path, "/web\n", "qmap", (char *[]){ "note=\033[1m", NULL }, &ps) < 0);
	assert_said(&ps, "scx-loader: keys and values have no control characters\n");
	assert_true(client_attach(path, "/web", "qmap", (char *[]){ "note=\033[1m", NULL }, &ps) < 0);
	assert_said(&ps, "scx-loader: option 'note=?[1m': keys and values have no control characters\n");
}

/* What a reply says was done, with commas between. */
static char *steps_of(sd_json_variant *reply)
{
	sd_json_variant *steps = sd_json_variant_by_key(reply, "steps");
	char *text = strdup("");

	for (size_t i = 0; i < sd_json_variant_elements(steps); i++) {
		_cleanup_(freep) char *before = text;

		assert_true(asprintf(&text, "%s%s,", before,
				     sd_json_variant_string(sd_json_variant_by_index(steps, i))) > 0);
	}
	return text;
}

static void assert_steps(sd_json_variant *reply, const char *expected)
{
	_cleanup_(freep) char *text = steps_of(reply);

	assert_string_equal(text, expected);
	sd_json_variant_unref(reply);
}

static void test_change(void **)
{
	char *settings[] = { "weight=300", "batch=2", NULL };
	sd_json_variant *reply = NULL;
	struct problems ps = {};

	need_root();
	assert_int_equal(client_reload(path, false, &reply, &ps), 0);
	assert_steps(reply, "reloaded,");
	assert_int_equal(client_reload(path, true, &reply, &ps), 0);
	assert_steps(reply, "would reload,");
	assert_int_equal(client_set(path, "web", settings, false, &reply, &ps), 0);
	assert_steps(reply, "weight=300,done,");
	assert_int_equal(client_set(path, "web", settings + 1, true, &reply, &ps), 0);
	assert_steps(reply, "batch=2,not done,");
	assert_true(client_set(path, "wbe", settings, false, &reply, &ps) < 0);
	assert_said(&ps, "scx-loader: no node 'wbe' in this tree\n");
}

/* Runs as nobody, in the loader's group: 0 when reading is allowed and changing is not. */
static int try_as_nobody(void)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *v = NULL;
	_cleanup_(freep) char *text = NULL;
	struct problems ps = {};

	if (setuid(65534) < 0 || client_status(path, &v, &ps) < 0)
		return 1;
	if (client_attach(path, "/web", "qmap", (char *[]){ NULL }, &ps) != -EACCES ||
	    client_detach(path, "/web", &ps) != -EACCES || client_reload(path, true, &v, &ps) != -EACCES ||
	    client_set(path, "web", (char *[]){ "weight=3", NULL }, false, &v, &ps) != -EACCES ||
	    client_stop(path, false, &ps) != -EACCES)
		return 2;
	text = said(&ps);
	if (strcmp(text, "scx-loader: can't attach 'qmap' to '/web': only root may change the tree\n"
			 "hint: run it as root\n"
			 "scx-loader: can't detach '/web': only root may change the tree\n"
			 "hint: run it as root\n"
			 "scx-loader: can't reload: only root may change the tree\n"
			 "hint: run it as root\n"
			 "scx-loader: can't change 'web': only root may change the tree\n"
			 "hint: run it as root\n"
			 "scx-loader: can't stop the loader: only root may change the tree\n"
			 "hint: run it as root\n"))
		return 3;
	return 0;
}

static void test_not_root(void **)
{
	int status;
	pid_t pid;

	need_root();
	pid = fork_flushed();
	if (pid == 0)
		exit(try_as_nobody());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(nr_nodes(), 1);
}

/* When the client has its answer the loader is gone, and another one could start. */
static void test_stop(void **)
{
	struct problems ps = {};
	siginfo_t end = {};

	need_root();
	assert_int_equal(client_stop(path, false, &ps), 0);
	assert_int_equal(waitid(P_PID, server, &end, WEXITED | WNOHANG | WNOWAIT), 0);
	assert_int_equal(end.si_pid, server);
	assert_int_equal(client_stop(path, false, &ps), CLIENT_NO_LOADER);
	problems_free(&ps);
}

static void test_keep(void **)
{
	struct problems ps = {};
	int status;

	need_root();
	assert_int_equal(client_stop(path, true, &ps), 0);
	assert_int_equal(waitpid(server, &status, 0), server);
	assert_int_equal(WEXITSTATUS(status), KEPT);
	assert_int_equal(start(NULL), 0);
}

static void test_modes(void **)
{
	struct stat st;
	char run[64];

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0660);
	snprintf(run, sizeof(run), "%s/run", folder);
	assert_int_equal(stat(run, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
}

static void test_introspection(void **)
{
	_cleanup_(sd_varlink_unrefp) sd_varlink *link = NULL;
	sd_json_variant *reply = NULL;
	const char *error = NULL, *text;

	assert_int_equal(sd_varlink_connect_address(&link, path), 0);
	assert_true(sd_varlink_callbo(link, "org.varlink.service.GetInterfaceDescription", &reply, &error,
				      SD_JSON_BUILD_PAIR_STRING("interface", "org.scxtree.Loader")) >= 0);
	assert_null(error);
	text = sd_json_variant_string(sd_json_variant_by_key(reply, "description"));
	assert_non_null(strstr(text, "method Status() -> ("));
	assert_non_null(strstr(text, "method Attach("));
	assert_non_null(strstr(text, "nr_dispatched: int"));
}

static const struct {
	const char *method, *parameters, *error;
} bad_calls[] = {
	{ "Attach", "{\"cgroup\":3}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Attach", "{\"cgroup\":\"/web\"}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Attach", "{\"cgroup\":\"/web\",\"sched\":\"/x\",\"object\":0}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Attach", "{\"cgroup\":\"/web\",\"sched\":\"/x\",\"object\":-1}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Reload", "{\"dry_run\":\"yes\"}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Reload", "{\"now\":true}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Set", "{}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Set", "{\"node\":\"web\"}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Set", "{\"node\":\"web\",\"settings\":\"weight=3\"}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Set", "{\"node\":\"web\",\"settings\":[3]}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Set", "{\"node\":null,\"settings\":[]}", SD_VARLINK_ERROR_INVALID_PARAMETER },
	{ "Explode", "{}", SD_VARLINK_ERROR_METHOD_NOT_FOUND },
};

static void test_bad_parameters(void **)
{
	for (size_t i = 0; i < sizeof(bad_calls) / sizeof(bad_calls[0]); i++) {
		_cleanup_(sd_json_variant_unrefp) sd_json_variant *parameters = NULL;
		_cleanup_(sd_varlink_unrefp) sd_varlink *link = NULL;
		sd_json_variant *reply = NULL;
		const char *error = NULL;
		char method[64];

		snprintf(method, sizeof(method), "org.scxtree.Loader.%s", bad_calls[i].method);
		assert_true(sd_json_parse(bad_calls[i].parameters, 0, &parameters, NULL, NULL) >= 0);
		assert_int_equal(sd_varlink_connect_address(&link, path), 0);
		assert_true(sd_varlink_call(link, method, parameters, &reply, &error) >= 0);
		assert_non_null(error);
		assert_string_equal(error, bad_calls[i].error);
	}
	assert_int_equal(nr_nodes(), 1);
}

/* What is no call at all: the loader hangs up on that client, and serves the others. */
static void test_garbage(void **)
{
	static const struct {
		const char *bytes;
		size_t len;
	} garbage[] = { { "{]", 3 }, { "[1,2]", 6 }, { "\xff\xfe", 3 }, { "{\"method\":3}", 13 },
			{ "", 1 },   { "GET /", 6 } };
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	strcpy(address.sun_path, path);
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		const struct timeval soon = { .tv_sec = 20 };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		char byte;

		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
		assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
		assert_int_equal(send(fd, garbage[i].bytes, garbage[i].len, MSG_NOSIGNAL), garbage[i].len);
		assert_true(recv(fd, &byte, 1, 0) == 0 || errno == ECONNRESET);
		close(fd);
		assert_int_equal(nr_nodes(), 1);
	}
}

/* Under stress: clients that are many, slow, or gone */

#define STATUS_CALL	"{\"method\":\"org.scxtree.Loader.Status\"}"

static int connect_raw(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Is the next message, up to its NUL, an answer to STATUS_CALL? */
static bool answers(int fd)
{
	static const char begin[] = "{\"parameters\":{\"file\":";
	char message[4096];
	size_t len = 0;

	while (len < sizeof(message) && recv(fd, message + len, 1, 0) == 1)
		if (!message[len++])
			return !strncmp(message, begin, strlen(begin));
	return false;
}

/* A thousand clients, a hundred at a time: of four one asks, one talks nonsense, one stops in mid-word and one just goes. */
static void test_burst(void **)
{
	for (int round = 0; round < 10; round++) {
		int fds[100];

		for (int i = 0; i < 100; i++)
			fds[i] = connect_raw();
		for (int i = 0; i < 100; i++) {
			if (i % 4 == 0)
				assert_true(send(fds[i], STATUS_CALL, sizeof(STATUS_CALL), MSG_NOSIGNAL) > 0);
			else if (i % 4 == 1)
				assert_true(send(fds[i], "{\"method\":[", 12, MSG_NOSIGNAL) > 0);
			else if (i % 4 == 2)
				assert_true(send(fds[i], STATUS_CALL, 20, MSG_NOSIGNAL) > 0);
			else
				close(fds[i]);
		}
		for (int i = 0; i < 100; i += 4)
			assert_true(answers(fds[i]));
		for (int i = 0; i < 100; i++)
			if (i % 4 != 3)
				close(fds[i]);
	}
	assert_int_equal(nr_nodes(), 1);
}

/* A thousand requests on one connection, sent as fast as they are answered */
static void test_pipeline(void **)
{
	int fd = connect_raw();

	for (int sent = 0; sent < 1000; sent += 10) {
		for (int i = 0; i < 10; i++)
			assert_true(send(fd, STATUS_CALL, sizeof(STATUS_CALL), MSG_NOSIGNAL) > 0);
		for (int i = 0; i < 10; i++)
			assert_true(answers(fd));
	}
	close(fd);
}

static long server_kib(void)
{
	char name[64], line[128];
	long kib = 0;
	FILE *in;

	snprintf(name, sizeof(name), "/proc/%d/status", server);
	in = fopen(name, "r");
	while (in && fgets(line, sizeof(line), in))
		sscanf(line, "VmRSS: %ld", &kib);
	fclose(in);
	return kib;
}

/* One who asks and asks and never reads: the loader hangs up before its answers fill the memory. */
static void test_slow_reader(void **)
{
	struct timeval patience = { .tv_sec = 10 };
	long before;
	size_t sent = 0;
	int fd;

	assert_int_equal(nr_nodes(), 1);
	before = server_kib();
	fd = connect_raw();
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	while (sent < 200000 && send(fd, STATUS_CALL, sizeof(STATUS_CALL), MSG_NOSIGNAL) > 0)
		sent++;
	assert_in_range(sent, 100, 199999);
	assert_true(errno == EPIPE || errno == ECONNRESET);
	assert_in_range(server_kib(), 0, before + 8192);
	assert_int_equal(nr_nodes(), 1);
	close(fd);
}

/* Who never comes to an end is not listened to for ever, and costs the loader no memory. */
static void test_unfinished(void **)
{
	struct timeval patience = { .tv_usec = 200000 };
	static char text[64 * 1024];
	long before;
	int fds[20];

	assert_int_equal(nr_nodes(), 1);
	before = server_kib();
	memset(text, ' ', sizeof(text));
	for (int i = 0; i < 20; i++) {
		fds[i] = connect_raw();
		setsockopt(fds[i], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		for (int sent = 0; sent < 15 * 16; sent++)
			if (send(fds[i], text, sizeof(text), MSG_NOSIGNAL) < 0)
				break;
	}
	assert_int_equal(nr_nodes(), 1);
	assert_in_range(server_kib(), 0, before + 8192);
	for (int i = 0; i < 20; i++)
		close(fds[i]);
}

static bool is_closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || (errno != EAGAIN && errno != EINTR);
}

/* Who says nothing is hung up on; who asks now and then is not. */
static void test_patience(void **)
{
	int silent = connect_raw(), half = connect_raw(), asking = connect_raw();

	assert_int_equal(send(half, STATUS_CALL, 20, MSG_NOSIGNAL), 20);
	for (int i = 0; i < 100 && !(is_closed(silent) && is_closed(half)); i++) {
		assert_true(send(asking, STATUS_CALL, sizeof(STATUS_CALL), MSG_NOSIGNAL) > 0);
		assert_true(answers(asking));
		usleep(100000);
	}
	assert_true(is_closed(silent) && is_closed(half));
	close(silent);
	close(half);
	close(asking);
}

/* Connects as often as it may, and stays: 0. */
static int hoard(int up)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	unsigned char let_in = 0;
	int fds[400];

	strcpy(address.sun_path, path);
	/* a test that fails does not come to end it */
	if (setuid(65534) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return 1;
	for (int i = 0; i < 400; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		if (fds[i] < 0 || connect(fds[i], (struct sockaddr *)&address, sizeof(address)) < 0)
			return 2;
	}
	/* the last one has been looked at when it has an answer, or none is to come */
	if (send(fds[399], STATUS_CALL, sizeof(STATUS_CALL), MSG_NOSIGNAL) > 0)
		answers(fds[399]);
	for (int i = 0; i < 400; i++)
		let_in += !is_closed(fds[i]);
	if (write(up, &let_in, 1) != 1)
		return 3;
	pause();
	return 0;
}

/* One user who takes all connections that there are takes none from another. */
static void test_hoarder(void **)
{
	char byte;
	int up[2];
	pid_t pid;

	need_root();
	assert_int_equal(pipe(up), 0);
	pid = fork_flushed();
	if (pid == 0)
		exit(hoard(up[1]));
	assert_int_equal(read(up[0], &byte, 1), 1);
	assert_int_equal(byte, VISITORS_USER_MAX);
	assert_int_equal(nr_nodes(), 1);
	assert_int_equal(nr_nodes(), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(nr_nodes(), 1);
	close(up[0]);
	close(up[1]);
}

/* Another loader: refused while the first one lives, and takes over what it left when it was killed. */
static void test_second(void **)
{
	struct problems ps = {};
	struct control *c = NULL;
	char expected[256];

	assert_int_equal(control_open(path, &c, &ps), -EBUSY);
	snprintf(expected, sizeof(expected),
		 "scx-loader: can't listen on '%s': a loader is already running, pid %d\n"
		 "hint: 'scx-loader status' shows its tree\n",
		 path, server);
	assert_said(&ps, expected);
	assert_int_equal(nr_nodes(), 1);

	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(start(NULL), 0);
	assert_int_equal(nr_nodes(), 1);
}

static void test_nobody_there(void **)
{
	struct problems ps = {};
	sd_json_variant *v = NULL;
	char expected[256];

	assert_int_equal(client_status(path, &v, &ps), CLIENT_NO_LOADER);
	snprintf(expected, sizeof(expected), "scx-loader: no loader is running: nobody listens on '%s'\n", path);
	assert_said(&ps, expected);
}

static void test_no_folder(void **)
{
	struct problems ps = {};
	struct control *c = NULL;

	assert_int_equal(control_open("/proc/none/control", &c, &ps), -ENOENT);
	assert_said(&ps, "scx-loader: can't make '/proc/none': No such file or directory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_status, start, stop),
		cmocka_unit_test_setup_teardown(test_attach, start, stop),
		cmocka_unit_test_setup_teardown(test_attach_path, start, stop),
		cmocka_unit_test_setup_teardown(test_refused, start, stop),
		cmocka_unit_test_setup_teardown(test_bad_options, start, stop),
		cmocka_unit_test_setup_teardown(test_change, start, stop),
		cmocka_unit_test_setup_teardown(test_not_root, start, stop),
		cmocka_unit_test_setup_teardown(test_stop, start, stop),
		cmocka_unit_test_setup_teardown(test_keep, start, stop),
		cmocka_unit_test_setup_teardown(test_modes, start, stop),
		cmocka_unit_test_setup_teardown(test_introspection, start, stop),
		cmocka_unit_test_setup_teardown(test_bad_parameters, start, stop),
		cmocka_unit_test_setup_teardown(test_garbage, start, stop),
		cmocka_unit_test_setup_teardown(test_burst, start, stop),
		cmocka_unit_test_setup_teardown(test_pipeline, start, stop),
		cmocka_unit_test_setup_teardown(test_slow_reader, start, stop),
		cmocka_unit_test_setup_teardown(test_unfinished, start, stop),
		cmocka_unit_test_setup_teardown(test_patience, start_impatient, stop),
		cmocka_unit_test_setup_teardown(test_hoarder, start, stop),
		cmocka_unit_test_setup_teardown(test_second, start, stop),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_no_folder),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
