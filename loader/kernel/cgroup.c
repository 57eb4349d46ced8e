// SPDX-License-Identifier: GPL-2.0
/*
 * cgroup.c: cgroups, by libcgroup.
 *
 * Two of its habits shape this file. cgroup_create_cgroup() with a controller removes the cgroup again when anything
 * fails, also one that was there before, and moves its tasks to the parent: so cgroups are made here without a
 * controller, one level at a time, and controllers are enabled by writing cgroup.subtree_control. And it passes over
 * errors that the kernel answers to a write: so what was asked for is looked at afterwards.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <libcgroup.h>

#include "cgroup.h"
#include "cleanup.h"

static char *mount_point;	/* of cgroup v2; known once libcgroup is ready */
static int mount_fd = -1;	/* that folder: what is asked of a cgroup without libcgroup is asked through it */

/*
 * What cgroup_make() made carries a mark, which outlives a loader that was killed: MADE_FOR_NODE goes when its node does,
 * MADE_ON_THE_WAY when nothing is below it any more.
 */
#define MARK		"trusted.scx-loader"
#define MADE_FOR_NODE	"node"
#define MADE_ON_THE_WAY	"way"

/* On a cgroup below which one is about to be made: its name, until that has its own mark. A loader may die in between. */
#define MAKING		"trusted.scx-loader.making"

#define UNIT_MARK	"trusted.invocation_id"	/* of systemd's, on the cgroup of each unit that it has started */

static void free_cgroup(struct cgroup **cg)
{
	if (*cg)
		cgroup_free(cg);
}

/* asprintf() with NULL for failure. */
__attribute__((format(printf, 1, 2))) static char *text(const char *fmt, ...)
{
	char *ret;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vasprintf(&ret, fmt, args);
	va_end(args);
	return n < 0 ? NULL : ret;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void silence(void *, int, const char *, va_list)
{
}

/* libcgroup's codes are positive; behind ECGOTHER, and behind a mkdir() that failed, there is an errno. */
static int to_errno(int code)
{
	switch (code) {
	case 0:
		return 0;
	case ECGOTHER:
		return -cgroup_get_last_errno() ?: -EIO;
	case ECGROUPNOTALLOWED:
		return -errno ?: -EACCES;
	case ECGROUPNOTOWNER:
		return -EPERM;
	case ECGROUPNOTEXIST:
	case ECGROUPVALUENOTEXIST:
	case ECGROUPSUBSYSNOTMOUNTED:
		return -ENOENT;
	default:
		return -EIO;
	}
}

/* Not about one node, and so not to be told for each of them. */
static void tell_once(struct problems *ps, const char *hint, const char *what)
{
	for (size_t i = 0; ps && i < ps->nr; i++)
		if (!strcmp(ps->list[i].text, what))
			return;
	problem_add(ps, NULL, 0, hint, "%s", what);
}

static int open_mount(void)
{
	_cleanup_(freep) char *path = NULL;
	int err = to_errno(cgroup_get_subsys_mount_point("cpu", &path));
	struct statfs st;

	if (err)
		return err;
	mount_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mount_fd >= 0 && !fstatfs(mount_fd, &st) && st.f_type == CGROUP2_SUPER_MAGIC) {
		mount_point = take_ptr(path);
		return 0;
	}
	close_fd(&mount_fd);
	mount_fd = -1;
	return -ENODEV;
}

/* Find where cgroup v2 is, with its cpu controller. -ENODEV: not on this machine. */
static int set_up(struct problems *ps)
{
	enum cg_version_t version;
	int code;

	if (mount_point)
		return 0;
	cgroup_set_logger(silence, CGROUP_LOG_ERROR, NULL);
	code = cgroup_init();
	if (code && code != ECGROUPNOTMOUNTED)
		tell_once(ps, NULL, "libcgroup can't find the cgroups of this machine");
	else if (cgroup_get_controller_version(NULL, &version))
		tell_once(ps, "mount -t cgroup2 none /sys/fs/cgroup", "cgroup v2 is not mounted");
	else if (cgroup_get_controller_version("cpu", &version))
		tell_once(ps, "a kernel with CONFIG_CGROUP_SCHED is needed", "cgroup v2 has no cpu controller");
	else if (version != CGROUP_V2)
		tell_once(ps, "boot with 'systemd.unified_cgroup_hierarchy=1', or 'cgroup_no_v1=all'",
			  "cgroup v1 has the cpu controller");
	else
		return open_mount();
	return -ENODEV;
}

/* A cgroup: a file descriptor or -errno. Nothing on the way is a link, or another file system that lies over it. */
static int open_cgroup(const char *path)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	int fd = syscall(SYS_openat2, mount_fd, path[1] ? path + 1 : ".", &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

const char *cgroup_unit(const char *path)
{
	static const char *const kinds[] = { ".service", ".slice", ".scope" };
	const char *name = strrchr(path, '/') + 1, *kind = strrchr(name, '.');

	for (size_t i = 0; kind && kind > name && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i]))
			return name;
	return NULL;
}

/* The first line of a cgroup's file, "" when it is empty. -ENAMETOOLONG: libcgroup would cut the path. */
static int read_line(const char *path, const char *file, char *line, size_t size)
{
	void *handle = NULL;
	int code;

	if (strlen(mount_point) + strlen(path) + strlen(file) + 4 > FILENAME_MAX)
		return -ENAMETOOLONG;
	code = cgroup_read_value_begin("cpu", path, file, &handle, line, size);
	if (handle)
		cgroup_read_value_end(&handle);
	if (code && code != ECGEOF)
		return to_errno(code);
	line[code ? 0 : strcspn(line, "\n")] = '\0';
	return 0;
}

static int write_value(const char *path, const char *file, const char *value)
{
	_cleanup_(free_cgroup) struct cgroup *cg = cgroup_new_cgroup(path);
	struct cgroup_controller *cpu = cg ? cgroup_add_controller(cg, "cpu") : NULL;

	if (!cpu)
		return -ENOMEM;
	return to_errno(cgroup_add_value_string(cpu, file, value) ?: cgroup_modify_cgroup(cg));
}

/* Does a list of controllers, cgroup.controllers or cgroup.subtree_control, have the cpu controller? */
static bool lists_cpu(const char *path, const char *file)
{
	char line[512], *rest = line, *word;

	if (read_line(path, file, line, sizeof(line)))
		return false;
	while ((word = strsep(&rest, " ")))
		if (!strcmp(word, "cpu"))
			return true;
	return false;
}

static bool exists(const char *path)
{
	uint64_t id;

	return !cgroup_id(path, &id);
}

int cgroup_id(const char *path, uint64_t *ret)
{
	int err = set_up(NULL);
	_cleanup_(close_fd) int fd = err ?: open_cgroup(path);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		return -errno;
	*ret = st.st_ino;
	return 0;
}

char *cgroup_child(const char *path, uint64_t id)
{
	int err = set_up(NULL), fd = err ?: open_cgroup(*path ? path : "/");
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char *child = NULL;

	if (!dir)
		return NULL;
	while (!child && (entry = readdir(dir)))
		if (entry->d_ino == id && entry->d_type == DT_DIR)
			child = text("%s/%s", path, entry->d_name);
	closedir(dir);
	return child;
}

/* To be freed; "/" is its own parent. */
static char *parent_of(const char *path)
{
	size_t len = strrchr(path, '/') - path;

	return strndup(path, len ?: 1);
}

static bool is_root(const char *path)
{
	return !path[1];
}

int cgroup_cpus(const char *path, struct cid_set *ret)
{
	_cleanup_(freep) char *above = NULL;
	char line[POOL_MAX_CIDS * 5];
	int r = set_up(NULL) ?: read_line(path, "cpuset.cpus.effective", line, sizeof(line));

	if (!r)
		return cid_set_parse(line, ret);
	if (r != -ENOENT || is_root(path))
		return r;
	above = parent_of(path);
	return cgroup_cpus(above, ret);
}

char *cgroup_folder_above(const char *path)
{
	_cleanup_(freep) char *parent = set_up(NULL) ? NULL : parent_of(path);

	if (!parent || is_root(parent) || exists(parent))
		return parent ? text("%s%s", mount_point, parent) : NULL;
	return cgroup_folder_above(parent);
}

/* Processes of its own. The real root may have them beside controllers; the root of a cgroup namespace has a type. */
static bool has_processes(const char *path)
{
	char line[64];

	if (is_root(path) && read_line(path, "cgroup.type", line, sizeof(line)))
		return false;
	return !read_line(path, "cgroup.procs", line, sizeof(line)) && *line;
}

/* A cgroup with processes of its own and controllers for those below makes the latter threaded, or invalid. */
static int check_above(const struct node *node, const char *path, const char *file, struct problems *ps)
{
	_cleanup_(freep) char *parent = parent_of(path);

	if (!parent)
		return -ENOMEM;
	if (has_processes(parent)) {
		problem_add(ps, file, node->lines.cgroup, "move them to a cgroup of their own below it",
			    "cgroup '%s' has processes of its own, so '%s' can have none", parent, node->cgroup);
		return -EBUSY;
	}
	return is_root(parent) ? 0 : check_above(node, parent, file, ps);
}

static int check_type(const struct node *node, const char *file, struct problems *ps)
{
	char type[64] = "";

	if (!exists(node->cgroup) || read_line(node->cgroup, "cgroup.type", type, sizeof(type)) ||
	    !strncmp(type, "domain", strlen("domain")))
		return 0;
	problem_add(ps, file, node->lines.cgroup, "a domain cgroup is needed, see cgroup.type",
		    "cgroup '%s' takes no processes: its type is '%s'", node->cgroup, type);
	return -EOPNOTSUPP;
}

/* Where the cpu controller must be enabled first, for a cgroup to get it in the end; to be freed. */
static char *lacks_enabling(const char *path)
{
	_cleanup_(freep) char *parent = parent_of(path);

	if (!parent || is_root(parent) || lists_cpu(parent, "cgroup.controllers"))
		return take_ptr(parent);
	return lacks_enabling(parent);
}

static int check_controller(const struct node *node, const char *file, struct problems *ps)
{
	_cleanup_(freep) char *create =
		file ? text("set 'create = yes' in [%s]", node->name) : strdup("add '-o create=yes'");
	_cleanup_(freep) char *where = lacks_enabling(node->cgroup);
	_cleanup_(freep) char *hint = NULL;

	if (!create || !where)
		return -ENOMEM;
	if (lists_cpu(node->cgroup, "cgroup.controllers"))
		return 0;
	if (cgroup_unit(node->cgroup))
		hint = text("systemctl set-property %s CPUWeight=%u", cgroup_unit(node->cgroup), node->weight ?: 100);
	else
		hint = text("echo +cpu >%s%s/cgroup.subtree_control, or %s", mount_point, is_root(where) ? "" : where,
			    create);
	problem_add(ps, file, node->lines.cgroup, hint, "the cpu controller is not enabled for cgroup '%s'",
		    node->cgroup);
	return -EOPNOTSUPP;
}

int cgroup_check(const struct node *node, const char *file, struct problems *ps)
{
	int err = set_up(ps), above;

	if (err || (!node->create && !cgroup_is_there(node->cgroup)))
		return err;
	err = node->create ? 0 : check_controller(node, file, ps);
	above = check_above(node, node->cgroup, file, ps);
	return err ?: above ?: check_type(node, file, ps);
}

/* Is a cgroup the one that was being made below its parent? */
static bool was_being_made(const char *path)
{
	_cleanup_(freep) char *parent = parent_of(path);
	_cleanup_(close_fd) int fd = parent ? open_cgroup(parent) : -ENOMEM;
	char name[NAME_MAX + 1] = "";

	return fd >= 0 && fgetxattr(fd, MAKING, name, sizeof(name) - 1) > 0 && !strcmp(name, strrchr(path, '/') + 1);
}

static void set_making(const char *path, bool making)
{
	_cleanup_(freep) char *parent = parent_of(path);
	_cleanup_(close_fd) int fd = parent ? open_cgroup(parent) : -ENOMEM;
	const char *name = strrchr(path, '/') + 1;

	if (fd >= 0 && making)
		fsetxattr(fd, MAKING, name, strlen(name), 0);
	else if (fd >= 0)
		fremovexattr(fd, MAKING);
}

/* The mark of a cgroup; NULL: it was not made here, or systemd has a unit there by now, and removes it with that. */
static const char *mark_of(const char *path)
{
	_cleanup_(close_fd) int fd = open_cgroup(path);
	char mark[sizeof(MADE_FOR_NODE)] = "";

	if (fd < 0 || fgetxattr(fd, UNIT_MARK, NULL, 0) > 0)
		return NULL;
	if (fgetxattr(fd, MARK, mark, sizeof(mark) - 1) < 0)
		return was_being_made(path) ? MADE_ON_THE_WAY : NULL;
	return strcmp(mark, MADE_ON_THE_WAY) ? MADE_FOR_NODE : MADE_ON_THE_WAY;
}

static int set_mark(const char *path, const char *mark)
{
	_cleanup_(close_fd) int fd = open_cgroup(path);

	if (fd < 0)
		return fd;
	return fsetxattr(fd, MARK, mark, strlen(mark), 0) ? -errno : 0;
}

/* Remove it if it is empty. libcgroup answers 0 also when it is not. */
static int remove_empty(const char *path)
{
	_cleanup_(free_cgroup) struct cgroup *cg = cgroup_new_cgroup(path);
	int err = cg ? to_errno(cgroup_delete_cgroup_ext(cg, CGFLAG_DELETE_EMPTY_ONLY)) : -ENOMEM;

	return err ?: exists(path) ? -EBUSY : 0;
}

static int make_level(const char *path)
{
	_cleanup_(free_cgroup) struct cgroup *cg = cgroup_new_cgroup(path);
	int err;

	if (!cg)
		return -ENOMEM;
	set_making(path, true);
	errno = 0;
	err = to_errno(cgroup_create_cgroup(cg, 1));
	if (!err) {
		err = set_mark(path, MADE_ON_THE_WAY);
		if (err)
			remove_empty(path);
	}
	set_making(path, false);
	return err;
}

/* Remove what was made on the way to a cgroup, from that upwards, as far as nothing else is there. */
static void remove_way(const char *path)
{
	_cleanup_(freep) char *parent = parent_of(path);
	const char *mark = mark_of(path);

	if (exists(path) && (!mark || strcmp(mark, MADE_ON_THE_WAY) || remove_empty(path)))
		return;
	if (was_being_made(path))
		set_making(path, false);
	if (parent && !is_root(parent))
		remove_way(parent);
}

/* Down from the nearest ancestor that has the cpu controller: enable it for those below, make what is missing. */
static int make(const char *path)
{
	_cleanup_(freep) char *parent = parent_of(path);
	int err;

	if (!parent)
		return -ENOMEM;
	if (is_root(path) || lists_cpu(path, "cgroup.controllers"))
		return 0;
	err = make(parent);
	if (!err && !lists_cpu(parent, "cgroup.subtree_control"))
		err = write_value(parent, "cgroup.subtree_control", "+cpu");
	if (!err && !exists(path))
		err = make_level(path);
	return err;
}

int cgroup_make(const char *path, bool *ret_made)
{
	int err = set_up(NULL);

	if (err)
		return err;
	err = make(path);
	if (!err && !lists_cpu(path, "cgroup.controllers"))
		err = -EOPNOTSUPP;
	*ret_made = !err && mark_of(path);
	if (*ret_made)
		err = set_mark(path, MADE_FOR_NODE);
	if (!err && was_being_made(path))
		set_making(path, false);
	if (err)
		remove_way(path);
	return err;
}

bool cgroup_is_made(const char *path)
{
	const char *mark = set_up(NULL) ? NULL : mark_of(path);

	return mark && !strcmp(mark, MADE_FOR_NODE);
}

void cgroup_remove_begun(const char *path)
{
	if (!set_up(NULL))
		remove_way(path);
}

int cgroup_keep(const char *path)
{
	int err = set_up(NULL);
	_cleanup_(close_fd) int fd = err ?: open_cgroup(path);

	if (fd < 0)
		return fd;
	return fremovexattr(fd, MARK) && errno != ENODATA ? -errno : 0;
}

int cgroup_pass_down(const char *path)
{
	return mark_of(path) ? set_mark(path, MADE_ON_THE_WAY) : 0;
}

int cgroup_remove(const char *path)
{
	_cleanup_(freep) char *parent = parent_of(path);
	int err = mark_of(path) ? remove_empty(path) : -ENOENT;

	if (!err && parent)
		remove_way(parent);
	return err;
}

int cgroup_set_weight(const char *path, unsigned int weight)
{
	char value[16];
	int err = set_up(NULL);

	snprintf(value, sizeof(value), "%u", weight);
	return err ?: write_value(path, "cpu.weight", value);
}

int cgroup_get_weight(const char *path, unsigned int *ret)
{
	char line[32];
	int err = set_up(NULL);

	err = err ?: read_line(path, "cpu.weight", line, sizeof(line));
	if (!err)
		*ret = strtoul(line, NULL, 10);
	return err;
}
