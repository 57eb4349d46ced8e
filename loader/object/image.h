/* SPDX-License-Identifier: GPL-2.0 */
/*
 * image.h: the bytes of object files, as they were when they were read. A file on disk may be replaced while what was
 * loaded from it runs: what must be known of that is asked of its image, which is pinned with it (pins.h).
 *
 * Images of the same bytes are one: many nodes have the same scheduler. Not thread-safe.
 */
#ifndef SCX_LOADER_IMAGE_H
#define SCX_LOADER_IMAGE_H

#include <stddef.h>

#include "cleanup.h"

#define IMAGE_MAX_BYTES	(16 << 20)	/* ours have half a megabyte */

struct image {
	void *bytes;
	size_t size;		/* 0: what was opened is no regular file */
	/* image.c's */
	unsigned int nr_users;
	int map_fd;
	struct image *next;
};

/* Read a file. Returns 0 or -errno: -EFBIG of one with more than IMAGE_MAX_BYTES. */
int image_read(const char *path, struct image **ret);

/* That of a map which image_map() gave once. Returns 0 or -errno. */
int image_of_map(int fd, struct image **ret);

/* A map with its bytes, to be pinned: a file descriptor, which stays the image's, or -errno. */
int image_map(struct image *img);

/* NULL is fine. */
void image_put(struct image *img);
DEFINE_CLEANUP(struct image, image_put)

#endif
