/* SPDX-License-Identifier: GPL-2.0 */
/*
 * blob.h: bytes in a BPF map (an array of one value), since bpffs holds no files: a pin keeps them as long as what they
 * belong to runs, and a machine that boots has none.
 */
#ifndef SCX_LOADER_BLOB_H
#define SCX_LOADER_BLOB_H

#include <stddef.h>

/* Make a map of bytes. @name: what bpftool shows, up to 15 letters. Returns a file descriptor or -errno. */
int blob_make(const char *name, const void *bytes, size_t size);

/**
 * blob_read - the bytes of such a map
 * @ret: to be freed; a NUL is behind them
 *
 * Returns 0, -EINVAL when it is another kind of map, or no map, or -errno.
 */
int blob_read(int fd, void **ret, size_t *ret_size);

#endif
