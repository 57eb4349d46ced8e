// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "blob.h"
#include "cleanup.h"

int blob_make(const char *name, const void *bytes, size_t size)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(int), size, 1, NULL), r;

	if (fd < 0)
		return -errno;
	if (!bpf_map_update_elem(fd, &(int){ 0 }, bytes, BPF_ANY))
		return fd;
	r = -errno;
	close(fd);
	return r;
}

int blob_read(int fd, void **ret, size_t *ret_size)
{
	struct bpf_map_info info = {};
	_cleanup_(freep) char *bytes = NULL;
	__u32 len = sizeof(info);

	/* of something that is no map the kernel says other things, in the same place */
	if (bpf_map_get_info_by_fd(fd, &info, &len) || info.type != BPF_MAP_TYPE_ARRAY || info.max_entries != 1 ||
	    info.key_size != sizeof(int))
		return -EINVAL;
	/* the kernel copies whole words */
	bytes = calloc(1, info.value_size + 8);
	if (!bytes)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &(int){ 0 }, bytes))
		return -errno;
	*ret_size = info.value_size;
	*ret = take_ptr(bytes);
	return 0;
}
