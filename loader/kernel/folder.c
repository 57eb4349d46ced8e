// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "folder.h"

static int open_folder(int above, const char *name)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	int fd = syscall(SYS_openat2, above, name, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* NULL: it may be trusted. */
static const char *why_not(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return "nobody knows whose it is";
	if (st.st_uid && st.st_uid != geteuid())
		return "it belongs to another user";
	return st.st_mode & (S_IWGRP | S_IWOTH) ? "others may write to it" : NULL;
}

static bool is_link(int above, const char *name)
{
	struct stat st;

	return !fstatat(above, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode);
}

int folder_open_in(int folder, const char *name, mode_t mode, const char **ret_why)
{
	int fd;

	*ret_why = NULL;
	if (mode && mkdirat(folder, name, mode) && errno != EEXIST)
		return -errno;
	fd = open_folder(folder, name);
	if (fd >= 0)
		*ret_why = why_not(fd);
	else if ((fd == -ELOOP || fd == -ENOTDIR) && is_link(folder, name))
		*ret_why = "it is a symbolic link";
	if (!*ret_why)
		return fd;
	if (fd >= 0)
		close(fd);
	return -EPERM;
}

int folder_open(const char *path, mode_t mode, struct folder *ret, const char **ret_why)
{
	_cleanup_(freep) char *above = strdup(path), *name = strdup(path);
	struct folder p = FOLDER_NONE;
	int err = 0;

	*ret = p;
	*ret_why = NULL;
	p.name = above && name ? strdup(basename(name)) : NULL;
	if (!p.name)
		return -ENOMEM;
	p.above = open(dirname(above), O_PATH | O_DIRECTORY | O_CLOEXEC);
	err = p.above < 0 ? -errno : folder_open_in(p.above, p.name, mode, ret_why);
	if (err < 0) {
		folder_close(&p);
		return err;
	}
	p.fd = err;
	*ret = p;
	return 0;
}

bool folder_is_there(const struct folder *p)
{
	struct stat opened, there;

	return !fstat(p->fd, &opened) && !fstatat(p->above, p->name, &there, AT_SYMLINK_NOFOLLOW) &&
	       opened.st_dev == there.st_dev && opened.st_ino == there.st_ino;
}

void folder_remove(const struct folder *p)
{
	unlinkat(p->above, p->name, AT_REMOVEDIR);
}

void folder_close(struct folder *p)
{
	if (p->fd >= 0)
		close(p->fd);
	if (p->above >= 0)
		close(p->above);
	free(p->name);
	*p = (struct folder)FOLDER_NONE;
}

char *folder_path(int folder, const char *name)
{
	char *path;

	return asprintf(&path, "/proc/self/fd/%d/%s", folder, name) < 0 ? NULL : path;
}
