// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "object/blob.h"
#include "kernel/cgroup.h"
#include "object/image.h"
#include "pins.h"
#include "state.h"

#define PINS_TRIES	3

struct pins {
	char *path;
	int fd;				/* of the folder; locked */
	unsigned int last;		/* the highest number that a node's folder has */
	struct record tree;		/* as it is pinned; empty: none is */
};

DEFINE_CLEANUP(struct pins, pins_close)

static void close_folder(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

/* asprintf() with NULL, which no file has as its path, for failure. */
__attribute__((format(printf, 1, 2))) static char *path_of(const char *fmt, ...)
{
	va_list args;
	char *path;
	int n;

	va_start(args, fmt);
	n = vasprintf(&path, fmt, args);
	va_end(args);
	return n < 0 ? NULL : path;
}

/* Open a pin: a file descriptor or -errno. */
static int get(const char *folder, const char *name)
{
	_cleanup_(freep) char *path = path_of("%s/%s", folder, name);
	int fd = bpf_obj_get(path);

	return fd < 0 ? -errno : fd;
}

/* Pin, in place of what has that name. */
static int put(const char *folder, const char *name, int fd)
{
	_cleanup_(freep) char *path = path_of("%s/%s", folder, name), *fresh = path_of("%s/%s-new", folder, name);

	if (fd < 0)
		return fd;
	if (!bpf_obj_pin(fd, path))
		return 0;
	if (errno != EEXIST)
		return -errno;
	unlink(fresh);
	return bpf_obj_pin(fd, fresh) || rename(fresh, path) ? -errno : 0;
}

static void drop(const char *folder, const char *name)
{
	_cleanup_(freep) char *path = path_of("%s/%s", folder, name);

	unlink(path);
}

static int put_record(const char *folder, const char *name, const struct record *r)
{
	int fd = blob_make("scx_record", r->text, r->size), err = put(folder, name, fd);

	if (fd >= 0)
		close(fd);
	return err;
}

static int get_record(const char *folder, const char *name, struct record *ret)
{
	int fd = get(folder, name), err;
	void *text = NULL;

	if (fd < 0)
		return fd;
	err = blob_read(fd, &text, &ret->size);
	close(fd);
	ret->text = text;
	if (err || record_check(ret)) {
		record_clear(ret);
		return err ?: -EINVAL;
	}
	return 0;
}

/* The link first, so that what runs is not without what belongs to it; the record of a folder last. */
static void empty(const char *folder)
{
	_cleanup_(close_folder) DIR *dir = opendir(folder);
	struct dirent *entry;

	drop(folder, "link");
	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.' && strcmp(entry->d_name, "record"))
			drop(folder, entry->d_name);
	drop(folder, "record");
	rmdir(folder);
}

/* The folder */

static int refuse_place(const char *path, int err, struct problems *ps)
{
	_cleanup_(freep) char *copy = strdup(path), *hint = NULL;
	const char *above = copy ? dirname(copy) : "";
	struct statfs st;

	if (!statfs(above, &st) && (unsigned int)st.f_type != BPF_FS_MAGIC && (!err || err == -EPERM || err == -ENOENT))
		err = -ENODEV;
	if (asprintf(&hint, "mount -t bpf bpf %s", above) < 0)
		hint = NULL;
	if (err == -ENODEV)
		problem_add(ps, NULL, 0, hint, "can't pin the tree in '%s': '%s' is no bpffs", path, above);
	else
		problem_add(ps, NULL, 0, NULL, "can't pin the tree in '%s': %s", path, strerror(-err));
	return err;
}

/* Open and lock it; -EAGAIN when it was removed meanwhile. */
static int lock_folder(struct pins *p, struct problems *ps)
{
	struct stat opened, there;

	if (mkdir(p->path, 0700) && errno != EEXIST)
		return refuse_place(p->path, -errno, ps);
	p->fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (p->fd < 0)
		return refuse_place(p->path, -errno, ps);
	if (flock(p->fd, LOCK_EX | LOCK_NB)) {
		problem_add(ps, NULL, 0, "one loader runs on a machine; see its --socket",
			    "another loader has the tree that is pinned in '%s'", p->path);
		return -EBUSY;
	}
	if (!fstat(p->fd, &opened) && !stat(p->path, &there) && opened.st_ino == there.st_ino)
		return 0;
	close(p->fd);
	p->fd = -1;
	return -EAGAIN;
}

static int refuse_foreign(const struct pins *p, const char *why, struct problems *ps)
{
	problem_add(ps, NULL, 0, "see what it is; this loader touches nothing in it, and starts when it is gone",
		    "'%s' is not what a loader leaves: %s", p->path, why);
	return -EPROTO;
}

static bool is_empty(const char *path)
{
	_cleanup_(close_folder) DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			return false;
	return true;
}

/* What is in the folder: nothing, a tree of ours, or what is nothing of ours. */
static int recognise(struct pins *p, struct problems *ps)
{
	_cleanup_(freep) char *hint = NULL;
	struct statfs st;
	int err;

	if (fstatfs(p->fd, &st) || (unsigned int)st.f_type != BPF_FS_MAGIC) {
		if (is_empty(p->path))
			rmdir(p->path);
		return refuse_place(p->path, -ENODEV, ps);
	}
	err = get_record(p->path, "tree", &p->tree);
	if (err == -ENOENT)
		return is_empty(p->path) ? 0 : refuse_foreign(p, "it has no 'tree'", ps);
	if (err || !record_get(&p->tree, "scx-loader"))
		return refuse_foreign(p, "its 'tree' can't be read", ps);
	if (record_number(&p->tree, "scx-loader") == STATE_LAYOUT)
		return 0;
	if (asprintf(&hint, "end it with 'stop' of that version, or with 'rm -r %s'", p->path) < 0)
		hint = NULL;
	problem_add(ps, NULL, 0, hint,
		    "the tree in '%s' was left by version %s in layout %s; this is version %s and knows layout %d",
		    p->path, record_get(&p->tree, "loader") ?: "?", record_get(&p->tree, "scx-loader"), VERSION,
		    STATE_LAYOUT);
	record_clear(&p->tree);
	return -EPROTO;
}

int pins_open(const char *path, struct pins **ret, struct problems *ps)
{
	_cleanup_(pins_closep) struct pins *p = calloc(1, sizeof(*p));
	_cleanup_(freep) unsigned int *numbers = NULL;
	int err = -EAGAIN, nr;

	if (!p)
		return -ENOMEM;
	p->fd = -1;
	p->path = strdup(path);
	if (!p->path)
		return -ENOMEM;
	for (int i = 0; i < PINS_TRIES && err == -EAGAIN; i++)
		err = lock_folder(p, ps);
	err = err ?: recognise(p, ps);
	if (err)
		return err;
	nr = pins_nodes(p, &numbers);
	if (nr < 0)
		return nr;
	p->last = nr ? numbers[nr - 1] : 0;
	*ret = take_ptr(p);
	return 0;
}

void pins_close(struct pins *p)
{
	if (!p)
		return;
	/* what is not empty stays */
	if (p->fd >= 0) {
		rmdir(p->path);
		close(p->fd);
	}
	record_clear(&p->tree);
	free(p->path);
	free(p);
}

const char *pins_path(const struct pins *p)
{
	return p->path;
}

const struct record *pins_tree(const struct pins *p)
{
	return p->tree.size ? &p->tree : NULL;
}

int pins_write_tree(struct pins *p, const struct hierarchy *h, struct sched *root, bool stopping)
{
	struct record r = {};
	int err = state_write_root(h, root->obj->facts.path, stopping, &r);

	err = err ?: put_record(p->path, "tree", &r);
	if (!err && !root->folder)
		err = pins_bind(p, root, 0);
	if (err) {
		record_clear(&r);
		return err;
	}
	record_clear(&p->tree);
	p->tree = r;
	return 0;
}

int pins_nodes(const struct pins *p, unsigned int **ret)
{
	_cleanup_(freep) unsigned int *numbers = NULL;
	_cleanup_(freep) char *path = path_of("%s/nodes", p->path);
	_cleanup_(close_folder) DIR *dir = opendir(path);
	struct dirent *entry;
	int nr = 0;

	while (dir && (entry = readdir(dir))) {
		unsigned int number = strtoul(entry->d_name, NULL, 10), *more;
		int i = nr;

		if (!number)
			continue;
		more = reallocarray(numbers, nr + 1, sizeof(*numbers));
		if (!more)
			return -ENOMEM;
		numbers = more;
		for (; i > 0 && numbers[i - 1] > number; i--)
			numbers[i] = numbers[i - 1];
		numbers[i] = number;
		nr++;
	}
	*ret = take_ptr(numbers);
	return nr;
}

/* A scheduler */

int pins_bind(const struct pins *p, struct sched *s, unsigned int nr)
{
	s->folder = nr ? path_of("%s/nodes/%u", p->path, nr) : path_of("%s/root", p->path);
	return s->folder ? 0 : -ENOMEM;
}

int pins_put(const struct sched *s, const char *name, int fd)
{
	return s->folder ? put(s->folder, name, fd) : 0;
}

int pins_get(const struct sched *s, const char *name)
{
	return s->folder ? get(s->folder, name) : -ENOENT;
}

void pins_drop(const struct sched *s, const char *name)
{
	if (s->folder)
		drop(s->folder, name);
}

int pins_read(const struct sched *s, struct record *ret)
{
	return get_record(s->folder, "record", ret);
}

int pins_record(struct sched *s)
{
	struct record r = {};
	int err;

	if (!s->folder || !s->node)
		return 0;
	err = state_write(s, &r);
	if (!err && r.size == s->recorded.size && !memcmp(r.text, s->recorded.text, r.size)) {
		record_clear(&r);
		return 0;
	}
	err = err ?: put_record(s->folder, "record", &r);
	if (err) {
		record_clear(&r);
		return err;
	}
	record_clear(&s->recorded);
	s->recorded = r;
	return 0;
}

static int make_folder(struct pins *p, struct sched *s)
{
	_cleanup_(freep) char *nodes = path_of("%s/nodes", p->path);
	int err;

	if (mkdir(nodes, 0700) && errno != EEXIST)
		return -errno;
	err = pins_bind(p, s, p->last + 1);
	if (err)
		return err;
	p->last++;
	return mkdir(s->folder, 0700) ? -errno : 0;
}

int pins_add(struct pins *p, struct sched *s, struct problems *ps)
{
	int err;

	if (!p)
		return 0;
	err = make_folder(p, s);
	err = err ?: pins_put(s, "object", image_map(s->obj->image));
	err = err ?: pins_record(s);
	if (err) {
		problem_add(ps, NULL, 0, NULL, "can't pin [%s] in '%s': %s", s->node->name, p->path, strerror(-err));
		pins_remove(s);
	}
	return err;
}

int pins_hold(struct sched *s)
{
	int err;

	if (!s->folder)
		return 0;
	if (!s->node && mkdir(s->folder, 0700) && errno != EEXIST)
		return -errno;
	err = pins_put(s, "object", image_map(s->obj->image));
	for (size_t i = 0; i < NR_PARTS && !err; i++)
		if (s->obj->part[i] >= 0)
			err = pins_put(s, object_part_name(i), s->obj->part[i]);
	err = err ?: pins_record(s);
	return err ?: pins_put(s, "link", bpf_link__fd(s->link));
}

void pins_let_go(const struct sched *s)
{
	pins_drop(s, "link");
	for (size_t i = 0; i < NR_PARTS; i++)
		pins_drop(s, object_part_name(i));
}

void pins_remove(struct sched *s)
{
	if (s->folder)
		empty(s->folder);
	free(s->folder);
	s->folder = NULL;
	record_clear(&s->recorded);
}

/* All of it */

/* End a scheduler: the last to let go of a link waits until the kernel is done. */
static void end_link(const char *folder)
{
	int fd = get(folder, "link");

	drop(folder, "link");
	if (fd >= 0)
		close(fd);
}

static void take_node_down(const char *folder, void (*tell)(void *arg, const char *name, const char *cgroup), void *arg,
			   struct problems *ps)
{
	struct record r = {};
	const char *cgroup;
	int fd = get(folder, "link"), err;

	if (fd >= 0)
		close(fd);
	end_link(folder);
	if (!get_record(folder, "record", &r) && (cgroup = record_get(&r, "key.cgroup"))) {
		if (fd >= 0 && tell)
			tell(arg, record_get(&r, "name") ?: "?", cgroup);
		err = cgroup_is_made(cgroup) ? cgroup_remove(cgroup) : 0;
		if (err && err != -ENOENT)
			problem_add(ps, NULL, 0, "remove it with rmdir when its tasks are gone",
				    "cgroup '%s' is left: %s", cgroup, strerror(-err));
	}
	record_clear(&r);
	empty(folder);
}

void pins_take_down(struct pins *p, void (*tell)(void *arg, const char *name, const char *cgroup), void *arg,
		    struct problems *ps)
{
	_cleanup_(freep) char *root = path_of("%s/root", p->path);
	_cleanup_(freep) unsigned int *numbers = NULL;

	for (int i = pins_nodes(p, &numbers); i-- > 0;) {
		_cleanup_(freep) char *folder = path_of("%s/nodes/%u", p->path, numbers[i]);

		take_node_down(folder, tell, arg, ps);
	}
	end_link(root);
	pins_clear(p);
}

void pins_clear(struct pins *p)
{
	_cleanup_(freep) char *nodes = p ? path_of("%s/nodes", p->path) : NULL;
	_cleanup_(freep) char *root = p ? path_of("%s/root", p->path) : NULL;

	if (!nodes || !root)
		return;
	rmdir(nodes);
	empty(root);
	drop(p->path, "tree-new");
	drop(p->path, "tree");
	record_clear(&p->tree);
}
