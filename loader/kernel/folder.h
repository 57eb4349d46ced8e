/* SPDX-License-Identifier: GPL-2.0 */
/*
 * folder.h: the folders that are the loader's own: of its pins, its log, its socket.
 *
 * The loader is root and these folders lie where others can write (a bpffs has mode 1777 unless it is told otherwise), so a
 * path says nothing about what is there the next time. A folder is opened once: it must belong to root, or to who runs the
 * loader, be writable to nobody else, and be no symbolic link. What is in it is then reached through its descriptor alone.
 */
#ifndef SCX_LOADER_FOLDER_H
#define SCX_LOADER_FOLDER_H

#include <stdbool.h>
#include <sys/types.h>

struct folder {
	int above, fd;		/* the folder that it is in, itself; -1: not open */
	char *name;		/* in that */
};

#define FOLDER_NONE	{ -1, -1, NULL }

/**
 * folder_open - open a folder, with its path as it is given
 * @mode: of one that is made where there is none; 0: none is made
 * @ret_why: why the folder, which is there, is not to be trusted; NULL: that is not what is wrong
 *
 * Returns 0 or -errno, -EPERM with @ret_why.
 */
int folder_open(const char *path, mode_t mode, struct folder *ret, const char **ret_why);

/* The same for a folder in one that is open: a file descriptor or -errno. */
int folder_open_in(int folder, const char *name, mode_t mode, const char **ret_why);

/* Is it still what its path leads to? */
bool folder_is_there(const struct folder *p);

/* Remove it if it is empty. */
void folder_remove(const struct folder *p);

void folder_close(struct folder *p);

/* "/proc/self/fd/N/NAME", for what takes nothing but a path; to be freed. NULL without memory */
char *folder_path(int folder, const char *name);

#endif
