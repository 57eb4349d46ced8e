// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/bpf.h>
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
#include "kernel/folder.h"
#include "object/image.h"
#include "pins.h"
#include "state.h"

#define PINS_TRIES	3

struct pins {
	char *path;			/* for messages */
	struct folder folder;		/* locked */
	unsigned int last;		/* the highest number that a node's folder has */
	struct record tree;		/* as it is pinned; empty: none is */
};

DEFINE_CLEANUP(struct pins, pins_close)

static void close_folder(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
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

/* A folder in another one, which must be ours: a file descriptor or -errno. @make: where there is none */
static int open_in(int folder, const char *name, bool make)
{
	const char *why;

	return folder_open_in(folder, name, make ? 0700 : 0, &why);
}

/* That of a node */
static int open_node(const struct pins *p, unsigned int nr, bool make)
{
	_cleanup_(close_fd) int nodes = open_in(p->folder.fd, "nodes", make);
	char name[16];

	snprintf(name, sizeof(name), "%u", nr);
	return nodes < 0 ? nodes : open_in(nodes, name, make);
}

/* What is in a folder, to be closed; NULL: it can't be read */
static DIR *list(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

/* Open a pin: a file descriptor or -errno. */
static int get(int folder, const char *name)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = BPF_F_PATH_FD, .path_fd = folder);
	int fd = bpf_obj_get_opts(name, &opts);

	return fd < 0 ? -errno : fd;
}

static int pin(int folder, const char *name, int fd)
{
	LIBBPF_OPTS(bpf_obj_pin_opts, opts, .file_flags = BPF_F_PATH_FD, .path_fd = folder);

	return bpf_obj_pin_opts(fd, name, &opts) ? -errno : 0;
}

static void drop(int folder, const char *name)
{
	unlinkat(folder, name, 0);
}

/* Pin, in place of what has that name. */
static int put(int folder, const char *name, int fd)
{
	_cleanup_(freep) char *fresh = path_of("%s-new", name);
	int err;

	if (fd < 0 || !fresh)
		return fresh ? fd : -ENOMEM;
	err = pin(folder, name, fd);
	if (err != -EEXIST)
		return err;
	drop(folder, fresh);
	err = pin(folder, fresh, fd);
	return err ?: renameat(folder, fresh, folder, name) ? -errno : 0;
}

static int put_record(int folder, const char *name, const struct record *r)
{
	_cleanup_(close_fd) int fd = blob_make("scx_record", r->text, r->size);

	return put(folder, name, fd);
}

static int get_record(int folder, const char *name, struct record *ret)
{
	_cleanup_(close_fd) int fd = get(folder, name);
	void *text = NULL;
	int err;

	if (fd < 0)
		return fd;
	err = blob_read(fd, &text, &ret->size);
	ret->text = text;
	if (err || record_check(ret)) {
		record_clear(ret);
		return err ?: -EINVAL;
	}
	return 0;
}

/* Whatever its name is: a folder knows where it is. */
static void remove_folder(int folder, const char *name)
{
	_cleanup_(close_fd) int above = openat(folder, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

	unlinkat(above, name, AT_REMOVEDIR);
}

/* The link first, so that what runs is not without what belongs to it; the record of a folder last. */
static void empty(int folder, const char *name)
{
	_cleanup_(close_folder) DIR *dir = list(folder);
	struct dirent *entry;

	drop(folder, "link");
	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.' && strcmp(entry->d_name, "record"))
			drop(folder, entry->d_name);
	drop(folder, "record");
	remove_folder(folder, name);
}

/* The folder */

static int refuse_place(const char *path, int err, const char *why, struct problems *ps)
{
	_cleanup_(freep) char *copy = strdup(path), *hint = NULL;
	const char *above = copy ? dirname(copy) : "";
	struct statfs st;

	if (why) {
		hint = path_of("see who made it, remove it, and keep others from it: chmod 0700 %s", above);
		problem_add(ps, NULL, 0, hint, "can't pin the tree in '%s': %s", path, why);
		return err;
	}
	if (!statfs(above, &st) && (unsigned int)st.f_type != BPF_FS_MAGIC && (!err || err == -EPERM || err == -ENOENT))
		err = -ENODEV;
	hint = path_of("mount -t bpf -o mode=0700 bpf %s", above);
	if (err == -ENODEV)
		problem_add(ps, NULL, 0, hint, "can't pin the tree in '%s': '%s' is no bpffs", path, above);
	else
		problem_add(ps, NULL, 0, NULL, "can't pin the tree in '%s': %s", path, strerror(-err));
	return err;
}

/* Open and lock it; -EAGAIN when it was removed meanwhile. */
static int lock_folder(struct pins *p, struct problems *ps)
{
	const char *why;
	int err;

	err = folder_open(p->path, 0700, &p->folder, &why);
	if (err)
		return refuse_place(p->path, err, why, ps);
	if (flock(p->folder.fd, LOCK_EX | LOCK_NB)) {
		problem_add(ps, NULL, 0, "one loader runs on a machine; see its --socket",
			    "another loader has the tree that is pinned in '%s'", p->path);
		return -EBUSY;
	}
	if (folder_is_there(&p->folder))
		return 0;
	folder_close(&p->folder);
	return -EAGAIN;
}

static int refuse_foreign(const struct pins *p, const char *why, struct problems *ps)
{
	problem_add(ps, NULL, 0, "see what it is; this loader touches nothing in it, and starts when it is gone",
		    "'%s' is not what a loader leaves: %s", p->path, why);
	return -EPROTO;
}

static bool is_empty(const struct pins *p)
{
	_cleanup_(close_folder) DIR *dir = list(p->folder.fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			return false;
	return true;
}

/* What is in it must be ours, too, where it is there at all. */
static int check_within(const struct pins *p, const char *name, struct problems *ps)
{
	_cleanup_(freep) char *text = NULL;
	const char *why;
	int fd = folder_open_in(p->folder.fd, name, 0, &why);

	if (fd >= 0)
		close(fd);
	if (fd >= 0 || fd == -ENOENT)
		return 0;
	text = path_of("its '%s' can't be opened: %s", name, why ?: strerror(-fd));
	return refuse_foreign(p, text ?: "", ps);
}

/* What is in the folder: nothing, a tree of ours, or what is nothing of ours. */
static int recognise(struct pins *p, struct problems *ps)
{
	_cleanup_(freep) char *hint = NULL;
	struct statfs st;
	int err;

	if (fstatfs(p->folder.fd, &st) || (unsigned int)st.f_type != BPF_FS_MAGIC) {
		if (is_empty(p))
			folder_remove(&p->folder);
		return refuse_place(p->path, -ENODEV, NULL, ps);
	}
	err = get_record(p->folder.fd, "tree", &p->tree);
	if (err == -ENOENT)
		return is_empty(p) ? 0 : refuse_foreign(p, "it has no 'tree'", ps);
	if (err || !record_get(&p->tree, "scx-loader"))
		return refuse_foreign(p, "its 'tree' can't be read", ps);
	if (record_number(&p->tree, "scx-loader") == STATE_LAYOUT)
		return check_within(p, "root", ps) ?: check_within(p, "nodes", ps);
	hint = path_of("end it with 'stop' of that version, or with 'rm -r %s'", p->path);
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
	p->folder = (struct folder)FOLDER_NONE;
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
	if (p->folder.fd >= 0)
		folder_remove(&p->folder);
	folder_close(&p->folder);
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

	err = err ?: put_record(p->folder.fd, "tree", &r);
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
	_cleanup_(close_fd) int nodes = open_in(p->folder.fd, "nodes", false);
	_cleanup_(close_folder) DIR *dir = nodes < 0 ? NULL : list(nodes);
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

static int bind_folder(const struct pins *p, struct sched *s, unsigned int nr, bool make)
{
	int fd = nr ? open_node(p, nr, make) : open_in(p->folder.fd, "root", make);

	if (fd < 0)
		return fd;
	s->folder = nr ? path_of("%s/nodes/%u", p->path, nr) : path_of("%s/root", p->path);
	if (!s->folder) {
		close(fd);
		return -ENOMEM;
	}
	s->folder_fd = fd;
	return 0;
}

int pins_bind(const struct pins *p, struct sched *s, unsigned int nr)
{
	return bind_folder(p, s, nr, !nr);
}

void pins_unbind(struct sched *s)
{
	if (s->folder)
		close(s->folder_fd);
	free(s->folder);
	s->folder = NULL;
	record_clear(&s->recorded);
}

int pins_put(const struct sched *s, const char *name, int fd)
{
	return s->folder ? put(s->folder_fd, name, fd) : 0;
}

int pins_get(const struct sched *s, const char *name)
{
	return s->folder ? get(s->folder_fd, name) : -ENOENT;
}

void pins_drop(const struct sched *s, const char *name)
{
	if (s->folder)
		drop(s->folder_fd, name);
}

struct bpf_link *pins_open_link(const struct sched *s)
{
	_cleanup_(freep) char *path = folder_path(s->folder_fd, "link");

	return path ? bpf_link__open(path) : NULL;
}

int pins_read(const struct sched *s, struct record *ret)
{
	return get_record(s->folder_fd, "record", ret);
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
	err = err ?: put_record(s->folder_fd, "record", &r);
	if (err) {
		record_clear(&r);
		return err;
	}
	record_clear(&s->recorded);
	s->recorded = r;
	return 0;
}

int pins_add(struct pins *p, struct sched *s, struct problems *ps)
{
	int err;

	if (!p)
		return 0;
	err = bind_folder(p, s, ++p->last, true);
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
		empty(s->folder_fd, strrchr(s->folder, '/') + 1);
	pins_unbind(s);
}

/* All of it */

/* End a scheduler: the last to let go of a link waits until the kernel is done. Was one pinned? */
static bool end_link(int folder)
{
	int fd = get(folder, "link");

	drop(folder, "link");
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void take_node_down(int folder, unsigned int nr, void (*tell)(void *arg, const char *name, const char *cgroup),
			   void *arg, struct problems *ps)
{
	struct record r = {};
	const char *cgroup;
	char name[16];
	bool ran = end_link(folder);
	int err;

	if (!get_record(folder, "record", &r) && (cgroup = record_get(&r, "key.cgroup"))) {
		if (ran && tell)
			tell(arg, record_get(&r, "name") ?: "?", cgroup);
		err = cgroup_is_made(cgroup) ? cgroup_remove(cgroup) : 0;
		if (err && err != -ENOENT)
			problem_add(ps, NULL, 0, "remove it with rmdir when its tasks are gone",
				    "cgroup '%s' is left: %s", cgroup, strerror(-err));
		if (!strcmp(record_get(&r, "key.create") ?: "no", "yes"))
			cgroup_remove_begun(cgroup);
	}
	record_clear(&r);
	snprintf(name, sizeof(name), "%u", nr);
	empty(folder, name);
}

bool pins_take_down(struct pins *p, void (*tell)(void *arg, const char *name, const char *cgroup), void *arg,
		    struct problems *ps)
{
	_cleanup_(close_fd) int root = open_in(p->folder.fd, "root", false);
	_cleanup_(freep) unsigned int *numbers = NULL;
	bool ran;

	for (int i = pins_nodes(p, &numbers); i-- > 0;) {
		_cleanup_(close_fd) int node = open_node(p, numbers[i], false);

		if (node >= 0)
			take_node_down(node, numbers[i], tell, arg, ps);
	}
	ran = root >= 0 && end_link(root);
	pins_clear(p);
	return ran;
}

void pins_clear(struct pins *p)
{
	_cleanup_(close_fd) int root = p ? open_in(p->folder.fd, "root", false) : -1;

	if (!p)
		return;
	unlinkat(p->folder.fd, "nodes", AT_REMOVEDIR);
	if (root >= 0)
		empty(root, "root");
	drop(p->folder.fd, "tree-new");
	drop(p->folder.fd, "tree");
	record_clear(&p->tree);
}
