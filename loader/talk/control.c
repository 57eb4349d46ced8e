// SPDX-License-Identifier: GPL-2.0
/*
 * control.c: the server of org.scxtree.Loader. libsystemd has checked the parameters of a call against interface.c
 * before it comes here.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "file/config.h"
#include "control.h"
#include "interface.h"
#include "kernel/folder.h"
#include "show/journal.h"
#include "show/metrics.h"
#include "show/problems.h"
#include "service.h"
#include "show/status.h"
#include "text.h"
#include "visitors.h"

struct control {
	char *path;
	struct folder folder;
	char *socket;		/* its name there */
	int lock_fd;
	sd_varlink_server *server;
	struct visitors *visitors;
	sd_event *event;
	struct tree *tree;
	const struct journal *journal; /* NULL: nothing is known */
};

DEFINE_CLEANUP(struct node, node_free)
DEFINE_CLEANUP(struct control, control_close)

/* Answer with everything that is wrong, or with the errno when nothing was told. */
static int refuse(sd_varlink *link, int err, const struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *list = NULL;
	int r;

	if (!ps->nr)
		return sd_varlink_error_errno(link, err);
	r = problems_to_json(ps, &list);
	if (r < 0)
		return r;
	return sd_varlink_errorbo(link, ERROR_REFUSED, SD_JSON_BUILD_PAIR_VARIANT("problems", list));
}

/*
 * Hang up on who asks again and does not read: what it has not read would fill the memory. 1: hung up. An answer is sent
 * before the next call is looked at, so what is still to be sent did not fit into the socket.
 */
static int hang_up_if_behind(sd_varlink *link)
{
	int events = sd_varlink_get_events(link);

	if (events >= 0 && !(events & EPOLLOUT))
		return 0;
	sd_varlink_close(link);
	return 1;
}

static int method_status(sd_varlink *link, sd_json_variant *, sd_varlink_method_flags_t, void *arg)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *reply = NULL;
	struct control *c = arg;
	struct tree_status st;
	int r;

	if (hang_up_if_behind(link))
		return 0;
	r = tree_read_status(c->tree, &st);
	if (r < 0)
		return r;
	r = status_to_json(&st, &reply);
	tree_status_free(&st);
	if (r < 0)
		return r;
	return sd_varlink_reply(link, reply);
}

static int method_metrics(sd_varlink *link, sd_json_variant *, sd_varlink_method_flags_t, void *arg)
{
	_cleanup_(freep) char *text = NULL;
	struct control *c = arg;
	struct tree_status st;
	FILE *out;
	int r;

	if (hang_up_if_behind(link))
		return 0;
	r = tree_read_status(c->tree, &st);
	if (r < 0)
		return r;
	out = text_open(&text);
	metrics_print(&st, out);
	text_close(out);
	tree_status_free(&st);
	return sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRING("text", text));
}

/* 1: the peer may change the tree; 0: it was told that it may not. */
static int may_change(sd_varlink *link)
{
	uid_t uid;
	int r;

	r = sd_varlink_get_peer_uid(link, &uid);
	if (r < 0)
		return r;
	if (uid == 0)
		return 1;
	sd_varlink_error(link, SD_VARLINK_ERROR_PERMISSION_DENIED, NULL);
	return 0;
}

static int make_node(sd_json_variant *params, struct node **ret, struct problems *ps)
{
	sd_json_variant *options = sd_json_variant_by_key(params, "options");
	_cleanup_(node_freep) struct node *node = NULL;
	int r;

	r = config_node(sd_json_variant_string(sd_json_variant_by_key(params, "cgroup")),
			sd_json_variant_string(sd_json_variant_by_key(params, "sched")), &node, ps);
	if (r < 0)
		return r;
	for (size_t i = 0; i < sd_json_variant_elements(options); i++) {
		const char *option = sd_json_variant_string(sd_json_variant_by_index(options, i));
		int err = config_node_option(node, option, ps);

		r = r ?: err;
	}
	if (r < 0)
		return r;
	*ret = take_ptr(node);
	return 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The file that came with a call, -1: none did. */
static int take_object(sd_varlink *link, sd_json_variant *params, int *ret)
{
	sd_json_variant *index = sd_json_variant_by_key(params, "object");

	if (!index || sd_json_variant_is_null(index))
		return 0;
	*ret = sd_varlink_take_fd(link, sd_json_variant_integer(index));
	return *ret < 0 ? *ret : 0;
}

static int method_attach(sd_varlink *link, sd_json_variant *params, sd_varlink_method_flags_t, void *arg)
{
	_cleanup_(close_fd) int object = -1;
	_cleanup_(problems_free) struct problems ps = {};
	_cleanup_(node_freep) struct node *node = NULL;
	struct control *c = arg;
	int r;

	r = may_change(link);
	if (r <= 0)
		return r;
	r = make_node(params, &node, &ps);
	if (r < 0)
		return refuse(link, r, &ps);
	r = take_object(link, params, &object);
	if (r < 0)
		return sd_varlink_error_invalid_parameter_name(link, "object");
	r = tree_attach(c->tree, node, object, &ps);
	if (r < 0)
		return refuse(link, r, &ps);
	return sd_varlink_reply(link, NULL);
}

static int method_detach(sd_varlink *link, sd_json_variant *params, sd_varlink_method_flags_t, void *arg)
{
	const char *text = sd_json_variant_string(sd_json_variant_by_key(params, "cgroup")), *why = NULL;
	_cleanup_(problems_free) struct problems ps = {};
	_cleanup_(freep) char *cgroup = NULL;
	struct control *c = arg;
	int r;

	r = may_change(link);
	if (r <= 0)
		return r;
	r = hierarchy_cgroup_path(text, &cgroup, &why);
	if (r == -EINVAL)
		problem_add(&ps, NULL, 0, NULL, "bad cgroup '%s': %s", text, why);
	if (r == 0)
		r = tree_detach(c->tree, cgroup, &ps);
	if (r < 0)
		return refuse(link, r, &ps);
	return sd_varlink_reply(link, NULL);
}

/* Takes @steps. */
static int reply_steps(sd_varlink *link, int err, char **steps, const struct problems *ps)
{
	int r = err < 0 ? refuse(link, err, ps) : sd_varlink_replybo(link, SD_JSON_BUILD_PAIR_STRV("steps", steps));

	tree_steps_free(steps);
	return r;
}

static bool is_dry_run(sd_json_variant *params)
{
	return sd_json_variant_boolean(sd_json_variant_by_key(params, "dry_run"));
}

static int method_reload(sd_varlink *link, sd_json_variant *params, sd_varlink_method_flags_t, void *arg)
{
	_cleanup_(problems_free) struct problems ps = {};
	struct control *c = arg;
	char **steps = NULL;
	int r;

	r = may_change(link);
	if (r <= 0)
		return r;
	r = service_reload(c->tree, is_dry_run(params), &steps, &ps);
	return reply_steps(link, r, steps, &ps);
}

static int method_set(sd_varlink *link, sd_json_variant *params, sd_varlink_method_flags_t, void *arg)
{
	sd_json_variant *settings = sd_json_variant_by_key(params, "settings");
	size_t nr = sd_json_variant_elements(settings);
	_cleanup_(freep) char **list = calloc(nr + 1, sizeof(*list));
	_cleanup_(problems_free) struct problems ps = {};
	struct control *c = arg;
	char **steps = NULL;
	int r;

	r = may_change(link);
	if (r <= 0)
		return r;
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		list[i] = (char *)sd_json_variant_string(sd_json_variant_by_index(settings, i));
	r = tree_set(c->tree, sd_json_variant_string(sd_json_variant_by_key(params, "node")), list, is_dry_run(params),
		     &steps, &ps);
	return reply_steps(link, r, steps, &ps);
}

static int method_log(sd_varlink *link, sd_json_variant *params, sd_varlink_method_flags_t, void *arg)
{
	const char *node = sd_json_variant_string(sd_json_variant_by_key(params, "node"));
	sd_json_variant *since = sd_json_variant_by_key(params, "since_us");
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *reply = NULL;
	struct control *c = arg;
	int r;

	if (hang_up_if_behind(link))
		return 0;
	r = c->journal ? journal_to_json(c->journal, node, sd_json_variant_unsigned(since), &reply) :
			 sd_json_buildo(&reply, SD_JSON_BUILD_PAIR_EMPTY_ARRAY("events"));
	return r < 0 ? r : sd_varlink_reply(link, reply);
}

static int method_stop(sd_varlink *link, sd_json_variant *params, sd_varlink_method_flags_t, void *arg)
{
	struct control *c = arg;
	int r;

	r = may_change(link);
	if (r <= 0)
		return r;
	if (sd_json_variant_boolean(sd_json_variant_by_key(params, "keep")))
		tree_keep(c->tree);
	else
		tree_take_down(c->tree);
	sd_event_exit(c->event, EXIT_SUCCESS);
	return sd_varlink_reply(link, NULL);
}

static int open_folder(struct control *c, struct problems *ps)
{
	_cleanup_(freep) char *copy = strdup(c->path), *name = strdup(c->path);
	const char *why, *folder;
	int err;

	c->socket = copy && name ? strdup(basename(name)) : NULL;
	if (!c->socket)
		return -ENOMEM;
	folder = dirname(copy);
	err = folder_open(folder, 0755, &c->folder, &why);
	if (why)
		problem_add(ps, NULL, 0, "give it a folder of its own, which belongs to root, with --socket",
			    "can't listen in '%s': %s", folder, why);
	else if (err)
		problem_add(ps, NULL, 0, NULL, "can't make '%s': %s", folder, strerror(-err));
	return err;
}

/* A POSIX lock, because it can tell who holds it. */
static int take_lock(struct control *c, struct problems *ps)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_(freep) char *name = NULL;
	int err;

	if (asprintf(&name, "%s.lock", c->socket) < 0)
		return -ENOMEM;
	c->lock_fd = openat(c->folder.fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (c->lock_fd >= 0 && fcntl(c->lock_fd, F_SETLK, &lock) == 0)
		return 0;
	err = errno;
	if (c->lock_fd >= 0 && (err == EAGAIN || err == EACCES)) {
		fcntl(c->lock_fd, F_GETLK, &lock);
		problem_add(ps, NULL, 0, "'scx-loader status' shows its tree",
			    "can't listen on '%s': a loader is already running, pid %d", c->path, (int)lock.l_pid);
		return -EBUSY;
	}
	problem_add(ps, NULL, 0, NULL, "can't lock '%s.lock': %s", c->path, strerror(err));
	return -err;
}

/* A socket that listens, in place of what a crashed loader left there: the lock says that nobody listens. */
static int make_socket(const struct control *c)
{
	_cleanup_(freep) char *path = folder_path(c->folder.fd, c->socket);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct group *readers;
	mode_t mask;
	int fd, err;

	if (!path)
		return -ENOMEM;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlinkat(c->folder.fd, c->socket, 0);
	mask = umask(0777 & ~0660);
	err = bind(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
	umask(mask);
	readers = getgrnam(CONTROL_GROUP);
	if (!err && readers && fchownat(c->folder.fd, c->socket, -1, readers->gr_gid, AT_SYMLINK_NOFOLLOW))
		err = -errno;
	if (!err)
		err = listen(fd, SOMAXCONN) ? -errno : 0;
	if (err)
		close(fd);
	return err ?: fd;
}

static int make_server(struct control *c)
{
	int r;

	r = sd_varlink_server_new(&c->server, 0);
	if (r < 0)
		return r;
	r = sd_varlink_server_set_info(c->server, "scx-tree", "scx-loader", VERSION, NULL);
	if (r < 0)
		return r;
	r = sd_varlink_server_add_interface(c->server, &vl_interface_loader);
	if (r < 0)
		return r;
	r = sd_varlink_server_bind_method_many(c->server, METHOD_STATUS, method_status, METHOD_ATTACH, method_attach,
					       METHOD_DETACH, method_detach, METHOD_RELOAD, method_reload, METHOD_SET,
					       method_set, METHOD_LOG, method_log, METHOD_METRICS, method_metrics,
					       METHOD_STOP, method_stop);
	if (r < 0)
		return r;
	r = make_socket(c);
	return r < 0 ? r : visitors_new(c->server, r, c, &c->visitors);
}

int control_open(const char *path, struct control **ret, struct problems *ps)
{
	_cleanup_(control_closep) struct control *c = NULL;
	int r;

	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->lock_fd = -1;
	c->folder = (struct folder)FOLDER_NONE;
	c->path = strdup(path);
	if (!c->path)
		return -ENOMEM;
	r = open_folder(c, ps);
	if (r < 0)
		return r;
	r = take_lock(c, ps);
	if (r < 0)
		return r;
	r = make_server(c);
	if (r < 0) {
		problem_add(ps, NULL, 0, NULL, "can't listen on '%s': %s", path, strerror(-r));
		return r;
	}
	*ret = take_ptr(c);
	return 0;
}

int control_serve(struct control *c, sd_event *event, struct tree *tree)
{
	c->tree = tree;
	c->event = event;
	return visitors_serve(c->visitors, event);
}

void control_show_journal(struct control *c, const struct journal *journal)
{
	c->journal = journal;
}

void control_close(struct control *c)
{
	if (!c)
		return;
	if (c->visitors) {
		visitors_free(c->visitors);
		unlinkat(c->folder.fd, c->socket, 0);
	}
	sd_varlink_server_unref(c->server);
	if (c->lock_fd >= 0)
		close(c->lock_fd);
	folder_close(&c->folder);
	free(c->socket);
	free(c->path);
	free(c);
}
