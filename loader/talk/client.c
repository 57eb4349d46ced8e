// SPDX-License-Identifier: GPL-2.0
/*
 * client.c: the other end of the control socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "client.h"
#include "interface.h"
#include "text.h"

/* The loader answers when it is done, and the verifier takes its time with each scheduler that a file brings. */
#define CALL_TIMEOUT_USEC	(600 * 1000000ull)
#define METRICS_TIMEOUT_USEC	(5 * 1000000ull)	/* who asks over HTTP does not wait for long */
#define END_TIMEOUT_MSEC	(60 * 1000)	/* of a loader that has nothing more to do */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int client_connect(const char *socket, sd_varlink **ret, struct problems *ps)
{
	int r = sd_varlink_connect_address(ret, socket);

	if (r == -ENOENT || r == -ECONNREFUSED) {
		problem_add(ps, NULL, 0, NULL, "no loader is running: nobody listens on '%s'", socket);
		return CLIENT_NO_LOADER;
	}
	if (r < 0)
		problem_add(ps, NULL, 0, r == -EACCES ? "the socket is open to root and to the loader's group" : NULL,
			    "can't connect to '%s': %s", socket, strerror(-r));
	return r;
}

static void add_problem(struct problems *ps, sd_json_variant *problem)
{
	problem_add(ps, sd_json_variant_string(sd_json_variant_by_key(problem, "where")), 0,
		    sd_json_variant_string(sd_json_variant_by_key(problem, "hint")), "%s",
		    sd_json_variant_string(sd_json_variant_by_key(problem, "text")) ?: "");
}

static int add_error(struct problems *ps, const char *what, const char *error, sd_json_variant *reply)
{
	sd_json_variant *list = sd_json_variant_by_key(reply, "problems");
	int err = sd_varlink_error_to_errno(error, reply);

	if (!strcmp(error, ERROR_REFUSED))
		for (size_t i = 0; i < sd_json_variant_elements(list); i++)
			add_problem(ps, sd_json_variant_by_index(list, i));
	else if (!strcmp(error, SD_VARLINK_ERROR_PERMISSION_DENIED))
		problem_add(ps, NULL, 0, "run it as root", "can't %s: only root may change the tree", what);
	else if (!strcmp(error, SD_VARLINK_ERROR_SYSTEM))
		problem_add(ps, NULL, 0, NULL, "can't %s: %s", what, strerror(-err));
	else
		problem_add(ps, NULL, 0, NULL, "can't %s: the loader answered %s", what, error);
	return err;
}

/* @what: "attach '/web'", for messages. */
static int call_within(uint64_t usec, sd_varlink *link, const char *what, const char *method, sd_json_variant *params,
		       sd_json_variant **ret, struct problems *ps)
{
	sd_json_variant *reply = NULL;
	const char *error = NULL;
	int r;

	r = sd_varlink_set_relative_timeout(link, usec);
	if (r >= 0)
		r = sd_varlink_call(link, method, params, &reply, &error);
	if (r < 0) {
		problem_add(ps, NULL, 0, NULL, "can't %s: no answer from the loader: %s", what, strerror(-r));
		return r;
	}
	if (error)
		return add_error(ps, what, error, reply);
	if (ret)
		*ret = sd_json_variant_ref(reply);
	return 0;
}

static int call_on(sd_varlink *link, const char *what, const char *method, sd_json_variant *params,
		   sd_json_variant **ret, struct problems *ps)
{
	return call_within(CALL_TIMEOUT_USEC, link, what, method, params, ret, ps);
}

static int call(const char *socket, const char *what, const char *method, sd_json_variant *params,
		sd_json_variant **ret, struct problems *ps)
{
	_cleanup_(sd_varlink_close_unrefp) sd_varlink *link = NULL;
	int r = client_connect(socket, &link, ps);

	return r < 0 ? r : call_on(link, what, method, params, ret, ps);
}

int client_status(const char *socket, sd_json_variant **ret, struct problems *ps)
{
	return call(socket, "read the status", METHOD_STATUS, NULL, ret, ps);
}

int client_metrics(const char *socket, char **ret, struct problems *ps)
{
	_cleanup_(sd_varlink_close_unrefp) sd_varlink *link = NULL;
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *reply = NULL;
	const char *text;
	int r = client_connect(socket, &link, ps);

	if (r >= 0)
		r = call_within(METRICS_TIMEOUT_USEC, link, "read the metrics", METHOD_METRICS, NULL, &reply, ps);
	if (r < 0)
		return r;
	text = sd_json_variant_string(sd_json_variant_by_key(reply, "text"));
	*ret = copy_text(text);
	return text ? 0 : -EBADMSG;
}

int client_log(const char *socket, const char *node, uint64_t since_us, sd_json_variant **ret, struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *params = NULL;
	int r;

	/* a loader that knows no times is asked for none */
	r = sd_json_buildo(&params, SD_JSON_BUILD_PAIR_CONDITION(!!node, "node", SD_JSON_BUILD_STRING(node)),
			   SD_JSON_BUILD_PAIR_CONDITION(!!since_us, "since_us", SD_JSON_BUILD_UNSIGNED(since_us)));
	return r < 0 ? r : call(socket, "read the log", METHOD_LOG, params, ret, ps);
}

/*
 * An object's file is opened here: the loader runs in another folder, and its service sees neither homes nor /tmp. -1: @sched is
 * a name, for the loader to find.
 */
static int open_object(const char *sched, char **ret_path, int *ret_fd, struct problems *ps)
{
	int err;

	*ret_fd = -1;
	*ret_path = strchr(sched, '/') ? realpath(sched, NULL) : strdup(sched);
	if (*ret_path && strchr(sched, '/'))
		*ret_fd = open(*ret_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*ret_path && (*ret_fd >= 0 || !strchr(sched, '/'))) {
		text_mend(*ret_path);
		return 0;
	}
	err = errno;
	problem_add(ps, NULL, 0, NULL, "can't open '%s': %s", sched, strerror(err));
	return -err;
}

static int push_object(sd_varlink *link, int fd)
{
	int r = sd_varlink_set_allow_fd_passing_output(link, true);

	return r < 0 ? r : sd_varlink_push_dup_fd(link, fd);
}

int client_attach(const char *socket, const char *cgroup, const char *sched, char *const *options, struct problems *ps)
{
	_cleanup_(sd_varlink_close_unrefp) sd_varlink *link = NULL;
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *params = NULL;
	_cleanup_(freep) char *path = NULL, *what = NULL;
	_cleanup_(close_fd) int fd = -1;
	int r, index = 0;

	r = open_object(sched, &path, &fd, ps);
	if (r >= 0)
		r = client_connect(socket, &link, ps);
	if (r < 0)
		return r;
	if (asprintf(&what, "attach '%s' to '%s'", sched, cgroup) < 0)
		return -ENOMEM;
	if (fd >= 0)
		index = push_object(link, fd);
	if (index < 0)
		return index;
	r = sd_json_buildo(&params, SD_JSON_BUILD_PAIR_STRING("cgroup", cgroup),
			   SD_JSON_BUILD_PAIR_STRING("sched", path),
			   SD_JSON_BUILD_PAIR_CONDITION(fd >= 0, "object", SD_JSON_BUILD_INTEGER(index)),
			   SD_JSON_BUILD_PAIR_STRV("options", (char **)options));
	return r < 0 ? r : call_on(link, what, METHOD_ATTACH, params, NULL, ps);
}

int client_detach(const char *socket, const char *cgroup, struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *params = NULL;
	_cleanup_(freep) char *what = NULL;
	int r;

	if (asprintf(&what, "detach '%s'", cgroup) < 0)
		return -ENOMEM;
	r = sd_json_buildo(&params, SD_JSON_BUILD_PAIR_STRING("cgroup", cgroup));
	if (r < 0)
		return r;
	return call(socket, what, METHOD_DETACH, params, NULL, ps);
}

int client_reload(const char *socket, bool dry_run, sd_json_variant **ret, struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *params = NULL;
	int r;

	r = sd_json_buildo(&params, SD_JSON_BUILD_PAIR_BOOLEAN("dry_run", dry_run));
	if (r < 0)
		return r;
	return call(socket, "reload", METHOD_RELOAD, params, ret, ps);
}

int client_set(const char *socket, const char *node, char *const *settings, bool dry_run, sd_json_variant **ret,
	       struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *params = NULL;
	_cleanup_(freep) char *what = NULL;
	int r;

	if (asprintf(&what, "change '%s'", node) < 0)
		return -ENOMEM;
	r = sd_json_buildo(&params, SD_JSON_BUILD_PAIR_STRING("node", node),
			   SD_JSON_BUILD_PAIR_STRV("settings", (char **)settings),
			   SD_JSON_BUILD_PAIR_BOOLEAN("dry_run", dry_run));
	if (r < 0)
		return r;
	return call(socket, what, METHOD_SET, params, ret, ps);
}

int client_stop(const char *socket, bool keep, struct problems *ps)
{
	_cleanup_(sd_json_variant_unrefp) sd_json_variant *params = NULL;
	_cleanup_(sd_varlink_close_unrefp) sd_varlink *link = NULL;
	struct pollfd process = { .fd = -1, .events = POLLIN };
	int r = client_connect(socket, &link, ps);

	if (r < 0)
		return r;
	process.fd = sd_varlink_get_peer_pidfd(link);
	r = sd_json_buildo(&params, SD_JSON_BUILD_PAIR_BOOLEAN("keep", keep));
	if (r >= 0)
		r = call_on(link, "stop the loader", METHOD_STOP, params, NULL, ps);
	/* the next loader can start when it has gone, and not before */
	if (r >= 0 && process.fd >= 0)
		poll(&process, 1, END_TIMEOUT_MSEC);
	return r;
}
